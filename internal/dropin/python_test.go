// This file owns the Python processes of the tests: where they are found, how they are started and ended.

package dropin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// python gives the folder with pyoco-client, pyoco-worker and pyoco-server of the Python package: the one that
// PYOCO_TEST_PYTHON names, else that of the PATH's python3. Without it a test is skipped, and fails where CI is true.
func python(t *testing.T) string {
	t.Helper()
	bin := os.Getenv("PYOCO_TEST_PYTHON")
	if bin == "" {
		if found, err := exec.LookPath("python3"); err == nil {
			bin = filepath.Dir(found)
		}
	}
	err := exec.CommandContext(t.Context(), filepath.Join(bin, "python3"), "-c", "import pyoco_server.client_cli").Run()
	if err == nil {
		return bin
	}
	const missing = "needs Python with pyoco-server: python3 -m venv V && V/bin/pip install pyoco-server==0.5.1, then PYOCO_TEST_PYTHON=V/bin"
	if os.Getenv("CI") == "true" {
		require.FailNow(t, missing)
	}
	t.Skip(missing)
	return ""
}

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
	cmd := exec.CommandContext(ctx, filepath.Join(python(t), "pyoco-client"), append([]string{"--server", server}, args...)...)
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

// start runs a Python program until the test ends, and shows its output where the test has failed.
func start(t *testing.T, natsURL, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(python(t), program), args...)
	cmd.Env = environment(natsURL)
	cmd.Dir = t.TempDir()
	out := &lockedBuffer{}
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

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
