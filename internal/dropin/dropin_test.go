// This file owns the meetings of both systems on one NATS.

package dropin_test

import (
	"context"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/worker"
	"github.com/pyoco/pyoco/internal/natstest"
)

const flowFile = `version: 1
flow:
  graph: |
    add_one >> to_text
  defaults:
    x: 1
tasks:
  add_one:
    callable: pyoco_server._workflow_test_tasks:add_one
  to_text:
    callable: pyoco_server._workflow_test_tasks:to_text
`

// ourTasks are those of pyoco-worker, which has the flow file's, and one that waits for its end.
func ourTasks(t *testing.T) *pyoco.Tasks {
	t.Helper()
	tasks, _, err := worker.Samples()
	require.NoError(t, err)
	require.NoError(t, tasks.Register("test:wait", pyoco.Func(func(ctx context.Context) error {
		<-ctx.Done()
		return context.Cause(ctx)
	})))
	return tasks
}

// run keeps a part going until the test ends.
func run(t *testing.T, part func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = part(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
}

func startGateway(t *testing.T, server *natstest.Server) (string, *pyoco.Client) {
	t.Helper()
	gateway, err := pyoco.NewGateway(server.Connect(t, pyoco.ConnectOptions("gateway", nil)...), pyoco.GatewayConfig{})
	require.NoError(t, err)
	web := httptest.NewServer(gateway)
	t.Cleanup(web.Close)
	run(t, gateway.Run)
	require.NoError(t, gateway.Ready(t.Context()))
	c, err := pyoco.NewClient(web.URL, pyoco.ClientConfig{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return web.URL, c
}

func startWorker(t *testing.T, server *natstest.Server, id, tag string) {
	t.Helper()
	served, err := pyoco.NewWorker(server.Connect(t, pyoco.ConnectOptions("worker", nil)...), pyoco.WorkerConfig{
		ID: id, Tags: []string{tag}, Tasks: ourTasks(t),
	})
	require.NoError(t, err)
	run(t, served.Run)
}

func writeFlow(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "flow.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

type snapshot struct {
	RunID  string            `json:"run_id"`
	Status string            `json:"status"`
	Tasks  map[string]string `json:"tasks"`
	Error  string            `json:"error"`
}

func TestThePythonClientWorksWithOurGateway(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	url, ours := startGateway(t, server)
	startWorker(t, server, "w1", "hello")

	submitted := clientJSON[snapshot](t, url, "submit-yaml", "--workflow-file", writeFlow(t, flowFile), "--flow-name", "main", "--tag", "hello")
	require.Equal(t, "PENDING", submitted.Status)
	ended, err := ours.Wait(t.Context(), submitted.RunID)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCompleted, ended.Status, ended.Error)

	got := clientJSON[snapshot](t, url, "get", submitted.RunID)
	require.Equal(t, snapshot{submitted.RunID, "COMPLETED", map[string]string{"add_one": "SUCCEEDED", "to_text": "SUCCEEDED"}, ""}, got)
	require.Equal(t, "COMPLETED", clientJSON[snapshot](t, url, "tasks", submitted.RunID).Status)
	require.Len(t, clientJSON[[]snapshot](t, url, "list", "--tag", "hello", "--limit", "20"), 1)
	require.Contains(t, string(client(t, url, "list", "--tag", "hello", "--output", "table")), submitted.RunID)
	page := clientJSON[struct {
		Items []snapshot `json:"items"`
		Next  *string    `json:"next_cursor"`
	}](t, url, "list-vnext", "--updated-after", "0")
	require.Len(t, page.Items, 1)
	require.Nil(t, page.Next)
	require.Contains(t, string(client(t, url, "watch", submitted.RunID, "--until-terminal", "--output", "status")), "COMPLETED")
	workers := clientJSON[[]struct {
		ID    string `json:"worker_id"`
		State string `json:"state"`
	}](t, url, "workers")
	require.Len(t, workers, 1)
	require.Equal(t, "w1", workers[0].ID)
	require.Contains(t, string(client(t, url, "metrics")), `pyoco_runs_total{status="COMPLETED"} 1`)
}

func TestThePythonClientCancelsARunOfOurWorker(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	url, ours := startGateway(t, server)
	startWorker(t, server, "w1", "hello")
	const waiting = "version: 1\nflow: {graph: wait}\ntasks:\n  wait: {callable: \"test:wait\"}\n"
	submitted := clientJSON[snapshot](t, url, "submit-yaml", "--workflow-file", writeFlow(t, waiting), "--flow-name", "main", "--tag", "hello")
	for event, err := range ours.Watch(t.Context(), submitted.RunID) {
		require.NoError(t, err)
		if event.Snapshot.Tasks["wait"] == pyoco.TaskRunning {
			break
		}
	}
	client(t, url, "cancel", "--run-id", submitted.RunID, "--wait", "--timeout-sec", "20")
	ended, err := ours.Get(t.Context(), submitted.RunID)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCancelled, ended.Status)
}

func TestAPythonWorkerRunsWhatOurGatewayHasQueued(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	_, ours := startGateway(t, server)
	start(t, server.URL(), "pyoco-worker", "--nats-url", server.URL(), "--tags", "py", "--worker-id", "pw1")

	submitted, err := ours.Submit(t.Context(), pyoco.Submission{
		Flow: "main", Workflow: []byte(flowFile), Tag: "py", Params: map[string]int{"x": 41},
	})
	require.NoError(t, err)
	ended, err := ours.Wait(t.Context(), submitted.ID)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCompleted, ended.Status, ended.Error)
	var text string
	require.NoError(t, ended.Output("to_text", &text))
	require.Contains(t, text, "42")

	workers, err := ours.Workers(t.Context(), pyoco.WorkerListOptions{})
	require.NoError(t, err)
	require.Len(t, workers, 1)
	require.Equal(t, "pw1", workers[0].ID)
	page, err := ours.List(t.Context(), pyoco.ListOptions{Status: pyoco.StatusCompleted})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
}

func TestPythonAndOurWorkersShareOneQueue(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	_, ours := startGateway(t, server)
	startWorker(t, server, "gw1", "both")
	start(t, server.URL(), "pyoco-worker", "--nats-url", server.URL(), "--tags", "both", "--worker-id", "pw1")
	const runs = 40
	ids := make([]string, runs)
	for i := range ids {
		submitted, err := ours.Submit(t.Context(), pyoco.Submission{Flow: "main", Workflow: []byte(flowFile), Tag: "both"})
		require.NoError(t, err)
		ids[i] = submitted.ID
	}
	for _, id := range ids {
		ended, err := ours.Wait(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, pyoco.StatusCompleted, ended.Status, ended.Error)
	}
}

func TestOurWorkerRunsWhatThePythonGatewayHasQueued(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	url := startGatewayOf(t, server)
	startWorker(t, server, "gw1", "hello")

	submitted := clientJSON[snapshot](t, url, "submit-yaml", "--workflow-file", writeFlow(t, flowFile), "--flow-name", "main", "--tag", "hello")
	shown := client(t, url, "watch", submitted.RunID, "--until-terminal", "--output", "status")
	require.Contains(t, string(shown), "COMPLETED")
	got := clientJSON[snapshot](t, url, "get", submitted.RunID)
	require.Equal(t, map[string]string{"add_one": "SUCCEEDED", "to_text": "SUCCEEDED"}, got.Tasks)
	require.Contains(t, string(client(t, url, "workers")), "gw1")
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()[strings.LastIndexByte(listener.Addr().String(), ':')+1:]
}
