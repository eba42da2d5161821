//go:build unix

// This file owns the tests of the built program: the owner's command line, its signals and its exit codes.

package bootstrap_test

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
)

func TestTheOwnersCommandLineRunsAServerUntilCtrlC(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	port, monitor := strconv.Itoa(natstest.FreePort(t)), strconv.Itoa(natstest.FreePort(t))
	c := launch(t, folder, "up", "--", "-js", "-a", "127.0.0.1", "-p", port, "-m", monitor)
	ready := await(t, c.Out, "NATS is ready")
	require.Equal(t, "nats://127.0.0.1:"+port, ready.text("url"))
	require.Equal(t, "http://127.0.0.1:"+monitor, ready.text("monitor"))
	require.Equal(t, "nats-bootstrap-data/jetstream", varz(t, ready).JetStream.Config.StoreDir)
	require.DirExists(t, filepath.Join(folder, "nats-bootstrap-data", "jetstream"))

	require.Equal(t, 130, end(t, c, os.Interrupt))
	await(t, c.Out, "Server Exiting..")
	require.Empty(t, c.Err.String())
	s, err := natsd.Start(t.Context(), natsd.Config{StoreDir: filepath.Join(folder, "nats-bootstrap-data"), Port: natsd.AnyPort})
	require.NoError(t, err, "the folder is free again")
	s.Shutdown()
}

func TestUpAloneIsASoundSingleNode(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	port, monitor := strconv.Itoa(natstest.FreePort(t)), strconv.Itoa(natstest.FreePort(t))
	c := launch(t, folder, "up", "--client-port", port, "--http-port", monitor)
	v := varz(t, await(t, c.Out, "NATS is ready"))
	require.Equal(t, "127.0.0.1", v.Host)
	require.Equal(t, "127.0.0.1", v.HTTPHost)
	require.Equal(t, monitor, strconv.Itoa(v.HTTPPort))
	require.True(t, v.JetStream.Config.SyncAlways)
	require.DirExists(t, filepath.Join(folder, "nats-bootstrap-data", "jetstream"))
	require.Equal(t, 0, end(t, c, syscall.SIGTERM), c.Err.String())
}

func TestSIGHUPReadsTheConfigurationAnew(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "nats.conf")
	rewrite := func(text string) {
		require.NoError(t, os.WriteFile(file, []byte("listen: 127.0.0.1:-1\nhttp: 127.0.0.1:-1\n"+text), 0o600))
	}
	rewrite("max_payload: 2000")
	c := launch(t, folder, "up", "--", "-c", file)
	ready := await(t, c.Out, "NATS is ready")
	require.EqualValues(t, 2000, varz(t, ready).MaxPayload)

	rewrite("max_payload: 3000")
	c.Signal(t, syscall.SIGHUP)
	await(t, c.Out, "the configuration was read anew")
	require.EqualValues(t, 3000, varz(t, ready).MaxPayload)

	rewrite("max_payload: {")
	c.Signal(t, syscall.SIGHUP)
	await(t, c.Out, "the configuration stays as it was")
	require.EqualValues(t, 3000, varz(t, ready).MaxPayload)
	require.Equal(t, 0, end(t, c, syscall.SIGUSR2), "lame duck without clients")
}

func TestSIGHUPReadsANodesOwnConfigurationAnew(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	c := launch(t, folder, "up", "--client-port", strconv.Itoa(natstest.FreePort(t)), "--http-port", strconv.Itoa(natstest.FreePort(t)))
	ready := await(t, c.Out, "NATS is ready")
	file := filepath.Join(folder, "nats-bootstrap-data", "nats-server.conf")
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append(written, "max_payload: 3000\n"...), 0o600))
	c.Signal(t, syscall.SIGHUP)
	await(t, c.Out, "the configuration was read anew")
	require.EqualValues(t, 3000, varz(t, ready).MaxPayload)
	require.Equal(t, 0, end(t, c, syscall.SIGTERM))
}

func TestALogFileOfNATSServersIsOpenedAnewOnSIGUSR1(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "log")
	c := launch(t, folder, "up", "--", "-a", "127.0.0.1", "-p", "-1", "-l", "log")
	await(t, c.Out, "NATS is ready")
	require.NoError(t, os.Rename(file, file+".1"))
	c.Signal(t, syscall.SIGUSR1)
	await(t, c.Out, "the log file was opened anew")
	require.Equal(t, 0, end(t, c, syscall.SIGTERM))
	first, err := os.ReadFile(file + ".1")
	require.NoError(t, err)
	require.Contains(t, string(first), "[INF] Server is ready")
	second, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(second), "[INF] Server Exiting..")
}

func TestPasswordsAreNotShownByTheMonitoring(t *testing.T) {
	t.Parallel()
	c := launch(t, t.TempDir(), "up", "--", "-a", "127.0.0.1", "-p", "-1", "-m", "-1", "--user", "u", "--pass", "secret")
	ready := await(t, c.Out, "NATS is ready")
	shown := get[struct {
		Cmdline []string `json:"cmdline"`
	}](t, ready.text("monitor")+"/debug/vars").Cmdline
	require.Contains(t, shown, "--pass")
	require.NotContains(t, shown, "secret")
	require.Equal(t, 0, end(t, c, syscall.SIGTERM))
}
