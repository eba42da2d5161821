// This file owns the tests of looking at flows at the gateway.

package pyoco_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

const loopFile = "flow:\n  graph: |\n    a >> (b & c)[2]\n  defaults: {x: 1}\ntasks: {a: {callable: \"m:a\"}, b: , c: , unused: }\n"

func TestADryRunChecksAFileAndQueuesNothing(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	name := formPart{"flow_name", "f", false}
	answer := rig.postForm(t, "/runs/yaml?dry_run=1", formPart{"workflow", loopFile, true}, name, formPart{"params", `{"y":1.0}`, false})
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	var checked pyoco.CheckedFlow
	require.NoError(t, json.Unmarshal([]byte(answer.body), &checked))
	require.True(t, checked.Valid)
	require.Equal(t, []string{"a", "b", "c"}, checked.Tasks)
	require.Equal(t, []string{"tasks.unused: stands nowhere in the graph and does not run"}, checked.Warnings)
	require.Equal(t, `{"x":1,"y":1.0}`, string(checked.Params))
	var graph struct {
		Kind     string `json:"kind"`
		Children []struct {
			Kind     string           `json:"kind"`
			Children []map[string]any `json:"children"`
		} `json:"children"`
	}
	require.NoError(t, json.Unmarshal(checked.Graph, &graph))
	require.Equal(t, "graph", graph.Kind)
	require.Equal(t, "seq", graph.Children[0].Kind)
	require.Equal(t, "repeat", graph.Children[0].Children[1]["kind"])
	require.Empty(t, rig.keys(t))

	bad := "flow:\n  graph: a >> oops\ntasks: {a: {callable: \"m:a\"}}\n"
	refused := rig.postForm(t, "/runs/yaml?dry_run=true", formPart{"workflow", bad, true}, name)
	require.Equal(t, rig.postForm(t, "/runs/yaml", formPart{"workflow", bad, true}, name).body, refused.body, "as the submission would be")
	require.Equal(t, 422, refused.status)
	rig.postForm(t, "/runs/yaml?dry_run=x", formPart{"workflow", loopFile, true}, name).
		requireProblem(t, 422, "ERR-PYOCO-0002", `dry_run: must be true or false, got "x"`)

	client, err := pyoco.NewClient(rig.url, pyoco.ClientConfig{})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	same, err := client.Check(t.Context(), pyoco.Submission{Flow: "f", Workflow: []byte(loopFile), Params: map[string]any{"y": json.Number("1.0")}})
	require.NoError(t, err)
	require.Equal(t, &checked, same)
	_, err = client.Check(t.Context(), pyoco.Submission{Flow: "f", Workflow: []byte(bad)})
	require.ErrorIs(t, err, pyoco.ErrInvalid)
}

func TestARunShowsTheFlowFileThatItRuns(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	accepted, err := rig.gw.Submit(t.Context(), pyoco.Submission{Flow: "f", Workflow: []byte(loopFile)})
	require.NoError(t, err)
	shown := rig.get(t, "/runs/"+accepted.ID+"/flow").object(t)
	require.Equal(t, "yaml", shown["kind"])
	require.Equal(t, loopFile, shown["text"])
	require.Equal(t, rig.stored(t, accepted.ID)["workflow_yaml_sha256"], shown["sha256"])
	require.Equal(t, "graph", shown["graph"].(map[string]any)["kind"])
	rig.get(t, "/runs/nosuch/flow").requireProblem(t, 404, "ERR-PYOCO-0005", "run_id: there is no such run")
	rig.putRun(t, "python", `{"run_id":"python","flow_name":"f","status":"RUNNING","workflow_yaml_sha256":"`+shown["sha256"].(string)[1:]+`0"}`)
	rig.get(t, "/runs/python/flow").requireProblem(t, 404, "ERR-PYOCO-0006", "flow: the text of this run's flow is not kept")
}

func TestARunByNameShowsTheGraphOfTheWorkersFlow(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	id := rig.submit(t, `{"flow_name":"loops"}`)
	rig.get(t, "/runs/"+id+"/flow").requireProblem(t, 404, "ERR-PYOCO-0006", "flow: the text of this run's flow is not kept")
	b := pyoco.NewFlow("loops")
	noop := pyoco.Func(func(context.Context) error { return nil })
	b.Then(b.Task("first", noop), b.Repeat(2, b.Task("again", noop)))
	flow, err := b.Build()
	require.NoError(t, err)
	worker, err := pyoco.NewWorker(rig.nats.Connect(t), pyoco.WorkerConfig{Flows: pyoco.FlowMap(flow)})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() { _ = worker.Run(ctx) })
	t.Cleanup(working.Wait)
	t.Cleanup(stop)
	client, err := pyoco.NewClient(rig.url, pyoco.ClientConfig{})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	run, err := client.Wait(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	shown, err := client.Flow(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, "graph", shown.Kind)
	require.Equal(t, "first >> again[2]", shown.Text)
	require.Equal(t, run.FlowTextSHA256, shown.SHA256)
	require.JSONEq(t, string(flow.GraphJSON()), withoutPlaces(t, shown.Graph))
}

// withoutPlaces is a graph without the places of a text.
func withoutPlaces(t *testing.T, graph json.RawMessage) string {
	t.Helper()
	var node any
	require.NoError(t, json.Unmarshal(graph, &node))
	var strip func(any)
	strip = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			delete(node, "at")
			for _, child := range node {
				strip(child)
			}
		case []any:
			for _, child := range node {
				strip(child)
			}
		}
	}
	strip(node)
	data, err := json.Marshal(node)
	require.NoError(t, err)
	return string(data)
}
