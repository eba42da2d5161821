// This file owns the test that every call of the HTTP interface succeeds, and answers as it is described.

package pyoco_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

// describedFile has a loop, a case that is not taken, and a task that stands nowhere.
const describedFile = `version: 1
flow:
  graph: |
    flow >> switch("$ctx.params.mode")["A" >> pick, "*" >> skipped] >> pick2["$ctx.params.items as item"]
  defaults: {mode: A, items: [1, 2]}
tasks:
  pick: {callable: "demo:pick"}
  pick2: {callable: "demo:pick"}
  skipped: {callable: "demo:pick"}
  unused: {callable: "demo:pick"}
`

// startWorker runs a worker that knows the task demo:pick, the flow of one such task, and a flow that fails.
func (r *gatewayRig) startWorker(t testing.TB, tag string) {
	t.Helper()
	pick := pyoco.Func(func(context.Context) (string, error) { return "picked", nil })
	tasks := pyoco.NewTasks()
	require.NoError(t, tasks.Register("demo:pick", pick))
	builder := pyoco.NewFlow("known")
	builder.Task("pick", pick)
	known, err := builder.Build()
	require.NoError(t, err)
	builder = pyoco.NewFlow("failing")
	builder.Task("fail", pyoco.Func(func(context.Context) error { return pyoco.Permanent(errors.New("no luck")) }))
	failing, err := builder.Build()
	require.NoError(t, err)
	worker, err := pyoco.NewWorker(r.nats.Connect(t, pyoco.ConnectOptions("worker", nil)...), pyoco.WorkerConfig{
		ID: "w-" + tag, Tags: []string{tag}, Tasks: tasks, Flows: pyoco.FlowMap(known, failing),
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = worker.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(stop)
}

// ended waits until a run has ended, and checks the snapshots on the way.
func (r *gatewayRig) ended(t testing.TB, id string) map[string]any {
	t.Helper()
	events := r.watch(t, "/runs/"+id+"/watch?until=terminal&include=records")
	require.Contains(t, events.header.Get("Content-Type"), "text/event-stream")
	var last string
	for {
		event, more := events.next(t)
		if !more {
			break
		}
		if event.name != "snapshot" {
			continue
		}
		var body struct{ Snapshot json.RawMessage }
		require.NoError(t, json.Unmarshal([]byte(event.data), &body))
		last = string(body.Snapshot)
		described(t).holdJSON(t, "#/components/schemas/Run", last)
	}
	return httpAnswer{body: last}.object(t)
}

func TestEveryCallSucceedsAndAnswersAsDescribed(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	called := map[string]bool{}
	call := func(method, path, body string) httpAnswer {
		answer := rig.do(t, method, path, strings.NewReader(body))
		require.Equal(t, http.StatusOK, answer.status, "%s %s: %s", method, path, answer.body)
		pattern, _ := described(t).operation(method, path)
		called[method+" "+pattern] = true
		return answer
	}
	queued := call("POST", "/runs", `{"flow_name":"nobody","tag":"nobody","tags":["a"],"params":{"n":1}}`).object(t)["run_id"].(string)
	require.Contains(t, call("GET", "/runs/"+queued, "").object(t), "pending_reason")
	rig.startWorker(t, "described")

	parts := []formPart{{"workflow", describedFile, true}, {"flow_name", "main", false}, {"tag", "described", false}}
	checked := rig.postForm(t, "/runs/yaml?dry_run=1", parts...)
	require.Equal(t, http.StatusOK, checked.status, checked.body)
	submitted := rig.postForm(t, "/runs/yaml", parts...)
	require.Equal(t, http.StatusOK, submitted.status, submitted.body)
	called["POST /runs/yaml"] = true
	looped := submitted.object(t)["run_id"].(string)
	require.Equal(t, "COMPLETED", rig.ended(t, looped)["status"])
	known := rig.submit(t, `{"flow_name":"known","tag":"described"}`)
	require.Equal(t, "COMPLETED", rig.ended(t, known)["status"])
	failed := rig.submit(t, `{"flow_name":"failing","tag":"described"}`)
	require.Equal(t, "FAILED", rig.ended(t, failed)["status"])
	called["GET /runs/{id}/watch"] = true

	for _, id := range []string{queued, looped, known, failed} {
		properties := described(t).document["components"].(map[string]any)["schemas"].(map[string]any)["Run"].(map[string]any)["properties"]
		for field := range call("GET", "/runs/"+id+"?include=full", "").object(t) {
			require.Contains(t, properties, field, "a field that is not described")
		}
		call("GET", "/runs/"+id+"/tasks", "")
	}
	call("GET", "/runs/"+looped+"/flow", "")
	call("GET", "/runs/"+known+"/flow", "")
	call("GET", "/runs?include=full", "")
	require.NotNil(t, call("GET", "/runs?cursor=&limit=1&include=records", "").object(t)["next_cursor"])
	call("POST", "/runs/"+queued+"/cancel", "")
	require.NotEmpty(t, call("GET", "/workers?scope=all", "").list(t))
	require.NotEmpty(t, call("GET", "/workers/w-described", "").object(t)["recent_runs"])
	call("PATCH", "/workers/w-described", `{"hidden":true}`)

	buried := rig.bury(t, "described", `{"timestamp":1,"reason":"invalid_job","error":"x","num_delivered":1,"subject":"s","payload":""}`)
	var ofRun []int
	require.Eventually(t, func() bool { // it comes after the run's end
		ofRun, _ = call("GET", "/dlq?run_id="+failed, "").numbers(t)
		return len(ofRun) == 1
	}, 10*time.Second, 10*time.Millisecond)
	require.NotNil(t, call("GET", "/dlq?limit=1", "").object(t)["next_cursor"])
	call("GET", fmt.Sprintf("/dlq/%d", buried), "")
	call("POST", fmt.Sprintf("/dlq/%d/replay", ofRun[0]), "")
	call("DELETE", fmt.Sprintf("/dlq/%d", buried), "")

	uploaded := rig.upload(t, shop10, pywheeltest.Wheel(shop10), nil, "tags", "a")
	require.Equal(t, http.StatusOK, uploaded.status, uploaded.body)
	called["POST /wheels"] = true
	require.NotEmpty(t, call("GET", "/wheels", "").list(t))
	require.NotEmpty(t, call("GET", "/wheels/"+shop10, "").body)
	call("DELETE", "/wheels/"+shop10, "")
	require.Len(t, call("GET", "/wheels/history", "").list(t), 2)

	events := rig.watch(t, "/events")
	require.Equal(t, http.StatusOK, events.status)
	require.Contains(t, events.header.Get("Content-Type"), "text/event-stream")
	called["GET /events"] = true
	for _, path := range []string{"/health", "/ready", "/metrics", "/", "/static/app.css", "/whoami", "/overview"} {
		call("GET", path, "")
	}
	var served map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(call("GET", "/openapi.json", "").body), &served)) // JSON is YAML, and so are its numbers
	require.Equal(t, described(t).document, served)

	for path, operations := range described(t).document["paths"].(map[string]any) {
		for method := range operations.(map[string]any) {
			require.True(t, method == "parameters" || called[strings.ToUpper(method)+" "+path], "%s %s was never called", method, path)
		}
	}
}
