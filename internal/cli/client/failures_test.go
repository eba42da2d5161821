// This file owns the tests of calls that fail: refusals, broken streams, full disks, Ctrl-C.

package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/client"
)

func TestARefusalOfTheGatewayIsShown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status               int
		answer, reason, hint string
	}{
		{404, `{"detail":"run not found","err_id":"ERR-PYOCO-0005"}`, "HTTP 404: run not found (ERR-PYOCO-0005)", "see which runs there are: pyoco-client list --limit 20 --output table"},
		{422, `{"detail":[{"loc":["limit"]}]}`, `HTTP 422: [{"loc":["limit"]}]`, "check the values that were sent; a right example: pyoco-client get RUN_ID"},
		{401, `{"detail":"API key required"}`, "HTTP 401: API key required", `give a valid API key: pyoco-client --api-key "$KEY" get RUN_ID`},
		{403, `{"detail":"API key invalid"}`, "HTTP 403: API key invalid", `give a valid API key: pyoco-client --api-key "$KEY" get RUN_ID`},
		{507, `{"detail":"full"}`, "HTTP 507: full", "make room in the store of NATS, or lower the limit that the reason names, for the gateway and its workers"},
		{503, `{"detail":"NATS"}`, "HTTP 503: NATS", "the gateway cannot reach NATS and has accepted nothing; try again once it is ready: pyoco-client get RUN_ID"},
		{500, "Internal\nServer \x1b[0m", `HTTP 500: Internal\nServer \u001b[0m`, "check the values that were sent; a right example: pyoco-client get RUN_ID"},
	} {
		t.Run(http.StatusText(test.status), func(t *testing.T) {
			t.Parallel()
			gateway := script(t, test.status, "application/json", test.answer)
			require.Equal(t, failed("ERR-PYOCO-HTTP", "request failed", test.reason, test.hint), run(t, "--server", gateway.URL, "get", "r"))
		})
	}
}

func TestEveryCommandFailsWhereTheGatewayRefuses(t *testing.T) {
	t.Parallel()
	flow := write(t, "flow.yaml", "version: 1\n")
	for _, line := range []string{
		"submit", "submit-yaml --workflow-file " + flow + " --flow-name f --tag t", "get r", "tasks r", "list", "list-vnext", "watch r",
		"cancel --run-id r", "cancel --run-id r --wait", "workers", "metrics", "dlq list", "dlq show 1", "dlq replay 1", "dlq drop 1",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			gateway := script(t, http.StatusTeapot, "application/json", `{"detail":"no"}`)
			r := run(t, append([]string{"--server", gateway.URL}, strings.Fields(line)...)...)
			require.Equal(t, 1, r.code)
			require.Empty(t, r.out)
			require.Contains(t, r.errs, "ERR-PYOCO-HTTP: request failed\n- reason: HTTP 418: no\n- hint: ")
		})
	}
}

func TestAGatewayThatIsNotThereIsAConnectionError(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, line := range []string{"list", "watch r", "metrics"} {
		r := run(t, append([]string{"--server", gone.URL}, strings.Fields(line)...)...)
		require.Equal(t, 1, r.code)
		require.Contains(t, r.errs, "ERR-PYOCO-HTTP: connection error\n- reason: unavailable: the gateway gave no answer: ")
		require.Contains(t, r.errs, "pyoco-server up --host 127.0.0.1 --port 8000")
	}
}

func TestAnAnswerThatIsNoneIsAnError(t *testing.T) {
	t.Parallel()
	for line, answer := range map[string]string{
		"get r": "<html>", "list --output table": `{"a":1}`, "list-vnext --output table": `{"items":[1]}`, "workers --output table": "1",
		"watch r": "event: snapshot\ndata: {\n\n",
	} {
		gateway := script(t, http.StatusOK, "text/html", answer)
		r := run(t, append([]string{"--server", gateway.URL}, strings.Fields(line)...)...)
		require.Equal(t, 1, r.code, line)
		require.Contains(t, r.errs, "ERR-PYOCO-HTTP: request failed", line)
	}
}

func TestAStreamThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(stream))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	r := run(t, "--server", server.URL, "watch", "r", "--output", "status")
	require.Equal(t, 1, r.code)
	require.Equal(t, 5, strings.Count(r.out, "\n"))
	require.Contains(t, r.errs, "ERR-PYOCO-HTTP: connection error\n- reason: unavailable: the gateway's stream broke off: ")
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	gateway := script(t, http.StatusOK, "application/json", "[]")
	var errs strings.Builder
	require.Equal(t, 1, client.Main(t.Context(), cli.Process{Args: []string{"--server", gateway.URL, "list"}, Out: full{}, Err: &errs, Lookup: lookup(nil)}))
	require.Equal(t, "ERR-PYOCO-UNEXPECTED: unexpected error\n- reason: output could not be written: no space left on device\n"+
		"- hint: check where the output goes: pyoco-client list … > file\n", errs.String())
}

func TestCtrlCEndsEveryCallWith130(t *testing.T) {
	t.Parallel()
	flow := filepath.Clean(write(t, "flow.yaml", "version: 1\n"))
	for _, line := range []string{
		"submit", "submit-yaml --workflow-file " + flow + " --flow-name f --tag t", "get r", "tasks r", "list", "list-vnext", "watch r",
		"cancel --run-id r", "workers", "metrics", "dlq list",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			ctx, interrupt := context.WithCancel(t.Context())
			hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = r.Body.Read(make([]byte, 1<<10))
				interrupt()
				<-r.Context().Done()
			}))
			t.Cleanup(hanging.Close)
			r := runWith(ctx, "", append([]string{"--server", hanging.URL}, strings.Fields(line)...)...)
			require.Equal(t, result{130, "", ""}, r)
		})
	}
}

func TestHelpShowsExamplesAndEveryCommand(t *testing.T) {
	t.Parallel()
	root := succeed(t, "--help")
	for _, name := range []string{
		"submit", "submit-yaml", "get", "tasks", "list", "list-vnext", "watch", "cancel", "workers", "metrics", "dlq",
		"wheels", "wheel-upload", "wheel-history", "wheel-delete",
	} {
		require.Contains(t, root, "\n  "+name+" ")
		require.Contains(t, succeed(t, name, "--help"), "Examples:\n  pyoco-client")
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		require.Contains(t, succeed(t, "completion", shell), "pyoco-client")
	}
}

func TestCtrlCEndsTheReadingOfStandardInput(t *testing.T) {
	t.Parallel()
	typing, terminal := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- client.Main(ctx, cli.Process{Args: []string{"validate", "--workflow-file", "-"}, In: typing, Out: io.Discard, Err: io.Discard})
	}()
	_, err := terminal.Write([]byte("version: 1\n")) // it is being read
	require.NoError(t, err)
	interrupt()
	<-ended
	require.NoError(t, terminal.Close())
}

func TestEachProgramTellsItsVersion(t *testing.T) {
	t.Parallel()
	require.Equal(t, "pyoco-client version "+pyoco.Version()+"\n", succeed(t, "--version"))
}
