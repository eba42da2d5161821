// This file owns the tests of inputs, outputs and expressions as they are in a run: a test a sentence.

package pyoco_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestAParameterIsBoundToItsInputElseToAParamElseToAResultElseToItsDefault(t *testing.T) {
	t.Parallel()
	type bound struct {
		Given  string  `json:"given"`
		Param  string  `json:"param"`
		Result string  `json:"result"`
		Own    *string `json:"own"`
	}
	var got bound
	run := runText(t, "flow: {graph: given & result >> last}\ntasks: {given: , result: , last: {inputs: {given: literal}}}\n",
		map[string]any{"given": "as a param", "param": "as a param"}, map[string]any{
			"given":  func(context.Context) (string, error) { return "as a result", nil },
			"result": func(context.Context) (string, error) { return "as a result", nil },
			"last":   func(_ context.Context, in bound) error { got = in; return nil },
		})
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, bound{"literal", "as a param", "as a result", nil}, got)
}

func TestAParameterThatIsStillUnboundFailsTheTask(t *testing.T) {
	t.Parallel()
	run := runText(t, "flow: {graph: a}\ntasks: {a: {retries: 3}}\n", nil, map[string]any{
		"a": func(_ context.Context, _ struct {
			Size int `json:"size"`
		}) error {
			return nil
		},
	})
	require.Equal(t, pyoco.StatusFailed, run.Status)
	require.Equal(t, `task a failed: parameter "size" is not bound: no input, no param and no result has this name`, run.Error)
	require.Equal(t, 1, run.TaskRecords["a"].Attempts)
}

func TestTheResultIsAlsoStoredWhereOutputsSay(t *testing.T) {
	t.Parallel()
	var got string
	file := `
flow: {graph: 'fetch >> show'}
tasks:
  fetch: {outputs: [scratch.page.body, params.url, results.copy]}
  show: {inputs: {a: $ctx.scratch.page, b: $ctx.params.url, c: $ctx.results.copy, d: $node.fetch.output.0}}
`
	run := runText(t, file, map[string]any{"url": "before"}, map[string]any{
		"fetch": func(context.Context) ([]int, error) { return []int{7}, nil },
		"show": func(ctx context.Context, in map[string]json.RawMessage) error {
			data, err := json.Marshal(in)
			got = string(data)
			return err
		},
	})
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.JSONEq(t, `{"a":{"body":[7]},"b":[7],"c":[7],"d":7,"url":[7]}`, got)
	require.JSONEq(t, `{"url":"before"}`, string(run.Params), "the snapshot keeps what was submitted")
}

func TestATaskSeesItsRunInItsContextAndTheArtifactsOfOthersInItsInputs(t *testing.T) {
	t.Parallel()
	file := `
flow: {graph: 'save >> look["$ctx.params.items as it"]'}
tasks:
  save: {outputs: [scratch.kept]}
  look: {inputs: {path: $ctx.artifacts.report.csv.path, size: '$ctx.artifacts.report.csv.size_bytes'}}
`
	run := runText(t, file, map[string]any{"items": []string{"x", "y"}}, map[string]any{
		"save": func(ctx context.Context) (int, error) {
			tc := pyoco.TaskContextFrom(ctx)
			t.Cleanup(func() { _ = os.RemoveAll(filepath.Join(os.TempDir(), "pyoco-artifacts", tc.RunID)) })
			_, err := tc.SaveArtifact("report.csv", strings.NewReader("a,b"))
			return 7, err
		},
		"look": func(ctx context.Context, in struct {
			Path string `json:"path"`
			Size int    `json:"size"`
		}) (string, error) {
			tc := pyoco.TaskContextFrom(ctx)
			var kept, saved int
			inScratch, err := tc.Scratch("kept", &kept)
			inResults, err2 := tc.Result("save", &saved)
			data, err3 := os.ReadFile(in.Path)
			round := tc.Loops[0]
			return fmt.Sprint(string(data), in.Size, inScratch, kept, inResults, saved, round.Type, round.Iteration, string(round.Item), tc.Attempt, tc.Try), errors.Join(err, err2, err3)
		},
	})
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	var seen string
	require.NoError(t, run.Output("look", &seen))
	require.Equal(t, `a,b3 true 7 true 7foreach2"y"1 1`, seen)
	require.Contains(t, string(run.TaskRecords["save"].Artifacts), `"report.csv":{"path":`)
}

func TestEnvIsSeenInInputsAndInTheGraphOnlyWhereTheFileExposesIt(t *testing.T) { // not parallel: it sets the environment
	t.Setenv("PYOCO_TEST_MODE", "fast")
	file := func(graph, inputs, expose string) string {
		return "flow: {graph: '" + graph + "'}\ntasks: {a: {" + inputs + "}, b: }\nruntime: {expose_env: [" + expose + "]}\n"
	}
	j := &journal{}
	functions := j.named("b")
	functions["a"] = func(_ context.Context, in map[string]string) error { j.add("a " + in["mode"]); return nil }
	for _, graph := range []string{`switch("$env.PYOCO_TEST_MODE")["fast" >> a, "*" >> b]`, `switch(on={{env.PYOCO_TEST_MODE}}){ fast: a; default: b }`} {
		run := runText(t, file(graph, "inputs: {mode: $env.PYOCO_TEST_MODE}", "PYOCO_TEST_MODE"), nil, functions)
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	}
	require.Equal(t, []string{"a fast", "a fast"}, j.sortedLines())
	for want, text := range map[string]string{
		"task a failed: inputs.mode: $env.PYOCO_TEST_MODE: the variable is not in runtime.expose_env": file("a", "inputs: {mode: $env.PYOCO_TEST_MODE}", ""),
		"task a failed: inputs.mode: $env.PYOCO_TEST_NONE: the variable is not set at the worker":     file("a", "inputs: {mode: $env.PYOCO_TEST_NONE}", "PYOCO_TEST_NONE"),
		"the variable is not in runtime.expose_env":                                                   file(`switch("$env.PYOCO_TEST_MODE")["fast" >> a]`, "", ""),
	} {
		run := runText(t, text, nil, functions)
		require.Equal(t, pyoco.StatusFailed, run.Status)
		require.Contains(t, run.Error, want)
	}
}

func TestBareWordsInBracesMeanTheAreasOfTheContextElseAParam(t *testing.T) {
	t.Parallel()
	for condition, want := range map[string]string{
		"params.mode": "fast", "mode": "fast", "results.first": "first", "scratch.kept": "first", "$ctx.params.mode": "fast",
		"loop.type": "repeat",
	} {
		j := &journal{}
		functions := j.named("fast", "kept", "none")
		functions["first"] = func(context.Context) (string, error) { return "first", nil }
		file := "flow: {graph: 'first >> repeat(count=1){ switch(on={{" + condition + "}}){ fast: fast; first: kept; repeat: kept; default: none } }'}\n" +
			"tasks: {first: {outputs: [scratch.kept]}, fast: , kept: , none: }\n"
		run := runText(t, file, map[string]any{"mode": "fast"}, functions)
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
		if want != "fast" {
			want = "kept"
		}
		require.Equal(t, []string{want}, j.sortedLines(), condition)
	}
}

func TestADateInTheDefaultsIsRefusedWithTheField(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.postForm(t, "/runs/yaml", formPart{"workflow", "flow: {graph: a, defaults: {day: 2026-01-02}}\ntasks: {a: }\n", true}, formPart{"flow_name", "f", false}).
		requireProblem(t, 422, "ERR-PYOCO-0002", `flow.defaults.day: a date is not allowed: put "2026-01-02" in quotes (line 1)`)
}

func TestABadGraphIsRefusedAtSubmissionWithLineAndColumn(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for graph, want := range map[string]string{
		"a\n    a >> b >> a":       "flow.graph: line 2, column 11: ",
		"a >> a":                   "flow.graph: line 1, column 6: a task can't wait for itself",
		"a[2]\n    a >> b":         "flow.graph: line 2, column 1: ",
		"a >> resize":              "flow.graph: line 1, column 6: unknown task \"resize\"; a registered task is declared under tasks as `resize: {}`",
		"x: a >> x: b":             "flow.graph: line 1, column 9: ",
		"pipe(none)":               "flow.graph: line 1, column 6: ",
		"switch('1')[1 >> a, 1 >>": "flow.graph: line 1, column ",
	} {
		answer := rig.postForm(t, "/runs/yaml", formPart{"workflow", "flow:\n  graph: |\n    " + graph + "\ntasks: {a: , b: }\n", true}, formPart{"flow_name", "f", false})
		require.Equal(t, 422, answer.status, answer.body)
		require.Contains(t, answer.object(t)["detail"], want, graph)
	}
	require.Empty(t, rig.keys(t))
}
