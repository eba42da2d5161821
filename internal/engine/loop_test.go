// This file owns the tests of loops: how often they go round, and what each round knows.

package engine_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/graph"
)

func TestRepeatRunsItsBodyOnceARound(t *testing.T) {
	t.Parallel()
	out, rec := runOf(t, program(seq(task("a"), repeat("1 + 2", seq(task("b"), task("c"))), task("d"))), nil)
	require.Equal(t, engine.Outcome{Status: engine.Completed}, out)
	require.Equal(t, []string{
		"ok a[]", "ok b[0]", "ok c[0]", "ok b[1]", "ok c[1]", "ok b[2]", "ok c[2]", "ok d[]",
	}, rec.story())
}

func TestARepeatTakesATruthValueForANumberAsPythonDoes(t *testing.T) {
	t.Parallel()
	_, rec := runOf(t, program(repeat("True", task("a")), repeat("False", task("b"))), nil)
	require.ElementsMatch(t, []string{"ok a[0]", "skipped b[]"}, rec.story())
}

func TestLoopOfNoRoundsSkipsItsTasksAndSucceeds(t *testing.T) {
	t.Parallel()
	empty := repeat("0", task("a"), seq(foreach("[]", task("b")), task("c")))
	out, rec := runOf(t, program(seq(empty, task("d"))), nil)
	require.Equal(t, engine.Completed, out.Status)
	require.Equal(t, []string{"skipped a[]", "skipped b[]", "skipped c[]", "ok d[]"}, rec.story())
	require.Zero(t, rec.end(t, "a").Attempt)
	require.False(t, rec.end(t, "a").At.IsZero())
}

func TestForEachGivesEachRoundAnItemOfTheListOrAKeyOfTheMap(t *testing.T) {
	t.Parallel()
	for list, want := range map[string][]any{
		`["x", 7, None]`:   {"x", int64(7), nil},
		`("x", "y")`:       {"x", "y"},
		`{"b": 1, "a": 2}`: {"a", "b"},
	} {
		_, rec := runOf(t, program(foreach(list, task("a"))), steps{
			"a": do(func(_ context.Context, call engine.Call) (any, error) { return call.Loops[0].Item, nil }),
		})
		var got []any
		for _, e := range rec.events {
			if e.Kind == engine.Succeeded {
				got = append(got, e.Output)
			}
		}
		require.Equal(t, want, got)
	}
}

func TestUntilLooksAtItsConditionAfterEachRound(t *testing.T) {
	t.Parallel()
	loop := until("$ctx.results.a >= 30 and $ctx.loop.iteration > 1", 0, task("a"))
	out, rec := runOf(t, program(seq(loop, task("b"))), steps{
		"a": do(func(_ context.Context, call engine.Call) (any, error) {
			return int64(call.Loops[0].Index+1) * 10, nil
		}),
	})
	require.Equal(t, engine.Completed, out.Status)
	require.Equal(t, []string{"ok a[0]", "ok a[1]", "ok a[2]", "ok b[]"}, rec.story())

	_, rec = runOf(t, program(until("True", 0, task("a"))), nil)
	require.Equal(t, []string{"ok a[0]"}, rec.story())
}

func TestEachRoundKnowsItselfAndThoseAroundIt(t *testing.T) {
	t.Parallel()
	inner := until("$ctx.loop.index == 1", 5, task("a"))
	middle := foreach("[$ctx.loop.item * 2]", inner)
	outer := foreach("[20, 30]", middle)
	outer.Item = ""
	single := repeat("2", outer)
	states := map[string][]engine.LoopState{}
	_, rec := runOf(t, program(single), steps{"a": do(func(_ context.Context, call engine.Call) (any, error) {
		states[fmt.Sprint(path(call.Loops))] = call.Loops
		return nil, nil
	})})
	require.Len(t, states, 8)
	require.Equal(t, []engine.LoopState{
		{Loop: single, Name: "repeat", Index: 1, Count: 2},
		{Loop: outer, Name: "foreach:[20, 30]", Index: 1, Count: 2, Item: int64(30)},
		{Loop: middle, Name: "foreach:it", Index: 0, Count: 1, Item: int64(60)},
		{Loop: inner, Name: "until", Index: 1, Count: 5, Condition: false},
	}, states["[1 1 0 1]"])
	require.Nil(t, states["[1 1 0 0]"][3].Condition)
	for _, e := range rec.events {
		require.Equal(t, states[fmt.Sprint(path(e.Loops))], e.Loops)
	}
}

func TestAllOfARoundEndsBeforeTheNextBeginsAndBeforeTheLoopEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		body := seq(either(task("slow"), task("fast")), task("next"))
		_, rec := runOf(t, program(seq(repeat("2", body), task("after"))), steps{"slow": do(takes(time.Minute))})
		require.Equal(t, []string{
			"ok fast[0]", "ok next[0]", "ok slow[0]", "ok fast[1]", "ok next[1]", "ok slow[1]", "ok after[]",
		}, rec.story())
	})
}

func TestAttemptsCountAnewInEachRound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, rec := runOf(t, program(repeat("2", task("a"))), steps{"a": retried(1, failsUntil(2))})
		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, []string{
			"started a 1", "retrying a 1", "started a 2", "succeeded a 2",
			"started a 1", "retrying a 1", "started a 2", "succeeded a 2",
		}, rec.told())
	})
}

func TestLoopsRunSideBySideAndShareTheSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		second := do(takes(time.Second))
		cfg, rec := configOf(t, program(repeat("3", task("a")), repeat("3", task("b"))), steps{"a": second, "b": second})
		cfg.MaxParallel = 1
		_, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, []string{"ok a[0]", "ok b[0]", "ok a[1]", "ok b[1]", "ok a[2]", "ok b[2]"}, rec.story())
		require.Equal(t, 6*time.Second, time.Since(begin))
	})
}

func TestTheSameLoopInSeveralStatementsIsOneNode(t *testing.T) {
	t.Parallel()
	loop := repeat("2", task("x"))
	_, rec := runOf(t, program(seq(task("a"), loop), seq(task("b"), loop, task("c"))), nil)
	require.Equal(t, []string{"ok x[0]", "ok x[1]", "ok c[]"}, rec.story()[2:])
}

func TestOnLoopIsToldWhereLoopsBeginAndEndInOrderWithTheEvents(t *testing.T) {
	t.Parallel()
	inner := repeat("2", task("a"))
	outer := until("$ctx.loop.index == 1", 9, inner)
	cfg, _ := configOf(t, program(seq(outer, repeat("0", task("b")))), nil)
	var told []string
	cfg.OnEvent = func(e engine.Event) {
		if e.Kind != engine.Started {
			told = append(told, fmt.Sprint(e.Node, path(e.Loops)))
		}
	}
	cfg.OnLoop = func(e engine.LoopEvent) {
		require.False(t, e.At.IsZero())
		name := map[*graph.Loop]string{inner: "inner", outer: "outer"}[e.Loop]
		told = append(told, fmt.Sprintf("%s%v %v %d", name, path(e.Around), e.Ended, e.Rounds))
	}
	_, err := engine.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, []string{
		"outer[] false 9",
		"inner[0] false 2", "a[0 0]", "a[0 1]", "inner[0] true 2",
		"inner[1] false 2", "a[1 0]", "a[1 1]", "inner[1] true 2",
		"outer[] true 2",
		"[] false 0", "b[]", "[] true 0",
	}, told)
}
