// This file owns the tests of cancel: what it ends, how long it waits, and what the caller is told.

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

var errStop = errors.New("stop it")

func TestCancelEndsRunningTasksAndStartsNothingNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		var cause error
		cfg, rec := config(t, "a >> b\nc >> d\ne", steps{
			"a": do(func(ctx context.Context, _ engine.Call) (any, error) {
				<-ctx.Done()
				cause = context.Cause(ctx)
				return nil, cause
			}),
			"c": do(takes(2 * time.Second)),
		})
		cfg.MaxParallel = 2
		time.AfterFunc(time.Second, func() { cancel(errStop) })
		out, err := engine.Run(ctx, cfg)
		require.NoError(t, err)

		require.Equal(t, engine.Outcome{Status: engine.RunStopped, Err: errStop}, out)
		require.Equal(t, errStop, cause)
		require.Equal(t, []string{"cancelled a 1", "cancelled b 0", "succeeded c 1", "cancelled d 0", "cancelled e 0"},
			rec.ends(t, "a", "b", "c", "d", "e"))
		require.Equal(t, errStop, rec.end(t, "e").Err)
	})
}

func TestCancelBeforeTheStartStartsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStop)
	cfg, rec := config(t, "a >> b", nil)
	out, err := engine.Run(ctx, cfg)
	require.NoError(t, err)
	require.Equal(t, engine.Outcome{Status: engine.RunStopped, Err: errStop}, out)
	require.Equal(t, []string{"cancelled a 0", "cancelled b 0"}, rec.told())
}

func TestNothingStartsAfterACancelInOnEvent(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cfg, rec := config(t, "a & b & c", steps{"a": do(obeys)})
	cfg.OnEvent = func(e engine.Event) {
		rec.add(e)
		if e.Node == "a" {
			cancel(errStop)
		}
	}
	_, err := engine.Run(ctx, cfg)
	require.NoError(t, err)
	require.Equal(t, []string{"started a 1", "cancelled b 0", "cancelled c 0", "cancelled a 1"}, rec.told())
}

func TestTasksSeeTheValuesOfTheContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	cfg, rec := config(t, "a >> b", steps{
		"a": do(func(ctx context.Context, _ engine.Call) (any, error) { return ctx.Value(key{}), nil }),
		"b": timed(0, func(ctx context.Context, _ engine.Call) (any, error) { return ctx.Value(key{}), nil }),
	})
	_, err := engine.Run(context.WithValue(t.Context(), key{}, 7), cfg)
	require.NoError(t, err)
	require.Equal(t, 7, rec.end(t, "a").Output)
	require.Equal(t, 7, rec.end(t, "b").Output)
}

func TestTasksThatIgnoreTheCancelAreAbandonedAfterTheGrace(t *testing.T) {
	t.Parallel()
	for grace, waits := range map[time.Duration]time.Duration{0: 30 * time.Second, time.Second: time.Second} {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			ctx, cancel := context.WithCancelCause(t.Context())
			cfg, rec := config(t, "c & b & a", steps{"a": do(hangs(release)), "b": do(obeys), "c": do(hangs(release))})
			cfg.CancelGrace = grace
			time.AfterFunc(time.Minute, func() { cancel(errStop) })
			begin := time.Now()
			out, err := engine.Run(ctx, cfg)
			require.NoError(t, err)

			require.Equal(t, engine.Outcome{
				Status: engine.RunStopped, Err: errStop, Abandoned: []string{"c", "a"},
			}, out)
			require.Equal(t, time.Minute+waits, time.Since(begin))
			require.Equal(t, []string{"cancelled a 1", "cancelled b 1", "cancelled c 1"}, rec.ends(t, "a", "b", "c"))
			require.Equal(t, engine.ErrAbandoned, rec.end(t, "a").Err)
			close(release) // they end by themselves
		})
	}
}

func TestTasksThatIgnoreTheStopOfAFailedRunAreAbandoned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		cfg, rec := config(t, "a & b", steps{"a": do(fails), "b": timed(3, hangs(release))})
		cfg.CancelGrace = time.Second
		begin := time.Now()
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, engine.RunFailed, out.Status)
		require.Equal(t, []string{"b"}, out.Abandoned)
		require.Equal(t, "cancelled b 1", rec.ends(t, "b")[0])
		require.Equal(t, time.Second, time.Since(begin))
		close(release)
	})
}

func TestLastTaskThatSucceedsAfterTheCancelLeavesTheRunStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cfg, rec := config(t, "a", steps{"a": do(func(context.Context, engine.Call) (any, error) {
			cancel(errStop)
			return "done", nil
		})})
		out, err := engine.Run(ctx, cfg)
		require.NoError(t, err)
		require.Equal(t, engine.Outcome{Status: engine.RunStopped, Err: errStop}, out)
		require.Equal(t, []string{"started a 1", "succeeded a 1"}, rec.told())
	})
}

func TestErrorsOfCancelledTasksDoNotFailTheRun(t *testing.T) {
	t.Parallel()
	for range 20 { // a select between the two would be right half of the time
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			cfg, rec := config(t, "a & b & c", steps{"a": do(obeys), "b": do(obeys), "c": do(takes(time.Second))})
			cfg.OnEvent = func(e engine.Event) {
				rec.add(e)
				if e.Node == "c" && e.Kind == engine.Succeeded {
					cancel(errStop)
					synctest.Wait() // the errors of both wait beside the cancel
				}
			}
			out, err := engine.Run(ctx, cfg)
			require.NoError(t, err)
			require.Equal(t, engine.Outcome{Status: engine.RunStopped, Err: errStop}, out)
			require.Equal(t, []string{"cancelled a 1", "cancelled b 1"}, rec.ends(t, "a", "b"))
		})
	}
}

func TestCancelAfterTheLastEndComesTooLate(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cfg, _ := config(t, "a", nil)
	cfg.OnEvent = func(e engine.Event) {
		if e.Kind == engine.Succeeded {
			cancel()
		}
	}
	out, err := engine.Run(ctx, cfg)
	require.NoError(t, err)
	require.Equal(t, engine.Outcome{Status: engine.Completed}, out)
}

func TestFirstStopStands(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errStop) })
		cfg, _ := config(t, "a & b", steps{"a": do(fails), "b": do(takes(2 * time.Second))})
		out, err := engine.Run(ctx, cfg)
		require.NoError(t, err)
		requireFailedBy(t, out, "a", 1, errBoom)

		ctx, cancel = context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errStop) })
		cfg, rec := config(t, "a & b", steps{"a": do(obeys), "b": do(failsAfter(2 * time.Second))})
		out, err = engine.Run(ctx, cfg)
		require.NoError(t, err)
		require.Equal(t, engine.Outcome{Status: engine.RunStopped, Err: errStop}, out)
		require.Equal(t, "cancelled b 1", rec.ends(t, "b")[0])
	})
}
