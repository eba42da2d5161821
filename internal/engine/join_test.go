// This file owns the tests of when a node starts: sequences, joins, slots and order.

package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
)

// takes is a task of some time that ignores its context.
func takes(d time.Duration) taskFunc {
	return func(_ context.Context, call engine.Call) (any, error) {
		<-time.After(d)
		return call.Node, nil
	}
}

func TestRunsASequenceInOrderAndGivesOutputs(t *testing.T) {
	t.Parallel()
	out, rec := run(t, "a >> b >> c", nil)

	require.Equal(t, engine.Outcome{Status: engine.Completed}, out)
	require.Equal(t, []string{
		"started a 1", "succeeded a 1", "started b 1", "succeeded b 1", "started c 1", "succeeded c 1",
	}, rec.told())
	require.Equal(t, "b", rec.end(t, "b").Output)
	require.False(t, rec.end(t, "b").At.IsZero())
}

func TestNodeStartsOnlyAfterTheEndOfWhatItNeedsWasTold(t *testing.T) {
	t.Parallel()
	var told atomic.Bool
	cfg, _ := config(t, "a >> b", steps{"b": do(func(context.Context, engine.Call) (any, error) {
		return told.Load(), nil
	})})
	var sawEnd any
	cfg.OnEvent = func(e engine.Event) {
		if e.Kind == engine.Succeeded && e.Node == "a" {
			told.Store(true)
		}
		if e.Kind == engine.Succeeded && e.Node == "b" {
			sawEnd = e.Output
		}
	}
	_, err := engine.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, true, sawEnd)
}

func TestRunsWithoutOnEvent(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t, "a >> b", nil)
	cfg.OnEvent = nil
	out, err := engine.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, engine.Completed, out.Status)
}

func TestAllWaitsForEveryBranch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, rec := run(t, "(a & (b >> c)) >> d", steps{
			"a": do(takes(time.Second)), "b": do(takes(2 * time.Second)), "c": do(takes(time.Second)),
		})
		require.Equal(t, []string{
			"started a 1", "started b 1", "succeeded a 1", "succeeded b 1", "started c 1", "succeeded c 1",
			"started d 1", "succeeded d 1",
		}, rec.told())
	})
}

func TestAnyStartsWhatFollowsOnceAtTheFirstSuccessAndWaitsForTheOthersAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		out, rec := run(t, "(a | b | c) >> d", steps{
			"a": do(takes(3 * time.Second)), "b": do(takes(time.Second)), "c": do(takes(2 * time.Second)),
		})
		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, []string{
			"started a 1", "started b 1", "started c 1", "succeeded b 1", "started d 1", "succeeded d 1",
			"succeeded c 1", "succeeded a 1",
		}, rec.told())
		require.Equal(t, 3*time.Second, time.Since(begin))
	})
}

func TestEdgesOfSeveralStatementsAddUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, rec := run(t, "(a | b) >> c\nslow >> c", steps{"slow": do(takes(time.Minute))})
		require.Equal(t, []string{"started c 1", "succeeded c 1"}, rec.told()[6:])
	})
}

func TestRunsAtMostMaxParallelAndStartsFirstInFirstOut(t *testing.T) {
	t.Parallel()
	for _, slots := range []int{0, 1, 3} {
		synctest.Test(t, func(t *testing.T) {
			cfg, rec := config(t, "a & b & c & d & e & f & g & h & i & j", nil)
			var now, most atomic.Int32
			for name := range cfg.Steps {
				cfg.Steps[name] = do(func(context.Context, engine.Call) (any, error) {
					most.Store(max(most.Load(), now.Add(1)))
					<-time.After(time.Second)
					now.Add(-1)
					return nil, nil
				})
			}
			cfg.MaxParallel = slots
			_, err := engine.Run(t.Context(), cfg)
			require.NoError(t, err)

			if slots == 0 {
				slots = 8 // the default
			}
			require.EqualValues(t, slots, most.Load())
			var started string
			for _, e := range rec.events {
				if e.Kind == engine.Started {
					started += e.Node
				}
			}
			require.Equal(t, "abcdefghij", started)
		})
	}
}

func TestReadyNodesGetInLineBehindThoseThatAreReadyBefore(t *testing.T) {
	t.Parallel()
	cfg, rec := config(t, "a >> x\nb >> y\nc", nil)
	cfg.MaxParallel = 1
	_, err := engine.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, []string{
		"started a 1", "succeeded a 1", "started b 1", "succeeded b 1", "started c 1", "succeeded c 1",
		"started x 1", "succeeded x 1", "started y 1", "succeeded y 1",
	}, rec.told())
}

func TestEmptyPlanIsCompleted(t *testing.T) {
	t.Parallel()
	out, err := engine.Run(t.Context(), engine.Config{Plan: planOf()})
	require.NoError(t, err)
	require.Equal(t, engine.Completed, out.Status)
}

func TestNodesThatWaitForEachOtherFailTheRun(t *testing.T) {
	t.Parallel()
	rec := &record{}
	cfg := engine.Config{
		Plan:    planOf(seq(task("a"), task("b")), seq(task("b"), task("c"), task("b"))),
		Steps:   steps{"a": do(succeeds), "b": do(succeeds), "c": do(succeeds)},
		OnEvent: rec.add,
	}
	out, err := engine.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, engine.RunFailed, out.Status)
	require.ErrorIs(t, out.Err, engine.ErrDeadlock)
	require.ErrorContains(t, out.Err, "b and 1 more")
	require.Equal(t, []string{"succeeded a 1", "cancelled b 0", "cancelled c 0"}, rec.ends(t, "a", "b", "c"))
}

func TestOnePlanServesManyRunsAtOnce(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t, "a >> (b & c) >> d", nil)
	cfg.OnEvent = nil
	ends := make(chan engine.Outcome)
	for range 20 {
		go func() {
			out, _ := engine.Run(t.Context(), cfg)
			ends <- out
		}()
	}
	for range 20 {
		require.Equal(t, engine.Outcome{Status: engine.Completed}, <-ends)
	}
}
