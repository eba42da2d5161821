// This file owns the tests of loops, switches, expressions and policies in flows, as they run.

package pyoco_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// journal writes down what tasks were called with.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

// sortedLines are the lines without their order.
func (j *journal) sortedLines() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Sorted(slices.Values(j.lines))
}

// echo registers t:<name> for each name: a task that writes down its name and x, and gives x. boom fails.
func (j *journal) tasks(t testing.TB) *pyoco.Tasks {
	t.Helper()
	tasks := pyoco.NewTasks()
	for _, name := range []string{"a", "b", "c", "d"} {
		require.NoError(t, tasks.Register("t:"+name, pyoco.Func(func(_ context.Context, in struct {
			X *json.RawMessage `json:"x"`
		}) (json.RawMessage, error) {
			value := json.RawMessage("null")
			if in.X != nil {
				value = *in.X
			}
			j.add(name + " " + string(value))
			return value, nil
		})))
	}
	require.NoError(t, tasks.Register("t:boom", pyoco.Func(func(context.Context) error { return errors.New("boom") })))
	return tasks
}

// runFile runs a graph over the tasks a to d and boom, each with the input x where inputs has it.
func runFile(t testing.TB, graph, params string, inputs map[string]string) (*pyoco.Run, *journal) {
	t.Helper()
	var file strings.Builder
	fmt.Fprintf(&file, "version: 1\nflow:\n  graph: |\n    %s\ntasks:\n", strings.ReplaceAll(graph, "\n", "\n    "))
	for _, name := range []string{"a", "b", "c", "d", "boom"} {
		fmt.Fprintf(&file, "  %s: {callable: \"t:%s\"", name, name)
		if x, ok := inputs[name]; ok {
			fmt.Fprintf(&file, ", inputs: {x: %q}", x)
		}
		file.WriteString("}\n")
	}
	flow, err := pyoco.ParseFlow([]byte(file.String()))
	require.NoError(t, err)
	j := &journal{}
	run, err := flow.WithTasks(j.tasks(t)).Run(t.Context(), json.RawMessage(params))
	require.NoError(t, err)
	return run, j
}

func TestXBracketsNumberRepeats(t *testing.T) {
	t.Parallel()
	for graph, params := range map[string]string{
		`a[3]`: "{}", `a["$ctx.params.n"]`: `{"n":3}`, `repeat(count=3){ a }`: "{}", `repeat(count={{n}}){ a }`: `{"n":3}`,
	} {
		run, j := runFile(t, graph, params, map[string]string{"a": "$ctx.loop.index"})
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
		require.Equal(t, []string{"a 0", "a 1", "a 2"}, j.sortedLines(), graph)
		record := run.TaskRecords["a"]
		require.Equal(t, []pyoco.LoopRound{{Name: "repeat", Type: "repeat", Index: 2, Iteration: 3, Count: 3}}, record.Loops, "the record is of the last round")
		require.Equal(t, "2", string(record.Output))
	}
}

func TestALoopOfNoRoundsSkipsItsTasksAndSucceeds(t *testing.T) {
	t.Parallel()
	run, j := runFile(t, `a["$ctx.params.n"] >> b`, `{"n":0}`, nil)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, map[string]pyoco.TaskState{"a": pyoco.TaskSkipped, "b": pyoco.TaskSucceeded}, run.Tasks)
	require.Equal(t, []string{"b null"}, j.sortedLines())
}

func TestAsItemGoesOverAList(t *testing.T) {
	t.Parallel()
	for _, graph := range []string{`a["$ctx.params.items as it"]`, `foreach(over={{items}}, item=it, index=i){ a }`} {
		run, j := runFile(t, graph, `{"items":[1.0,"x",{"k":12345678901234567890}]}`, map[string]string{"a": "$ctx.it"})
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
		require.Equal(t, []string{`a "x"`, "a 1.0", `a {"k":12345678901234567890}`}, j.sortedLines(), graph)
	}
}

func TestPercentRunsUntilAnExpressionIsTrue(t *testing.T) {
	t.Parallel()
	for _, graph := range []string{`a % "$ctx.results.a >= 2"`, `until(cond={{results.a >= 2}}){ a }`, `a % ("$ctx.results.a >= 2", 3)`} {
		run, j := runFile(t, graph, "{}", map[string]string{"a": "$ctx.loop.index"})
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
		require.Equal(t, []string{"a 0", "a 1", "a 2"}, j.sortedLines(), graph)
	}
	run, _ := runFile(t, `a % ("$ctx.results.a >= 2", 2)`, "{}", map[string]string{"a": "$ctx.loop.index"})
	require.Equal(t, pyoco.StatusFailed, run.Status)
	require.Contains(t, run.Error, "2 rounds")
}

func TestSwitchTakesTheFirstCaseThatIsEqualAndSkipsTheOthers(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]string{`{"m":"A"}`: "a", `{"m":"B"}`: "b", `{"m":7}`: "c"} {
		for _, graph := range []string{
			`switch("$ctx.params.m")["A" >> a >> d, "B" >> b >> d, "*" >> c >> d]`, `switch(on={{m}}){ A: a >> d; "B": b >> d; default: c >> d }`,
		} {
			run, j := runFile(t, graph, params, nil)
			require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
			require.Equal(t, []string{want + " null", "d null"}, j.sortedLines(), graph)
			for _, name := range []string{"a", "b", "c"} {
				state := pyoco.TaskSkipped
				if name == want {
					state = pyoco.TaskSucceeded
				}
				require.Equal(t, state, run.Tasks[name], name)
			}
		}
	}
	run, _ := runFile(t, `switch("$ctx.params.m")["A" >> a, "B" >> b]`, `{"m":"Z"}`, nil)
	require.Equal(t, pyoco.StatusFailed, run.Status, "no case matches: the run fails and says so")
	require.Contains(t, run.Error, `is none of the cases "A", "B"`)
}

func TestNestedLoopsSeeEachOther(t *testing.T) {
	t.Parallel()
	run, j := runFile(t, `(a["$ctx.params.inner as it"])["$ctx.params.outer as out"]`, `{"inner":["x","y"],"outer":[1,2]}`,
		map[string]string{"a": "$ctx.loops.0.item"})
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, []string{"a 1", "a 1", "a 2", "a 2"}, j.sortedLines())
	require.Len(t, run.TaskRecords["a"].Loops, 2)
	run, j = runFile(t, `(a["$ctx.params.inner as it"])["$ctx.params.outer as it"]`, `{"inner":["x","y"],"outer":[1,2]}`, map[string]string{"a": "$ctx.it"})
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, []string{`a "x"`, `a "x"`, `a "y"`, `a "y"`}, j.sortedLines(), "the inner one hides the outer one")
}

func TestCollectSaysWhatALoopLeavesInTheResults(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]string{
		"": "[3,4]", ", collect=last": "[3,4]", ", collect=first": "[1,2]", ", collect=list": "[[1,2],[],[3,4]]", ", collect=flatten": "[1,2,3,4]",
	} {
		run, _ := runFile(t, "foreach(over={{items}}, item=it"+how+"){ a } >> b", `{"items":[[1,2],[],[3,4]]}`,
			map[string]string{"a": "$ctx.it", "b": "$node.a.output"})
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
		require.JSONEq(t, want, string(run.TaskRecords["b"].Output), how)
		require.JSONEq(t, want, string(run.TaskRecords["a"].Output), how)
	}
	run, _ := runFile(t, "repeat(count=2, collect=list){ repeat(count=2, collect=list){ a } } >> b", "{}",
		map[string]string{"a": "$ctx.loop.iteration", "b": "$ctx.results.a"})
	require.Equal(t, "[[1,2],[1,2]]", string(run.TaskRecords["b"].Output), "loops in loops give lists of lists")
}

func TestANodeRunsATaskUnderAnotherName(t *testing.T) {
	t.Parallel()
	run, j := runFile(t, "first: a >> second: a", `{"x":1}`, nil)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, map[string]pyoco.TaskState{"first": pyoco.TaskSucceeded, "second": pyoco.TaskSucceeded}, run.Tasks)
	require.Equal(t, []string{"a 1", "a 1"}, j.sortedLines())
}

func TestAnExpressionThatFailsFailsTheRunAndNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for graph, want := range map[string]string{
		`a["$ctx.params.n"]`:                  "$ctx.params.n",
		`a["$ctx.params.text"]`:               "$ctx.params.text",
		`switch("$ctx.params.m.q")["A" >> a]`: "$ctx.params.m",
		`a % "$ctx.results.b"`:                "$ctx.results.b",
		`a % "9**9**9**9"`:                    "digits",
	} {
		run, _ := runFile(t, graph, `{"text":"x"}`, nil)
		require.Equal(t, pyoco.StatusFailed, run.Status, graph)
		require.Contains(t, run.Error, want, graph)
	}
}

func TestPipesArePutIntoTheGraph(t *testing.T) {
	t.Parallel()
	flow, err := pyoco.ParseFlow([]byte("flow: {graph: \"pipe(p) >> c\"}\npipes: {p: \"a >> b\"}\ntasks: {a: {callable: \"t:a\"}, b: {callable: \"t:b\"}, c: {callable: \"t:c\"}}\n"))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c"}, flow.Tasks())
	require.Equal(t, "a >> b >> c", flow.Graph())
	for file, want := range map[string]string{
		"flow: {graph: pipe(q)}\npipes: {p: a}\ntasks: {a: }":    "pipe",
		"flow: {graph: pipe(p)}\npipes: {p: pipe(p)}\ntasks: {}": "p",
		"flow: {graph: a}\npipes: [a]\ntasks: {a: }":             "pipes: must be a map of graph texts",
		"flow: {graph: a}\npipes: {p: 1}\ntasks: {a: }":          "pipes.p",
	} {
		_, err := pyoco.ParseFlow([]byte(file))
		require.ErrorIs(t, err, pyoco.ErrInvalid, file)
		require.ErrorContains(t, err, want)
	}
}

func TestARunThatTakesLongerThanItsFlowAllowsFails(t *testing.T) {
	t.Parallel()
	flow, err := pyoco.ParseFlow([]byte("flow: {graph: hang, timeout_sec: 0.05}\ntasks: {hang: {callable: \"t:hang\"}}\n"))
	require.NoError(t, err)
	tasks := pyoco.NewTasks()
	require.NoError(t, tasks.Register("t:hang", pyoco.Func(func(ctx context.Context) error {
		<-ctx.Done()
		return context.Cause(ctx)
	})))
	run, err := flow.WithTasks(tasks).Run(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusFailed, run.Status)
	require.Contains(t, run.Error, "50ms")
}

func TestTheIdempotencyKeyIsThatOfRunNodeAndRound(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	tries := map[string]int{}
	b := pyoco.NewFlow("f")
	charge := b.Task("charge", pyoco.Func(func(ctx context.Context) error {
		tc := pyoco.TaskContextFrom(ctx)
		mu.Lock()
		defer mu.Unlock()
		key := strings.TrimPrefix(tc.IdempotencyKey(), tc.RunID)
		if tries[key]++; tries[key] == 1 {
			return errors.New("again")
		}
		return nil
	}), pyoco.TaskConfig{Retries: 1, RetryDelay: -1})
	b.Repeat(2, b.Repeat("1 + 1", charge))
	flow, err := b.Build()
	require.NoError(t, err)
	run, err := flow.Run(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, map[string]int{"/charge/0/0": 2, "/charge/0/1": 2, "/charge/1/0": 2, "/charge/1/1": 2}, tries)
}
