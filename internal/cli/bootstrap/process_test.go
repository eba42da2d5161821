//go:build unix

// This file owns the tests of the built program: the owner's command line, its signals and its exit codes.

package bootstrap_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
)

// child is a running program.
type child struct {
	*exec.Cmd
	log  *bufio.Reader
	errs bytes.Buffer
}

// launch starts the program in a folder of its own, and ends it with the test at the latest.
func launch(t *testing.T, folder string, args ...string) *child {
	t.Helper()
	program, err := built()
	require.NoError(t, err)
	c := &child{Cmd: exec.Command(program, args...)}
	c.Dir = folder
	c.Stderr = &c.errs
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	c.log = bufio.NewReader(out)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		if c.ProcessState == nil {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	})
	return c
}

// end gives the exit code after a signal.
func (c *child) end(t *testing.T, s os.Signal) int {
	t.Helper()
	require.NoError(t, c.Process.Signal(s))
	_, _ = c.log.WriteTo(&bytes.Buffer{})
	_ = c.Wait()
	return c.ProcessState.ExitCode()
}

func TestTheOwnersCommandLineRunsAServerUntilCtrlC(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	port, monitor := strconv.Itoa(natstest.FreePort(t)), strconv.Itoa(natstest.FreePort(t))
	c := launch(t, folder, "up", "--", "-js", "-a", "127.0.0.1", "-p", port, "-m", monitor)
	ready := await(t, c.log, "NATS is ready")
	require.Equal(t, "nats://127.0.0.1:"+port, ready.text("url"))
	require.Equal(t, "http://127.0.0.1:"+monitor, ready.text("monitor"))
	require.Equal(t, "nats-bootstrap-data/jetstream", varz(t, ready).JetStream.Config.StoreDir)
	require.DirExists(t, filepath.Join(folder, "nats-bootstrap-data", "jetstream"))

	require.NoError(t, c.Process.Signal(os.Interrupt))
	await(t, c.log, "Server Exiting..")
	require.Error(t, c.Wait())
	require.Equal(t, 130, c.ProcessState.ExitCode())
	require.Empty(t, c.errs.String())
	s, err := natsd.Start(t.Context(), natsd.Config{StoreDir: filepath.Join(folder, "nats-bootstrap-data"), Port: natsd.AnyPort})
	require.NoError(t, err, "the folder is free again")
	s.Shutdown()
}

func TestUpAloneIsASoundSingleNode(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	port, monitor := strconv.Itoa(natstest.FreePort(t)), strconv.Itoa(natstest.FreePort(t))
	c := launch(t, folder, "up", "--client-port", port, "--http-port", monitor)
	v := varz(t, await(t, c.log, "NATS is ready"))
	require.Equal(t, "127.0.0.1", v.Host)
	require.Equal(t, "127.0.0.1", v.HTTPHost)
	require.Equal(t, monitor, strconv.Itoa(v.HTTPPort))
	require.True(t, v.JetStream.Config.SyncAlways)
	require.DirExists(t, filepath.Join(folder, "nats-bootstrap-data", "jetstream"))
	require.Equal(t, 0, c.end(t, syscall.SIGTERM), c.errs.String())
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
	ready := await(t, c.log, "NATS is ready")
	require.EqualValues(t, 2000, varz(t, ready).MaxPayload)

	rewrite("max_payload: 3000")
	require.NoError(t, c.Process.Signal(syscall.SIGHUP))
	await(t, c.log, "the configuration was read anew")
	require.EqualValues(t, 3000, varz(t, ready).MaxPayload)

	rewrite("max_payload: {")
	require.NoError(t, c.Process.Signal(syscall.SIGHUP))
	await(t, c.log, "the configuration stays as it was")
	require.EqualValues(t, 3000, varz(t, ready).MaxPayload)
	require.Equal(t, 0, c.end(t, syscall.SIGUSR2), "lame duck without clients")
}

func TestALogFileOfNATSServersIsOpenedAnewOnSIGUSR1(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "log")
	c := launch(t, folder, "up", "--", "-a", "127.0.0.1", "-p", "-1", "-l", "log")
	await(t, c.log, "NATS is ready")
	require.NoError(t, os.Rename(file, file+".1"))
	require.NoError(t, c.Process.Signal(syscall.SIGUSR1))
	await(t, c.log, "the log file was opened anew")
	require.Equal(t, 0, c.end(t, syscall.SIGTERM))
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
	ready := await(t, c.log, "NATS is ready")
	shown := get[struct {
		Cmdline []string `json:"cmdline"`
	}](t, ready.text("monitor")+"/debug/vars").Cmdline
	require.Contains(t, shown, "--pass")
	require.NotContains(t, shown, "secret")
	require.Equal(t, 0, c.end(t, syscall.SIGTERM))
}
