// This file owns the tests of the limits that an operator sets: each is the one that counts, and is named where it does.

package pyoco_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestTheLimitsThatAreSetAreTheOnesThatCount(t *testing.T) {
	t.Parallel()
	low := startGateway(t, func(c *rigConfig) {
		c.gateway = pyoco.GatewayConfig{MaxBodyBytes: 2048, MaxParamsBytes: 64, MaxGraphNodes: 2, MaxWorkflowBytes: 300}
	})
	text := strings.Repeat("a", 64-len(`{"x":""}`))
	low.submit(t, `{"flow_name":"a","params":{"x":"`+text+`"}}`)
	low.post(t, "/runs", `{"flow_name":"a","params":{"x":"`+text+`a"}}`).
		requireProblem(t, 413, "ERR-PYOCO-0002", "params: must be at most 64 bytes, got 65")
	low.post(t, "/runs", `{"flow_name":"a","x":"`+strings.Repeat("a", 2048)+`"}`).
		requireProblem(t, 413, "ERR-PYOCO-0002", "body: must be at most 2048 bytes")
	low.do(t, "PATCH", "/workers/w", strings.NewReader(`{"x":"`+strings.Repeat("a", 2048)+`"}`)).
		requireProblem(t, 413, "ERR-PYOCO-0019", "body: must be at most 2048 bytes")

	const tasks = "\ntasks: {a: {}, b: {}, c: {}}\n"
	file := func(graph string) []formPart {
		return []formPart{{"flow_name", "f", false}, {"workflow", "version: 1\nflow: {graph: " + graph + "}" + tasks, true}}
	}
	require.Equal(t, 200, low.postForm(t, "/runs/yaml", file("a >> b")...).status)
	refused := low.postForm(t, "/runs/yaml", file("a >> b >> c")...)
	require.Equal(t, 422, refused.status)
	require.Contains(t, refused.object(t)["detail"], "the graph has more nodes than MaxNodes (2)")
	low.postForm(t, "/runs/yaml", file("a #"+strings.Repeat("x", 300))...).
		requireProblem(t, 413, "ERR-PYOCO-0016", "workflow: must be at most 300 bytes")
	// Defaults and params count together.
	defaults := formPart{"workflow", "version: 1\nflow: {graph: a, defaults: {y: " + strings.Repeat("y", 40) + "}}" + tasks, true}
	low.postForm(t, "/runs/yaml", formPart{"flow_name", "f", false}, defaults, formPart{"params", `{"x":"0123456789"}`, false}).
		requireProblem(t, 413, "ERR-PYOCO-0002", "params: must be at most 64 bytes, got 65")

	high := startGateway(t, func(c *rigConfig) {
		c.gateway = pyoco.GatewayConfig{MaxBodyBytes: 2 << 20, MaxParamsBytes: 512 << 10}
	})
	client, err := pyoco.NewClient(high.url, pyoco.ClientConfig{})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	run, err := client.Submit(t.Context(), pyoco.Submission{Flow: "a", Params: map[string]string{"x": strings.Repeat("a", 400<<10)}})
	require.NoError(t, err)
	require.Len(t, high.stored(t, run.ID)["params"].(map[string]any)["x"], 400<<10)
	high.submit(t, `{"flow_name":"a","x":"`+strings.Repeat("a", 3<<19)+`"}`)
}

// logLines are those of a JSON log. It is safe for concurrent use.
type logLines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write takes a line.
func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// under gives the messages that were logged under a request id.
func (l *logLines) under(t testing.TB, id string) (messages []string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.buf.String()) {
		var fields struct {
			Msg string `json:"msg"`
			ID  string `json:"request_id"`
		}
		require.NoError(t, json.Unmarshal([]byte(line), &fields))
		if fields.ID == id {
			messages = append(messages, fields.Msg)
		}
	}
	return messages
}

func TestAnAnswerAndItsLogLinesHaveTheRequestsID(t *testing.T) {
	t.Parallel()
	log := &logLines{}
	rig := startGateway(t, func(c *rigConfig) {
		c.gateway.HTTPLog = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	const header = "X-Request-Id"
	logged := func(id string, messages ...string) {
		t.Helper()
		// A request's line comes after its answer.
		require.Eventually(t, func() bool { return len(log.under(t, id)) >= len(messages) }, 10*time.Second, time.Millisecond)
		require.Equal(t, messages, log.under(t, id))
	}
	require.Equal(t, "mine-1", rig.do(t, "GET", "/runs", nil, header, "mine-1").header.Get(header))
	logged("mine-1", "request")
	require.Equal(t, "mine-2", rig.do(t, "GET", "/runs?limit=0", nil, header, "mine-2").header.Get(header))
	logged("mine-2", "request refused", "request")
	made := rig.do(t, "GET", "/runs", nil, header, "not sane\tfor a log").header.Get(header)
	require.Len(t, made, 36)
	logged(made, "request")
	require.NotEqual(t, made, rig.get(t, "/runs").header.Get(header))
}
