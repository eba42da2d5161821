// This file owns the tests of the tasks and the flow that a new user's first runs need.

package worker_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

const sampleFlow = `version: 1
flow:
  graph: |
    add_one >> to_text
    echo
tasks:
  add_one: {callable: "pyoco_server._workflow_test_tasks:add_one"}
  to_text: {callable: "pyoco_server._workflow_test_tasks:to_text"}
  echo: {callable: "pyoco_server._workflow_test_tasks:echo", inputs: {message: hi}}
`

// numbers are values of x, with what Python's tasks make of them: a text, or "" where they fail.
var numbers = map[string]string{
	"1": "v=2", "-1": "v=0", "41": "v=42", "1.0": "v=2", "2.9": "v=3", "-2.9": "v=-1", "1e3": "v=1001", "true": "v=2", "false": "v=1",
	`"3"`: "v=4", `" -7 "`: "v=-6", `"+5"`: "v=6", "12345678901234567890123": "v=12345678901234567890124", `"1.5"`: "", `"x"`: "", `""`: "", "[]": "", "{}": "",
}

func TestTheSamplesRunAsThePythonOnesDo(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	gateway := clitest.Gateway(t, server)
	start(t, nil, "--nats-url", server.URL())
	ids := map[string]string{}
	for x := range numbers {
		submitted, err := gateway.Submit(t.Context(), pyoco.Submission{
			Flow: "main", Workflow: []byte(sampleFlow), Params: map[string]json.RawMessage{"x": json.RawMessage(x)},
		})
		require.NoError(t, err)
		ids[x] = submitted.ID
	}
	for x, want := range numbers {
		run := clitest.WaitRun(t, gateway, ids[x])
		if want == "" {
			require.Equal(t, pyoco.StatusFailed, run.Status, x)
			require.Equal(t, `task add_one failed: parameter "x": its type does not take the value`, run.Error, x)
			continue
		}
		require.Equal(t, pyoco.StatusCompleted, run.Status, "%s: %s", x, run.Error)
		var text string
		require.NoError(t, run.Output("to_text", &text))
		require.Equal(t, want, text, x)
		require.JSONEq(t, fmt.Sprintf(`{"message":"hi","x":%s}`, x), string(run.TaskRecords["echo"].Output))
	}
	submitted, err := gateway.Submit(t.Context(), pyoco.Submission{Flow: "main", Workflow: []byte(sampleFlow)})
	require.NoError(t, err)
	require.JSONEq(t, `"v=1"`, string(clitest.WaitRun(t, gateway, submitted.ID).TaskRecords["to_text"].Output), "x is 0 unless it is given")
}

func TestTheFlowMainTakesItsParams(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	gateway := clitest.Gateway(t, server)
	start(t, nil, "--nats-url", server.URL())
	for params, want := range map[string]string{
		`{"ts":1,"name":"demo"}`: `{"text":"hello, demo","ts":1}`, `{}`: `{"text":"hello, world","ts":null}`, `{"name":7}`: `{"text":"hello, 7","ts":null}`,
	} {
		submitted, err := gateway.Submit(t.Context(), pyoco.Submission{Flow: "main", Params: json.RawMessage(params)})
		require.NoError(t, err)
		run := clitest.WaitRun(t, gateway, submitted.ID)
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
		require.JSONEq(t, want, string(run.TaskRecords["report"].Output))
	}
	submitted, err := gateway.Submit(t.Context(), pyoco.Submission{Flow: "other"})
	require.NoError(t, err)
	require.Contains(t, clitest.WaitRun(t, gateway, submitted.ID).Error, "flow_not_found: ")
}

func TestTheTableOfNumbersIsPythons(t *testing.T) {
	t.Parallel()
	const program = `
import json, sys
from pyoco_server._workflow_test_tasks import add_one, to_text
def make(x):
    try:
        return to_text(add_one(json.loads(x)))
    except (ValueError, TypeError):
        return ""
print(json.dumps({x: make(x) for x in json.load(sys.stdin)}))
`
	python := filepath.Join(clitest.Python(t), "python3")
	values, err := json.Marshal(numbers)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "-c", program)
	cmd.Stdin = strings.NewReader(string(values))
	answer, err := cmd.Output()
	require.NoError(t, err)
	var theirs map[string]string
	require.NoError(t, json.Unmarshal(answer, &theirs))
	require.Equal(t, theirs, numbers)
}
