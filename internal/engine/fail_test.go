// This file owns the tests of what a failure means: which ones count, what they take with them, and isolation.

package engine_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
)

// failsAfter is a failure that takes some time, whatever its context says.
func failsAfter(d time.Duration) taskFunc {
	return func(context.Context, engine.Call) (any, error) {
		<-time.After(d)
		return nil, errBoom
	}
}

func TestFailureStopsTheRunAndCancelsWhatHasNotStarted(t *testing.T) {
	t.Parallel()
	out, rec := run(t, "a >> b >> c\nd >> e", steps{"a": do(fails), "d": do(obeys)})

	requireFailedBy(t, out, "a", 1, errBoom)
	require.ErrorIs(t, out.Err, errBoom)
	require.EqualError(t, out.Err, "task a failed: boom")
	require.Equal(t, []string{"failed a 1", "cancelled b 0", "cancelled c 0", "cancelled d 1", "cancelled e 0"},
		rec.ends(t, "a", "b", "c", "d", "e"))
	require.Equal(t, errBoom, rec.end(t, "a").Err)
	require.Equal(t, out.Err, rec.end(t, "e").Err)
}

func TestStoppedTaskSeesTheFailureAsTheCause(t *testing.T) {
	t.Parallel()
	var cause error
	out, rec := run(t, "a & b", steps{"a": do(fails), "b": do(func(ctx context.Context, _ engine.Call) (any, error) {
		<-ctx.Done()
		cause = context.Cause(ctx)
		return nil, errors.New("gave up")
	})})
	require.Equal(t, out.Err, cause)
	require.EqualError(t, rec.end(t, "b").Err, "gave up")
}

func TestWhatAStoppedTaskReturnsDecidesItsEnd(t *testing.T) {
	t.Parallel()
	panics := func(ctx context.Context, _ engine.Call) (any, error) {
		<-ctx.Done()
		panic("late")
	}
	saves := func(ctx context.Context, _ engine.Call) (any, error) {
		<-ctx.Done()
		return "saved", nil
	}
	out, rec := run(t, "a & b & c & d", steps{"a": do(fails), "b": do(saves), "c": do(obeys), "d": do(panics)})

	requireFailedBy(t, out, "a", 1, errBoom)
	require.Equal(t, []string{"succeeded b 1", "cancelled c 1", "cancelled d 1"}, rec.ends(t, "b", "c", "d"))
	require.Equal(t, "saved", rec.end(t, "b").Output)
	require.ErrorIs(t, rec.end(t, "c").Err, context.Canceled)
	require.ErrorContains(t, rec.end(t, "d").Err, "panic: late")
}

func TestFailureThatCameBeforeTheStopWasSeenIsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg, rec := config(t, "a & b", steps{
			"a": do(failsAfter(time.Second)), "b": do(failsAfter(time.Second)),
		})
		seen := cfg.OnEvent
		cfg.OnEvent = func(e engine.Event) {
			seen(e)
			if e.Kind != engine.Started {
				synctest.Wait() // both have returned
			}
		}
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, engine.RunFailed, out.Status)
		require.Equal(t, []string{"failed a 1", "failed b 1"}, rec.ends(t, "a", "b"))
	})
}

func TestFailedBranchOfAnyCountsOnlyOnceAllHaveFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		late, never := do(failsAfter(time.Second)), do(fails)

		out, rec := run(t, "(a | b) >> c", steps{"a": never})
		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, []string{"failed a 1", "succeeded b 1", "succeeded c 1"}, rec.ends(t, "a", "b", "c"))

		out, rec = run(t, "(a | b) >> c", steps{"a": never, "b": late})
		requireFailedBy(t, out, "b", 1, errBoom)
		require.Equal(t, []string{"failed a 1", "failed b 1", "cancelled c 0"}, rec.ends(t, "a", "b", "c"))

		out, rec = run(t, "(a | b) >> c", steps{"a": do(takes(time.Second)), "b": do(failsAfter(time.Minute))})
		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, []string{"succeeded a 1", "failed b 1", "succeeded c 1"}, rec.ends(t, "a", "b", "c"))
	})
}

func TestFailureInABranchTakesTheRestOfTheBranchWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, rec := run(t, "((a >> x >> y) | b) >> c", steps{"a": do(fails), "b": do(takes(time.Second))})
		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, []string{"failed a 1", "failed x 0", "failed y 0", "succeeded b 1", "succeeded c 1"},
			rec.ends(t, "a", "x", "y", "b", "c"))
		require.Equal(t, &engine.DependencyError{Node: "a", Err: errBoom}, rec.end(t, "y").Err)
		require.EqualError(t, rec.end(t, "y").Err, "not started: a failed")
		require.ErrorIs(t, rec.end(t, "y").Err, errBoom)

		out, rec = run(t, "((a >> x) | b) >> c", steps{"a": do(fails), "b": do(failsAfter(time.Second))})
		requireFailedBy(t, out, "b", 1, errBoom)
		require.Equal(t, []string{"failed a 1", "failed x 0", "failed b 1", "cancelled c 0"},
			rec.ends(t, "a", "x", "b", "c"))
	})
}

func TestIsolatedFailureFailsOnlyWhatDependsOnIt(t *testing.T) {
	t.Parallel()
	out, rec := run(t, "a >> b >> c\nd >> e", steps{"a": isolate(fails)})
	require.Equal(t, engine.Outcome{Status: engine.Completed}, out)
	require.Equal(t, []string{"failed a 1", "failed b 0", "failed c 0", "succeeded d 1", "succeeded e 1"},
		rec.ends(t, "a", "b", "c", "d", "e"))
	require.Equal(t, &engine.DependencyError{Node: "a", Err: errBoom}, rec.end(t, "c").Err)
}

func TestIsolatedAloneInAnyIsIsolatedAndWithAFailureItCounts(t *testing.T) {
	t.Parallel()
	out, rec := run(t, "(a | b) >> c", steps{"a": isolate(fails), "b": isolate(fails)})
	require.Equal(t, engine.Completed, out.Status)
	require.Equal(t, "failed c 0", rec.ends(t, "c")[0])

	synctest.Test(t, func(t *testing.T) {
		out, rec = run(t, "(a | b) >> c", steps{"a": do(fails), "b": isolate(failsAfter(time.Second))})
		requireFailedBy(t, out, "b", 1, errBoom)
		require.Equal(t, "cancelled c 0", rec.ends(t, "c")[0])
	})
}

func TestNodeLostToAnIsolatedFailureIsUpgradedByOneThatCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, rec := run(t, "(a & b) >> c >> d\ne >> f", steps{
			"a": isolate(fails), "b": do(failsAfter(time.Second)), "e": do(takes(10 * time.Second)),
		})
		requireFailedBy(t, out, "b", 1, errBoom)
		require.Equal(t, []string{"failed a 1", "failed b 1", "failed c 0", "failed d 0", "succeeded e 1", "cancelled f 0"},
			rec.ends(t, "a", "b", "c", "d", "e", "f"))
		require.EqualError(t, rec.end(t, "d").Err, "not started: a failed")
	})
}

func TestUpgradedBranchCountsInAny(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		branches := steps{"a": isolate(fails), "b": do(failsAfter(time.Second)), "o": isolate(failsAfter(2 * time.Second))}
		out, _ := run(t, "(((a & b) >> c) | o) >> d", branches)
		requireFailedBy(t, out, "o", 1, errBoom)

		branches["o"] = do(takes(2 * time.Second))
		out, rec := run(t, "(((a & b) >> c) | o) >> d", branches)
		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, []string{"failed b 1", "failed c 0", "succeeded d 1"}, rec.ends(t, "b", "c", "d"))
	})
}

func TestLongChainsFallWithoutRecursion(t *testing.T) {
	t.Parallel()
	plan := planOf(seq(tasks(20_000)...))
	cfg := engine.Config{Plan: plan, Steps: steps{}}
	for _, node := range plan.Nodes {
		cfg.Steps[node.Name] = isolate(fails)
	}
	lost := 0
	cfg.OnEvent = func(e engine.Event) {
		if e.Kind == engine.Failed && e.Attempt == 0 {
			lost++
		}
	}
	out, err := engine.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, engine.Completed, out.Status)
	require.Equal(t, 19_999, lost)
}
