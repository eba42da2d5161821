// This file owns the tests of up in this process: what its flags mean, and what it refuses.

package bootstrap_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

func TestUpTakesNATSServersFlagsAndSyncsEveryWrite(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	v := varz(t, up(t, "--", "-a", "127.0.0.1", "-p", "-1", "-m", "-1", "-sd", folder, "-n", "named"))
	require.Equal(t, "named", v.Name)
	require.Equal(t, "127.0.0.1", v.Host)
	require.Equal(t, filepath.Join(folder, "jetstream"), v.JetStream.Config.StoreDir, "JetStream is on without -js")
	require.True(t, v.JetStream.Config.SyncAlways)
}

func TestSyncIsTheFlagsThenTheFiles(t *testing.T) {
	t.Parallel()
	file := write(t, "nats.conf", "listen: 127.0.0.1:-1\nhttp: 127.0.0.1:-1\njetstream: {sync_interval: 5s, store_dir: "+strconv.Quote(t.TempDir())+"}\n")
	for sync, want := range map[string]time.Duration{"": 5 * time.Second, "always": 0, "interval=2s": 2 * time.Second} {
		args := []string{"--datafolder", t.TempDir(), "--", "-c", file}
		if sync != "" {
			args = append([]string{"--sync", sync}, args...)
		}
		got := varz(t, up(t, args...)).JetStream.Config
		require.Equal(t, want == 0, got.SyncAlways, sync)
		if want != 0 {
			require.Equal(t, want, got.SyncInterval)
		}
	}
}

func TestQuestionsToNATSServerAreAnsweredAndEndTheProgram(t *testing.T) {
	t.Parallel()
	file := write(t, "nats.conf", "port: 4333")
	require.Equal(t, result{0, "nats-server: v" + server.VERSION + "\n", ""}, run(t, "up", "--", "-v"))
	help := run(t, "up", "--", "-h")
	require.Zero(t, help.code)
	require.Contains(t, help.out, "-sd, --store_dir")
	tested := run(t, "up", "--", "-t", "-c", file)
	require.Zero(t, tested.code)
	require.Contains(t, tested.out, "configuration file "+file+" is valid")
}

func TestABadCommandLineSaysWhatIsRight(t *testing.T) {
	t.Parallel()
	const right = "nats-bootstrap up -- -js -a 127.0.0.1 -p 4222 -m 8222"
	const cluster = "nats-bootstrap up --cluster pyoco --listen 127.0.0.1 --cluster-port 6222"
	const join = "nats-bootstrap join --cluster pyoco --seed 127.0.0.1:6222 --listen 127.0.0.1 --client-port 4223 --http-port 8223 --cluster-port 6223 --datafolder artifacts/nats/n2"
	for line, want := range map[string][2]string{
		"":                    {"a command is required", "nats-bootstrap up"},
		"nosuch":              {`unknown command "nosuch" for "nats-bootstrap"`, "nats-bootstrap up"},
		"up -js":              {"unknown shorthand flag: 'j' in -js", right},
		"up word":             {`nats-server's flags come after --, got "word" before it`, right},
		"up word -- -js":      {`nats-server's flags come after --, got "word" before it`, right},
		"up --sync sometimes": {`invalid argument "sometimes" for "--sync" flag: must be always or an interval like interval=2s`, right},
		"up --sync interval=0s": {
			`invalid argument "interval=0s" for "--sync" flag: must be always or an interval like interval=2s`, right},
		"up --log-format xml":                                  {`invalid argument "xml" for "--log-format" flag: must be one of json, text, nats-server`, right},
		"up -- -nosuch":                                        {"flag provided but not defined: -nosuch", right + " (nats-bootstrap up -- -h lists the flags)"},
		"up -- -c nosuch":                                      {"open nosuch: no such file or directory", right + " (nats-bootstrap up -- -h lists the flags)"},
		"up -- -js=false":                                      {"-js=false: the server can't do without JetStream, which holds all runs", right + " (nats-bootstrap up -- -h lists the flags)"},
		"up --cluster-port 1":                                  {"--cluster-port is for the member of a cluster: give its name by --cluster", cluster},
		"up --listen 127.0.0.1 -- -js":                         {"--listen is for the member of a cluster: give its name by --cluster", cluster},
		"up --cluster c --cluster-port 0":                      {"--cluster-port must be 1 to 65535: the others must know it", cluster},
		"up --cluster c --listen h:x":                          {`--listen must be host or host:port, got "h:x"`, cluster},
		"up --cluster c --listen 127.0.0.1:1 --cluster-port 2": {"--listen and --cluster-port name two ports, 1 and 2", cluster},
		"join":                           {`required flag(s) "cluster", "seed" not set`, join},
		"join --cluster c":               {`required flag(s) "seed" not set`, join},
		"up --client-port 70000":         {`invalid argument "70000" for "--client-port" flag: must be a port, 0 to 65535`, right},
		"up --datafolder= --http-port 0": {"--datafolder must not be empty", right},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, result{2, "", "ERR-PYOCO-0018: bad command line\n- reason: " + want[0] + "\n- hint: " + want[1] + "\n"},
				run(t, strings.Fields(line)...))
		})
	}
}

func TestWhatKeepsAServerFromStartingIsSaid(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	held := t.TempDir()
	up(t, "--", "-a", "127.0.0.1", "-p", "-1", "-sd", held)
	file := write(t, "file", "")
	for reason, args := range map[string][]string{
		"can't listen on 127.0.0.1:" + port:                       {"-a", "127.0.0.1", "-p", port, "-sd", t.TempDir()},
		"can't listen on 0.0.0.0:" + port:                         {"-a", "", "-m", port, "-p", "-1", "-sd", t.TempDir()},
		held + " is held by process " + strconv.Itoa(os.Getpid()): {"-p", "-1", "-sd", held},
		"Config.StoreDir: mkdir " + file:                          {"-p", "-1", "-sd", file},
		"cluster requires `server_name`":                          {"-p", "-1", "--cluster", "nats://127.0.0.1:-1", "-sd", t.TempDir()},
	} {
		got := run(t, append([]string{"up", "--"}, args...)...)
		require.Equal(t, 2, got.code)
		require.True(t, strings.HasPrefix(got.errs, "ERR-PYOCO-NATS: NATS did not start\n- reason: natsd: "), got.errs)
		require.Contains(t, got.errs, reason)
	}
}

func TestClientsWithoutCredentialsAreServedAsNATSServerSays(t *testing.T) {
	t.Parallel()
	ready := up(t, "--", "-a", "127.0.0.1", "-p", "-1", "-sd", t.TempDir(), "--user", "u", "--pass", "p")
	_, err := nats.Connect(ready.text("url"))
	require.ErrorIs(t, err, nats.ErrAuthorization)
	nc, err := nats.Connect(ready.text("url"), nats.UserInfo("u", "p"))
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.AccountInfo(t.Context())
	require.NoError(t, err)
}

// write makes a file of the test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}
