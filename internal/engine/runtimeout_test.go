// This file owns the tests of the time that a whole run may take.

package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
)

func TestARunThatTakesLongerThanItsTimeFailsAndItsTasksAreCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		release := make(chan struct{})
		var cause error
		cfg, rec := config(t, "a & b & (c >> d)", steps{
			"a": do(func(ctx context.Context, _ engine.Call) (any, error) {
				<-ctx.Done()
				cause = context.Cause(ctx)
				return nil, cause
			}),
			"b": do(hangs(release)), "c": timed(5, obeys),
		})
		cfg.Timeout, cfg.CancelGrace = time.Second, 10*time.Second
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)

		require.Equal(t, engine.RunFailed, out.Status)
		require.Equal(t, &engine.RunTimeoutError{After: time.Second}, out.Err)
		require.EqualError(t, out.Err, "the run timed out after 1s")
		require.ErrorIs(t, out.Err, context.DeadlineExceeded)
		require.Equal(t, out.Err, cause)
		require.Equal(t, []string{"b"}, out.Abandoned)
		require.Equal(t, []string{"cancelled a 1", "cancelled b 1", "cancelled c 1", "cancelled d 0"},
			rec.ends(t, "a", "b", "c", "d"))
		require.Equal(t, out.Err, rec.end(t, "d").Err)
		require.Equal(t, 11*time.Second, time.Since(begin))
		close(release)
	})
}

func TestARunWithinItsTimeCompletes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg, _ := config(t, "a", steps{"a": do(takes(time.Second))})
		cfg.Timeout = 2 * time.Second
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, engine.Outcome{Status: engine.Completed}, out)
	})
}

func TestTheTimeOfARunEndsALoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg, rec := configOf(t, program(until("False", 0, task("a"))), steps{"a": do(takes(time.Second))})
		cfg.Timeout = 3500 * time.Millisecond
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.EqualError(t, out.Err, "the run timed out after 3.5s")
		require.Equal(t, []string{"ok a[0]", "ok a[1]", "ok a[2]", "ok a[3]"}, rec.story())
	})
}

func TestOfCancelAndTheTimeOfTheRunTheFirstStands(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, row := range []struct {
			cancel time.Duration
			want   engine.Outcome
		}{
			{time.Second, engine.Outcome{Status: engine.RunStopped, Err: errStop}},
			{3 * time.Second, engine.Outcome{Status: engine.RunFailed, Err: &engine.RunTimeoutError{After: 2 * time.Second}}},
		} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(row.cancel, func() { cancel(errStop) })
			cfg, _ := config(t, "a", steps{"a": do(takes(5 * time.Second))})
			cfg.Timeout = 2 * time.Second
			out, err := engine.Run(ctx, cfg)
			require.NoError(t, err)
			require.Equal(t, row.want, out)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		cfg, _ := config(t, "a", steps{"a": do(obeys)})
		cfg.Timeout = 2 * time.Second
		out, err := engine.Run(ctx, cfg)
		require.NoError(t, err)
		require.Equal(t, engine.Outcome{Status: engine.RunStopped, Err: context.DeadlineExceeded}, out)
	})
}
