// This file owns the tests of what a failure means in and around loops and switches.

package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/graph"
)

// failsIn fails in this round of the innermost loop.
func failsIn(round int) taskFunc {
	return func(_ context.Context, call engine.Call) (any, error) {
		if call.Loops[len(call.Loops)-1].Index == round {
			return nil, errBoom
		}
		return call.Node, nil
	}
}

func TestFailureInALoopStopsTheRunAndSaysTheRound(t *testing.T) {
	t.Parallel()
	inner := repeat("5", seq(task("a"), task("b")))
	out, rec := runOf(t, program(seq(repeat("2", inner, task("obeys")), task("after"))), steps{
		"a": do(failsIn(1)), "obeys": do(obeys),
	})
	require.Equal(t, engine.RunFailed, out.Status)
	require.EqualError(t, out.Err, "task a failed in round 2 of round 1: boom")
	var failure *engine.TaskError
	require.ErrorAs(t, out.Err, &failure)
	require.Equal(t, []int{0, 1}, path(failure.Loops))
	require.Equal(t, []string{
		"ok a[0 0]", "ok b[0 0]", "bad a[0 1]", "cancelled b[0 1]", "cancelled after[]", "cancelled obeys[0]",
	}, rec.story())
	require.Len(t, rec.loops, 4)
	require.Equal(t, []int{2, 1}, []int{rec.loops[2].Rounds, rec.loops[3].Rounds})
}

func TestStopCancelsTheTasksOfLoopsAndSwitchesThatHaveNotBegun(t *testing.T) {
	t.Parallel()
	choice := choose("1", when(int64(1), task("c"), task("d")), when(int64(2), task("d"), repeat("2", task("e"))))
	_, rec := runOf(t, program(seq(task("a"), task("b"), choice)), steps{"a": do(fails)})
	require.Equal(t, []string{
		"bad a[]", "cancelled b[]", "cancelled c[]", "cancelled d[]", "cancelled e[]",
	}, rec.story())
}

func TestIsolatedFailureEndsItsLoopAndFailsWhatDependsOnThat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		body := all(seq(task("a"), task("b")), task("slow"))
		out, rec := runOf(t, program(seq(repeat("3", body), task("c"), repeat("2", task("d"))), task("e")), steps{
			"a": isolate(failsIn(1)), "slow": do(takes(time.Second)), "e": do(takes(time.Minute)),
		})
		require.Equal(t, engine.Outcome{Status: engine.Completed}, out)
		require.Equal(t, []string{
			"ok a[0]", "ok b[0]", "ok slow[0]",
			"bad a[1]", "bad b[1]", "bad c[]", "bad d[]", "ok slow[1]", "ok e[]",
		}, rec.story())
		require.EqualError(t, rec.end(t, "d").Err, "not started: a failed")
		require.ErrorIs(t, rec.end(t, "d").Err, errBoom)
	})
}

func TestFailureInALoopIsNoneOfTheRunWhereAnyHasAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		loop := repeat("3", all(seq(task("a"), task("b")), task("slow")))
		tasks := steps{"a": do(failsIn(1)), "slow": do(takes(time.Second)), "other": do(takes(time.Minute))}
		out, rec := runOf(t, program(seq(either(loop, task("other")), task("c"))), tasks)
		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, []string{
			"ok a[0]", "ok b[0]", "ok slow[0]", "bad a[1]", "bad b[1]", "ok slow[1]", "ok other[]", "ok c[]",
		}, rec.story())

		tasks["other"] = do(failsAfter(time.Minute))
		out, _ = runOf(t, program(seq(either(loop, task("other")), task("c"))), tasks)
		requireFailedBy(t, out, "other", 1, errBoom)
	})
}

func TestFailureInAnAnyInsideOfALoopLetsItGoOn(t *testing.T) {
	t.Parallel()
	out, rec := runOf(t, program(repeat("2", seq(either(seq(task("a"), repeat("2", task("b"))), task("c")), task("d")))),
		steps{"a": do(fails)})
	require.Equal(t, engine.Completed, out.Status)
	require.ElementsMatch(t, []string{
		"bad a[0]", "bad b[0]", "ok c[0]", "ok d[0]", "bad a[1]", "bad b[1]", "ok c[1]", "ok d[1]",
	}, rec.story())
}

func TestIsolatedFailureInALoopIsUpgradedByOneThatCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tasks := steps{"a": isolate(fails), "b": do(failsAfter(time.Second)), "e": do(obeys)}
		out, rec := runOf(t, program(seq(repeat("2", choose("1", when(int64(1), task("a"), task("b")))), task("c")), task("e")), tasks)
		require.Equal(t, engine.RunFailed, out.Status)
		require.EqualError(t, out.Err, "task b failed in round 1: boom")
		require.Equal(t, []string{"bad a[0]", "bad c[]", "bad b[0]", "cancelled e[]"}, rec.story())
	})
}

func TestALoopOrSwitchThatCannotGoOnFailsTheRunAndSaysWhy(t *testing.T) {
	t.Parallel()
	placed := repeat("$ctx.params.n", task("a"))
	placed.At = graph.Pos{Line: 2, Column: 7}
	for _, row := range []struct {
		part  graph.Node
		want  string
		story []string
	}{
		{
			placed, "the repeat of a at line 2, column 7 failed: line 1, column 1: there is no $ctx.params.n; $ctx.params is empty",
			[]string{"cancelled a[]"},
		},
		{
			repeat("1", repeat("-1", task("a"))), "the repeat of a failed in round 1: `-1` must not be negative",
			[]string{"cancelled a[0]"},
		},
		{
			repeat("'x'", task("a")), "the repeat of a failed: `'x'` must be a whole number, got 'str'",
			[]string{"cancelled a[]"},
		},
		{
			repeat("2.0", task("a")), "the repeat of a failed: `2.0` must be a whole number, got 'float'",
			[]string{"cancelled a[]"},
		},
		{
			repeat("[1, 2]", task("a")), "the repeat of a failed: `[1, 2]` must be a whole number, got 'list'; to go over its items, write \"… as item\" or foreach",
			[]string{"cancelled a[]"},
		},
		{
			foreach("'abc'", task("a")), "the foreach of a failed: `'abc'` must be a list, got 'str'",
			[]string{"cancelled a[]"},
		},
		{
			foreach("7", task("a")), "the foreach of a failed: `7` must be a list, got 'int'",
			[]string{"cancelled a[]"},
		},
		{
			until("$ctx.results.a > 1", 2, task("a")), "the until of a failed: line 1, column 16: '>' not supported between 'str' and 'int', in `$ctx.results.a > 1`",
			[]string{"ok a[0]"},
		},
		{
			until("$ctx.loop.index > 1", 2, task("a")), "the until of a failed: `$ctx.loop.index > 1` was not true after 2 rounds",
			[]string{"ok a[0]", "ok a[1]"},
		},
		{
			choose("$ctx.params.mode", when("x", task("a"))), "the switch of a failed: line 1, column 1: there is no $ctx.params.mode; $ctx.params is empty",
			[]string{"cancelled a[]"},
		},
		{
			choose("'C'", when("A", task("a")), when("B", task("b"))), "the switch of a failed: `'C'` is none of the cases \"A\", \"B\"",
			[]string{"skipped a[]", "skipped b[]"},
		},
		{
			choose("[1]", when(int64(1), task("a"))), "the switch of a failed: `[1]` is none of the cases 1",
			[]string{"skipped a[]"},
		},
	} {
		// Another branch of an any is no way out: the flow is wrong as it is written.
		out, rec := runOf(t, program(either(row.part, task("other"))), steps{"other": isolate(obeys)})
		require.Equal(t, engine.RunFailed, out.Status)
		require.EqualError(t, out.Err, row.want)
		require.Equal(t, append(row.story, "cancelled other[]"), rec.story())
	}
}
