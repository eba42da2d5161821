// This file owns the tests of what a graph means when it runs: a test a sentence of the language.

package pyoco_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// runText runs a flow file with these functions, registered under their names.
func runText(t testing.TB, file string, params any, functions map[string]any) *pyoco.Run {
	t.Helper()
	flow, err := pyoco.ParseFlow([]byte(file))
	require.NoError(t, err)
	tasks := pyoco.NewTasks()
	for name, fn := range functions {
		require.NoError(t, tasks.Register(name, pyoco.Func(fn)))
	}
	run, err := flow.WithTasks(tasks).Run(t.Context(), params)
	require.NoError(t, err)
	return run
}

// runGraph runs a graph whose tasks are all declared without a callable.
func runGraph(t testing.TB, graph string, params any, functions map[string]any) *pyoco.Run {
	t.Helper()
	file := "flow:\n  graph: |\n    " + strings.ReplaceAll(graph, "\n", "\n    ") + "\ntasks:\n"
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		file += "  " + name + ": {}\n"
	}
	return runText(t, file, params, functions)
}

// named are tasks that write their name down.
func (j *journal) named(names ...string) map[string]any {
	functions := map[string]any{}
	for _, name := range names {
		functions[name] = func(context.Context) error { j.add(name); return nil }
	}
	return functions
}

// before says that the one line stands before the other.
func (j *journal) before(t testing.TB, first, second string) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	require.Contains(t, j.lines, first)
	require.Less(t, slices.Index(j.lines, first), slices.Index(j.lines, second), "%s before %s: %v", first, second, j.lines)
}

func TestAThenBAndWhatFollowsABothWaitsForAll(t *testing.T) {
	t.Parallel()
	j := &journal{}
	run := runGraph(t, "flow >> a >> (b & (c >> d)) >> e", nil, j.named("a", "b", "c", "d", "e"))
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, j.sortedLines())
	for _, pair := range []string{"ab", "ac", "cd", "be", "de"} {
		j.before(t, pair[:1], pair[1:])
	}
}

func TestTheEdgesOfSeveralStatementsAddUp(t *testing.T) {
	t.Parallel()
	j := &journal{}
	run := runGraph(t, "a >> c  # one way\nb >> c\nc >> (\n  d\n  & e\n)", nil, j.named("a", "b", "c", "d", "e"))
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	for _, pair := range []string{"ac", "bc", "cd", "ce"} {
		j.before(t, pair[:1], pair[1:])
	}
}

func TestWhatFollowsEitherStartsAtTheFirstSuccessOnceAndTheEndWaitsForTheOthers(t *testing.T) {
	t.Parallel()
	j := &journal{}
	functions := j.named("a", "c")
	followed := make(chan struct{})
	functions["slow"] = func(ctx context.Context) error {
		select {
		case <-followed: // so c does not wait for this
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		j.add("slow")
		return nil
	}
	functions["c"] = func(context.Context) error {
		j.add("c")
		close(followed) // twice would panic
		return nil
	}
	run := runGraph(t, "(a | slow) >> c", nil, functions)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, []string{"a", "c", "slow"}, j.sortedLines())
	j.before(t, "c", "slow")
	require.Equal(t, pyoco.TaskSucceeded, run.Tasks["slow"], "the run's end waits for it")
}

func TestAFailureOfEitherCountsOnlyWhenAllHaveFailed(t *testing.T) {
	t.Parallel()
	j := &journal{}
	functions := j.named("a", "c")
	functions["boom"] = func(context.Context) error { return errors.New("boom") }
	functions["bang"] = func(context.Context) error { return errors.New("bang") }
	run := runGraph(t, "(boom | a) >> c", nil, functions)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, pyoco.TaskFailed, run.Tasks["boom"])
	require.Equal(t, []string{"a", "c"}, j.sortedLines())

	run = runGraph(t, "(boom | bang) >> c", nil, functions)
	require.Equal(t, pyoco.StatusFailed, run.Status)
	require.NotEqual(t, pyoco.TaskSucceeded, run.Tasks["c"])
	require.Equal(t, []string{"a", "c"}, j.sortedLines(), "c did not run again")
}

func TestACaseIsNamedByAWordATextANumberOrAConstantAndTheDefaultTakesTheRest(t *testing.T) {
	t.Parallel()
	const graph = `switch(on={{mode}}){ batch: a >> b; "x y": c; 3: d; true: e; default: f }`
	for params, want := range map[string][]string{
		`"batch"`: {"a", "b"}, `"x y"`: {"c"}, `3`: {"d"}, `3.0`: {"d"}, `true`: {"e"}, `1`: {"e"}, `"true"`: {"f"}, `null`: {"f"},
	} {
		j := &journal{}
		run := runGraph(t, graph, json.RawMessage(`{"mode":`+params+`}`), j.named("a", "b", "c", "d", "e", "f"))
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
		require.Equal(t, want, j.sortedLines(), params)
	}
}

func TestUntilGivesUpAfterItsRoundsAndSaysSo(t *testing.T) {
	t.Parallel()
	for graph, want := range map[string]string{
		`until(cond={{params.done}}, max_iter=5){ a }`: "was not true after 5 rounds",
		`a % ("$ctx.params.done", 5)`:                  "was not true after 5 rounds",
		`a % "$ctx.params.done"`:                       "was not true after 1000 rounds",
	} {
		j := &journal{}
		run := runGraph(t, graph, map[string]any{"done": false}, j.named("a"))
		require.Equal(t, pyoco.StatusFailed, run.Status)
		require.Contains(t, run.Error, want)
		rounds := 5
		if strings.Contains(want, "1000") {
			rounds = 1000
		}
		require.Len(t, j.sortedLines(), rounds)
	}
}

func TestAListInPlaceOfANumberHintsAtAForEach(t *testing.T) {
	t.Parallel()
	for _, graph := range []string{`a["$ctx.params.items"]`, `repeat(count={{items}}){ a }`} {
		run := runGraph(t, graph, map[string]any{"items": []int{1, 2}}, (&journal{}).named("a"))
		require.Equal(t, pyoco.StatusFailed, run.Status)
		require.Contains(t, run.Error, `got 'list'; to go over its items, write "… as item" or foreach`)
	}
}

func TestBothNotationsInOneFileAndThePipesOfItsMap(t *testing.T) {
	t.Parallel()
	j := &journal{}
	functions := j.named("a", "b", "c", "d")
	file := "pipes: {twice: 'repeat(count=2){ pipe(inner) }', inner: 'b >> c'}\nflow:\n  graph: |\n    a[2] >> pipe(twice) >> (last: d | d)\n" +
		"tasks: {a: , b: , c: , d: }\n"
	run := runText(t, file, nil, functions)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, []string{"a", "a", "b", "b", "c", "c", "d", "d"}, j.sortedLines())
	require.Equal(t, []string{"a", "b", "c", "d", "last"}, slices.Sorted(maps.Keys(run.Tasks)))
}

func TestTheLoopOfATaskSaysWhichRoundItIsIn(t *testing.T) {
	t.Parallel()
	for graph, want := range map[string]string{
		`a[2]`:                       `{"name":"repeat","type":"repeat","index":1,"iteration":2,"count":2,"item":null,"condition":null}`,
		`a["$ctx.params.l as it"]`:   `{"name":"foreach:it","type":"foreach","index":1,"iteration":2,"count":2,"item":"y","condition":null}`,
		`a % ("$ctx.results.a", 20)`: `{"name":"until","type":"until","index":1,"iteration":2,"count":20,"item":null,"condition":false}`,
	} {
		file := fmt.Sprintf("flow: {graph: %q}\ntasks: {a: {inputs: {loop: $ctx.loop, loops: $ctx.loops}}}\n", graph)
		type round = map[string]any
		var seen []round
		run := runText(t, file, map[string]any{"l": []string{"x", "y"}}, map[string]any{
			"a": func(_ context.Context, in struct {
				Loop  round   `json:"loop"`
				Loops []round `json:"loops"`
			}) (bool, error) {
				seen = append(seen, in.Loop)
				if len(in.Loops) != 1 {
					return false, fmt.Errorf("loops: %v", in.Loops)
				}
				return len(seen) == 2, nil
			},
		})
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
		require.Contains(t, string(run.TaskRecords["a"].Inputs), `"loops":`)
		require.Len(t, seen, 2)
		require.JSONEq(t, `{"loop":`+want+`,"loops":[`+want+`]}`, string(run.TaskRecords["a"].Inputs), graph)
	}
}
