// This file owns the tests of the servers that nats-bootstrap's own flags describe.

package bootstrap_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
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
