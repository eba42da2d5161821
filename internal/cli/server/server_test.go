// This file owns the tests of the command line: flags, defaults, errors and exit codes.

package server_test

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/cli/server"
	"github.com/pyoco/pyoco/natsd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, env []string, args ...string) *clitest.Program {
	t.Helper()
	return clitest.Start(t, server.Main, env, args...)
}

func run(t *testing.T, env []string, args ...string) (code int, out, errs string) {
	t.Helper()
	return clitest.Run(t, server.Main, env, args...)
}

func TestABadCommandLineEndsWith2AndSaysWhatIsRight(t *testing.T) {
	t.Parallel()
	const up, root = "pyoco-server up --host 127.0.0.1 --port 8000", "pyoco-server up --host 127.0.0.1 --port 8000"
	const levels = "must be one of critical, error, warning, info, debug, trace"
	for line, want := range map[string][2]string{
		"up --nosuch":                           {"unknown flag: --nosuch", up},
		"--nosuch":                              {"unknown flag: --nosuch", up},
		"up extra":                              {`unknown command "extra" for "pyoco-server up"`, up},
		"down":                                  {`unknown command "down" for "pyoco-server"`, root},
		"up --port":                             {"flag needs an argument: --port", up},
		"up --port 65536":                       {`invalid argument "65536" for "--port" flag: must be a port, 0 to 65535`, up},
		"--port x":                              {`invalid argument "x" for "--port" flag: must be a port, 0 to 65535`, up},
		"--nats-client-port -1":                 {`invalid argument "-1" for "--nats-client-port" flag: must be a port, 0 to 65535`, up},
		"--nats-http-port 1.5":                  {`invalid argument "1.5" for "--nats-http-port" flag: must be a port, 0 to 65535`, up},
		"--log-level loud":                      {`invalid argument "loud" for "--log-level" flag: ` + levels, up},
		"--with-worker --worker-tags a.b":       {`--worker-tags: must match [A-Za-z0-9_-]+, got "a.b"`, up},
		"--with-worker --worker-id a/b":         {`--worker-id: must match [A-Za-z0-9_-]+, at most 200 characters, got "a/b"`, up},
		"--with-worker --worker-poll-timeout 0": {`invalid argument "0" for "--worker-poll-timeout" flag: must be above 0 and at most 86400 seconds`, up},
		"--with-worker --worker-flow-resolver hello": {`--worker-flow-resolver must be module:function or file.py:function, got "hello"`, "--worker-flow-resolver examples/hello_flow.py:resolve_flow, or leave it out: this worker's flows are Go functions"},
		"up --dashboard-lang fr":                     {`invalid argument "fr" for "--dashboard-lang" flag: must be one of auto, ja, en`, up},
	} {
		code, out, errs := run(t, nil, strings.Fields(line)...)
		require.Equal(t, 2, code, line)
		require.Equal(t, "[pyoco-server][ERR-PYOCO-0018] "+want[0]+"\n- hint: "+want[1]+"\n", errs, line)
		require.Empty(t, out, line)
	}
}

func TestAnAuthModeThatIsNoneIsNotTakenForNoKeys(t *testing.T) {
	t.Parallel()
	code, _, errs := run(t, []string{"PYOCO_HTTP_AUTH_MODE", "apikey"}, "--port", "0")
	require.Equal(t, 1, code)
	require.Equal(t, "[pyoco-server][ERR-PYOCO-0018] PYOCO_HTTP_AUTH_MODE: must be none or api_key, got \"apikey\"\n"+
		"- hint: export PYOCO_HTTP_AUTH_MODE=api_key\n", errs)
}

func TestAServerWhoseSecretsCannotBeReadDoesNotStart(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]string{
		"PYOCO_AUTH_PEPPER_FILE":   "PYOCO_AUTH_PEPPER_FILE: the secret can't be used: stat /nosuch/secret: no such file or directory",
		"PYOCO_NATS_PASSWORD_FILE": "access to the NATS server: PYOCO_NATS_PASSWORD_FILE: the secret can't be used: stat /nosuch/secret: ",
	} {
		code, _, errs := run(t, []string{"PYOCO_HTTP_AUTH_MODE", "api_key", name, "/nosuch/secret"}, "--port", "0")
		require.Equal(t, 1, code, name)
		require.Contains(t, errs, "[pyoco-server][ERR-PYOCO-0018] "+reason)
		require.Contains(t, errs, "\n- hint: ")
	}
}

// taken is a port on which somebody listens.
func taken(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

func TestAServerThatCannotStartEndsWith1AndSaysWhy(t *testing.T) {
	t.Chdir(t.TempDir()) // where NATS has its data
	port := taken(t)
	const free = "--port 0 "
	const nats = free + "--with-nats-bootstrap --nats-client-port 0 --nats-http-port 0 "
	for line, want := range map[string]string{
		"--port " + port:                              "the gateway can't listen on 127.0.0.1:" + port + ": listen tcp 127.0.0.1:" + port + ": bind: address already in use; stop what listens there",
		"--host nosuch.invalid --port 0":              "the gateway can't listen on nosuch.invalid:0: ",
		free + "--nats-url nats://me:se%zzcret@h":     "the URL of the NATS server can't be read: nats://xxxxx@h",
		nats + "--nats-url nats://me:secret@other:1":  "--nats-url nats://xxxxx@other:1 is not the NATS server that --with-nats-bootstrap starts: nats://127.0.0.1:0",
		nats + "--nats-client-port " + port:           "NATS does not start: can't listen on 127.0.0.1:" + port,
		nats + "--nats-http-port " + port:             "NATS does not start: can't listen on 127.0.0.1:" + port,
		nats + "--nats-listen-host 192.0.2.1":         "NATS does not start: ",
		nats + "--nats-start-timeout 0.000000001":     "NATS does not start: nats-server did not start: the start took too long: ",
		"up " + nats + "--with-worker --port " + port: "the gateway can't listen on 127.0.0.1:" + port,
	} {
		code, out, errs := run(t, nil, strings.Fields(line)...)
		require.Equal(t, 1, code, line)
		require.Contains(t, errs, "[pyoco-server][ERR-PYOCO-0018] "+want, line)
		require.Contains(t, errs, "\n- hint: ", line)
		require.Equal(t, 2, strings.Count(errs, "\n"), errs)
		require.NotContains(t, errs+out, "cret")
	}
	require.NoError(t, os.RemoveAll("nats-bootstrap-data"))
	require.NoError(t, os.WriteFile("nats-bootstrap-data", nil, 0o600))
	code, _, errs := run(t, nil, strings.Fields(nats)...)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "not a directory\n- hint: start it in a folder that can be written")
	require.NoError(t, os.Remove("nats-bootstrap-data"))

	other, err := natsd.Start(t.Context(), natsd.Config{StoreDir: "nats-bootstrap-data", Port: natsd.AnyPort})
	require.NoError(t, err)
	defer other.Shutdown()
	code, _, errs = run(t, nil, strings.Fields(nats)...)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "[pyoco-server][ERR-PYOCO-0018] NATS does not start: store folder in use: nats-bootstrap-data is held by process ")
}

func TestHelpShowsExamplesAndDefaults(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"--help", "-h", "help"} {
		code, out, errs := run(t, nil, line)
		require.Zero(t, code)
		require.Empty(t, errs)
		require.Contains(t, out, "Examples:\n  pyoco-server up --host 127.0.0.1 --port 8000")
		require.Contains(t, out, "\n  up          Start the gateway")
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		code, out, _ := run(t, nil, "completion", shell)
		require.Zero(t, code)
		require.Contains(t, out, "pyoco-server")
	}
	up, _, err := server.New(cli.Process{}).Find([]string{"up"})
	require.NoError(t, err)
	for name, want := range map[string]string{
		"host": "127.0.0.1", "port": "8000", "log-level": "warning", "nats-url": "", "with-nats-bootstrap": "false",
		"nats-listen-host": "127.0.0.1", "nats-client-port": "4222", "nats-http-port": "8222", "nats-start-timeout": "10", "with-worker": "false",
		"worker-id": "worker", "worker-tags": "default", "worker-poll-timeout": "1", "worker-flow-resolver": "",
	} {
		require.Equal(t, want, up.Flag(name).DefValue, name)
		require.NotEmpty(t, up.Flag(name).Usage)
	}
}
