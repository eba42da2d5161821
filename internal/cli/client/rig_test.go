// This file owns the real system of the tests: NATS, a gateway and a worker with its tasks.

package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
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

const waitingFlow = "version: 1\nflow: {graph: wait}\ntasks: {wait: {callable: \"test:wait\"}}\n"

const failingFlow = "version: 1\nflow: {graph: fail}\ntasks: {fail: {callable: \"test:fail\"}}\n"

// startSystem runs a gateway and a worker of the tag hello, and gives the gateway's URL.
func startSystem(t *testing.T) string {
	t.Helper()
	server := natstest.Start(t)
	gateway, err := pyoco.NewGateway(server.Connect(t), pyoco.GatewayConfig{})
	require.NoError(t, err)
	web := httptest.NewServer(gateway)
	t.Cleanup(web.Close)
	served, err := pyoco.NewWorker(server.Connect(t), pyoco.WorkerConfig{ID: "w1", Tags: []string{"hello"}, Tasks: tasks(t)})
	require.NoError(t, err)
	keep(t, gateway.Run)
	require.NoError(t, gateway.Ready(t.Context()))
	keep(t, served.Run)
	return web.URL
}

// keep runs a part until the test ends.
func keep(t *testing.T, part func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = part(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
}

// tasks are those of pyoco-worker, and two that end badly.
func tasks(t *testing.T) *pyoco.Tasks {
	t.Helper()
	tasks, _, err := worker.Samples()
	require.NoError(t, err)
	for name, fn := range map[string]func(context.Context) error{
		"test:wait": func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		},
		"test:fail": func(context.Context) error { return errors.New("no") },
	} {
		require.NoError(t, tasks.Register(name, pyoco.Func(fn)))
	}
	return tasks
}

// submit queues a run of a flow file at our gateway and gives its id.
func submit(t *testing.T, url, flow string) string {
	t.Helper()
	id, out := submitted(t, url, flow)
	require.Equal(t, fmt.Sprintf(`{"run_id": %q, "status": "PENDING", "bundle_hash": null}`+"\n", id), out)
	return id
}

// submitted queues a run at any gateway.
func submitted(t *testing.T, url, flow string) (id, out string) {
	t.Helper()
	out = succeed(t, "--server", url, "submit-yaml", "--workflow-file", write(t, "flow.yaml", flow), "--flow-name", "main", "--tag", "hello")
	var accepted pyoco.Submitted
	require.NoError(t, json.Unmarshal([]byte(out), &accepted))
	return accepted.ID, out
}
