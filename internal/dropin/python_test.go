// This file owns the Python processes of the tests: how they are started and ended.

package dropin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

// environment is what the Python processes see: nothing of the caller's settings.
func environment(natsURL string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PYOCO_LOAD_DOTENV=0", "PYOCO_NATS_URL=" + natsURL,
		"PYTHONUNBUFFERED=1",
	}
}

// client runs the Python client and gives its standard output.
func client(t *testing.T, server string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(clitest.Python(t), "pyoco-client"), append([]string{"--server", server}, args...)...)
	cmd.Env = environment("")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Run(), "pyoco-client %v\n%s\n%s", args, out.String(), errs.String())
	return out.Bytes()
}

// clientJSON decodes what the Python client prints.
func clientJSON[T any](t *testing.T, server string, args ...string) T {
	t.Helper()
	var v T
	out := client(t, server, args...)
	require.NoError(t, json.Unmarshal(out, &v), "%s", out)
	return v
}

// startGatewayOf runs the Python gateway with more settings until the test ends, and gives its URL.
func startGatewayOf(t *testing.T, server *natstest.Server, settings ...string) string {
	t.Helper()
	port := freePort(t)
	startIn(t, append(environment(server.URL()), settings...), "pyoco-server", "up", "--host", "127.0.0.1", "--port", port, "--nats-url", server.URL())
	url := "http://127.0.0.1:" + port
	require.Eventually(t, func() bool {
		answer, err := http.Get(url + "/health") //nolint:noctx // a poll of a process that starts
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, 30*time.Second, 50*time.Millisecond)
	return url
}

// start runs a Python program until the test ends, and shows its output where the test has failed.
func start(t *testing.T, natsURL, program string, args ...string) *exec.Cmd {
	t.Helper()
	return startIn(t, environment(natsURL), program, args...)
}

// startIn is start in an environment.
func startIn(t *testing.T, env []string, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(clitest.Python(t), program), args...)
	cmd.Env = env
	cmd.Dir = t.TempDir()
	out := clitest.NewOutput()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s %v:\n%s", program, args, out.String())
		}
	})
	return cmd
}
