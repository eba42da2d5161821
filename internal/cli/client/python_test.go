// This file owns the Python processes of the tests, and the gateways to which both clients talk.

package client_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

func pythonCommand(t *testing.T, bin, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, program), args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PYOCO_LOAD_DOTENV=0", "PYTHONUNBUFFERED=1", "PYTHONUTF8=1"}
	cmd.Dir = t.TempDir()
	return cmd
}

// pythonPrints runs the Python client.
func pythonPrints(t *testing.T, bin string, args ...string) result {
	t.Helper()
	cmd := pythonCommand(t, bin, "pyoco-client", args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if _ = cmd.Run(); cmd.ProcessState == nil {
		require.FailNow(t, "the Python client did not start")
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// ourGateway and pythonGateway start a gateway on a NATS and give its URL.
func ourGateway(t *testing.T, _ string, server *natstest.Server) string {
	t.Helper()
	gateway, err := pyoco.NewGateway(server.Connect(t), pyoco.GatewayConfig{})
	require.NoError(t, err)
	web := httptest.NewServer(gateway)
	t.Cleanup(web.Close)
	keep(t, gateway.Run)
	require.NoError(t, gateway.Ready(t.Context()))
	return web.URL
}

func pythonGateway(t *testing.T, bin string, server *natstest.Server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	cmd := pythonCommand(t, bin, "pyoco-server", "up", "--host", "127.0.0.1", "--port", port, "--nats-url", server.URL())
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	url := "http://127.0.0.1:" + port
	require.Eventually(t, func() bool {
		answer, err := http.Get(url + "/health")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, 30*time.Second, 50*time.Millisecond)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return url
}
