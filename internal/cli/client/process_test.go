// This file owns the tests of the built program: its exit codes, its streams, and Ctrl-C.

package client_test

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// build makes the program and gives its path.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "pyoco-client")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/pyoco/pyoco/cmd/pyoco-client").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

func TestTheProgramKeepsItsStreamsApartAndEndsWithItsCode(t *testing.T) {
	t.Parallel()
	program := build(t)
	gateway := script(t, http.StatusOK, "application/json", `[{"run_id":"r"}]`)
	refusing := script(t, http.StatusNotFound, "application/json", `{"detail":"run not found"}`)
	failing := script(t, http.StatusOK, "text/event-stream", stream)
	for _, test := range []struct {
		args []string
		code int
		out  string
		errs string // how it begins
	}{
		{[]string{"--server", gateway.URL, "list"}, 0, "[{\"run_id\": \"r\"}]\n", ""},
		{[]string{"--server", refusing.URL, "get", "r"}, 1, "", "ERR-PYOCO-HTTP: request failed\n- reason: HTTP 404: run not found\n- hint: "},
		{[]string{"get"}, 1, "", "ERR-PYOCO-0018: bad command line\n- reason: "},
		{nil, 1, "", "ERR-PYOCO-0018: bad command line\n- reason: a command is required\n"},
		{[]string{"--server", failing.URL, "watch", "r", "--output", "status", "--max-events", "4", "--exit-status"}, 3,
			"1700000000.25\tsnapshot\tRUNNING\tr\n1700000001.5\theartbeat\t-\tr\n1700000002\tlater\t-\tr\n1700000003.0\tsnapshot\tFAILED\tr\n", ""},
	} {
		cmd := exec.CommandContext(t.Context(), program, test.args...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		var ended *exec.ExitError
		require.True(t, err == nil || errors.As(err, &ended), "%v", err)
		require.Equal(t, test.code, cmd.ProcessState.ExitCode(), errs.String())
		require.Equal(t, test.out, out.String())
		require.Equal(t, test.errs, errs.String()[:min(len(test.errs), errs.Len())])
		require.Equal(t, test.errs == "", errs.Len() == 0, errs.String())
	}
}

func TestCtrlCEndsTheProgramWith130(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no interrupt that one process can send to another")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("event: heartbeat\ndata: {\"run_id\":\"r\",\"ts\":1}\n\n"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	cmd := exec.CommandContext(t.Context(), build(t), "--server", server.URL, "watch", "r", "--output", "status")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "1\theartbeat\t-\tr\n", line, "an event is printed at once")
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	require.Equal(t, 130, cmd.ProcessState.ExitCode())
	require.Empty(t, errs.String())
}
