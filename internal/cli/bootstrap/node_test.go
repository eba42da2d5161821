// This file owns the tests of the servers that nats-bootstrap's own flags describe.

package bootstrap_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
)

func TestANodesFlagsAreInItsConfiguration(t *testing.T) {
	t.Parallel()
	port := strconv.Itoa(natstest.FreePort(t))
	folder := t.TempDir()
	ready := up(t, "--client-port", "0", "--http-port", "0", "--datafolder", folder, "--sync", "interval=3s", "--", "-D", "-n", "laid-over")
	v := varz(t, ready)
	require.Equal(t, "laid-over", v.Name)
	require.Equal(t, "3s", v.JetStream.Config.SyncInterval.String())

	folder = t.TempDir()
	log := started(t, "join", "--cluster", "c", "--listen", "127.0.0.1:"+port, "--seed", "a,b:1", "--seed", "c", "--client-port", "0",
		"--http-port", "0", "--datafolder", folder)
	got := await(t, log, "NATS listens, and waits for the cluster")
	require.Equal(t, "nats-bootstrap join --cluster c --seed 127.0.0.1:"+port, got.text("others"))
	opts, err := server.ProcessConfigFile(filepath.Join(folder, "nats-server.conf"))
	require.NoError(t, err)
	var seeds []string
	for _, route := range opts.Routes {
		seeds = append(seeds, route.Host)
	}
	require.Equal(t, []string{"a:" + port, "b:1", "c:" + port}, seeds)
	require.Equal(t, "127.0.0.1", opts.Host, "clients too, where the cluster is local")
	require.True(t, opts.SyncAlways)
}

func TestAServerWithAUserIsLookedAfterFromItsFolder(t *testing.T) {
	t.Parallel()
	folder, url := node(t, "--user", "pyoco", "--password-file", write(t, "secret", "p@ss word\n"))
	_, err := nats.Connect(url)
	require.ErrorIs(t, err, nats.ErrAuthorization)
	nc, err := nats.Connect(url, nats.UserInfo("pyoco", "p@ss word"))
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S"})
	require.NoError(t, err)
	require.Regexp(t, `(?m)^S +1 +1 `, succeed(t, "status", "--datafolder", folder))
	require.Equal(t, "nothing is wrong\n", succeed(t, "doctor", "--datafolder", folder))

	log := started(t, "up", "--cluster", "c", "--listen", "127.0.0.1", "--cluster-port", strconv.Itoa(natstest.FreePort(t)), "--client-port", "0", "--http-port", "0",
		"--datafolder", t.TempDir(), "--user", "pyoco", "--password-file", write(t, "secret", "p"))
	require.Regexp(t, ` --user pyoco --password-file FILE$`, await(t, log, "NATS listens, and waits for the cluster").text("others"))
}

func TestAPasswordThatCannotBeReadRefusesTheStart(t *testing.T) {
	t.Parallel()
	for reason, args := range map[string][]string{
		"--password-file: stat nosuch: no such file or directory": {"--user", "u", "--password-file", "nosuch"},
		"--user must not be empty":                                {"--user", "", "--password-file", "nosuch"},
		"must all be set; missing [password-file]":                {"--user", "u"},
		" is empty": {"--user", "u", "--password-file", write(t, "secret", "\n")},
	} {
		got := run(t, append([]string{"up", "--datafolder", t.TempDir()}, args...)...)
		require.Equal(t, 2, got.code)
		require.Contains(t, got.errs, reason)
		require.Contains(t, got.errs, "- hint: nats-bootstrap up ")
	}
}

func TestAFolderStaysWithItsCluster(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "jetstream", "$G", "streams", "PYOCO_WORK"), 0o750))
	port := strconv.Itoa(natstest.FreePort(t))
	got := run(t, "up", "--cluster", "c", "--listen", "127.0.0.1:"+port, "--client-port", "0", "--http-port", "0", "--datafolder", folder)
	require.Equal(t, 2, got.code)
	require.Contains(t, got.errs, "its streams (PYOCO_WORK) would be lost")
	require.Contains(t, got.errs, "- hint: give the server a folder of its own: --datafolder ./other-data\n")
}

func TestNATSServersFileDoesNotGoWithANodes(t *testing.T) {
	t.Parallel()
	file := write(t, "nats.conf", "port: 4333")
	got := run(t, "up", "--client-port", "0", "--datafolder", t.TempDir(), "--", "-c", file)
	require.Equal(t, result{2, "", "ERR-PYOCO-0018: bad command line\n- reason: -c does not go with nats-bootstrap's own flags, " +
		"which write a configuration file: leave out --client-port --datafolder\n- hint: nats-bootstrap up -- -c " + file + "\n"}, got)
}
