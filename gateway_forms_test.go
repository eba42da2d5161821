// This file owns the tests of forms that the Python gateway takes beside the plain ones.

package pyoco_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpacesAroundATagAndAFlowDoNotCount(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.gateway.DefaultTag = "usual" })
	for body, tag := range map[string]string{
		`{"flow_name":"f"}`: "usual", `{"flow_name":"f","tag":null}`: "usual", `{"flow_name":"f","tag":""}`: "usual",
		`{"flow_name":"f","tag":" "}`: "usual", `{"flow_name":" f ","tag":" gpu "}`: "gpu",
	} {
		stored := rig.stored(t, rig.submit(t, body))
		require.Equal(t, tag, stored["tag"], body)
		require.Equal(t, "f", stored["flow_name"], body)
	}
	answer := rig.postForm(t, "/runs/yaml", formPart{"flow_name", " f ", false}, formPart{"tag", " gpu ", false},
		formPart{"workflow", "version: 1\nflow: {graph: a}\ntasks: {a: {}}\n", true})
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	stored := rig.stored(t, answer.object(t)["run_id"].(string))
	require.Equal(t, "gpu", stored["tag"])
	require.Equal(t, "f", stored["flow_name"])
}

func TestIncludeMayBeRepeated(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putRun(t, "r", `{"run_id":"r","flow_name":"f","status":"FAILED","updated_at":1,"params":{"a":1},"task_records":{"a":{"state":"FAILED"}}}`)
	rig.listedRun(t, "r", hasStatus("FAILED"))
	for query, want := range map[string]struct{ records, params bool }{
		"":                                 {false, false},
		"include=x&include=":               {false, false},
		"include=records&include=x":        {true, false},
		"include=full&include=records":     {true, true},
		"include=task_records&include=all": {true, true},
	} {
		require.Equal(t, want.records, rig.get(t, "/runs/r?"+query).object(t)["task_records"] != nil, query)
		listed := rig.get(t, "/runs?"+query).list(t)[0]
		require.Equal(t, want.records, listed["task_records"] != nil, query)
		require.Equal(t, want.params, listed["params"] != nil, query)
		event := rig.watch(t, "/runs/r/watch?timeout_sec=1&"+query).snapshot(t)
		require.Equal(t, want.records, event["task_records"] != nil, query)
	}
}

func TestFieldsAreThoseOfTheExactName(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	id := rig.submit(t, `{"flow_name":"f","FLOW_NAME":"g","Tag":"x","Params":5}`)
	stored := rig.stored(t, id)
	require.Equal(t, "f", stored["flow_name"])
	require.Equal(t, "default", stored["tag"])
	rig.post(t, "/runs", `{"FLOW_NAME":"g"}`).requireProblem(t, 422, "ERR-PYOCO-0002", "flow_name: must not be empty")
	rig.putRun(t, "r", `{"run_id":"r","flow_name":"f","status":"FAILED","STATUS":"RUNNING","Attempt":"x","updated_at":1}`)
	rig.listedRun(t, "r", hasStatus("FAILED"))
}
