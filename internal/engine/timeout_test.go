// This file owns the tests of an attempt's time, and of tasks that don't return when it is over.

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

// timed is a task of 1.5 s at most, with further attempts.
func timed(retries int, f taskFunc) engine.Step {
	return engine.Step{Task: f, Policy: engine.Policy{Timeout: 1500 * time.Millisecond, Retries: retries}}
}

// hangs ignores its context until release is closed; then it succeeds.
func hangs(release <-chan struct{}) taskFunc {
	return func(context.Context, engine.Call) (any, error) {
		<-release
		return "too late", nil
	}
}

func TestTimeoutEndsTheAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var cause error
		out, rec := run(t, "a", steps{"a": timed(1, func(ctx context.Context, _ engine.Call) (any, error) {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return nil, ctx.Err()
		})})
		requireFailedBy(t, out, "a", 2, &engine.TimeoutError{After: 1500 * time.Millisecond})
		require.EqualError(t, out.Err, "task a failed: timed out after 1.5s")
		require.ErrorIs(t, out.Err, context.DeadlineExceeded)
		require.Equal(t, context.DeadlineExceeded, cause)
		require.Equal(t, []string{"started a 1", "retrying a 1", "started a 2", "failed a 2"}, rec.told())
		require.Equal(t, 3*time.Second, time.Since(begin))
	})
}

func TestTimeoutKeepsTheTasksOwnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, _ := run(t, "a", steps{"a": timed(0, func(ctx context.Context, _ engine.Call) (any, error) {
			<-ctx.Done()
			return nil, errBoom
		})})
		require.EqualError(t, out.Err, "task a failed: timed out after 1.5s: boom")
		require.ErrorIs(t, out.Err, errBoom)
		require.ErrorIs(t, out.Err, context.DeadlineExceeded)
	})
}

func TestSuccessAfterTheTimeoutIsASuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, rec := run(t, "a", steps{"a": timed(0, takes(2*time.Second))})
		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, "succeeded a 1", rec.ends(t, "a")[0])
	})
}

func TestTimedOutAttemptHasFailedThoughTheRunWasStoppedBeforeItReturned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, rec := run(t, "a & b", steps{
			"a": timed(5, func(context.Context, engine.Call) (any, error) {
				<-time.After(3 * time.Second)
				return nil, errBoom
			}),
			"b": do(failsAfter(2 * time.Second)),
		})
		requireFailedBy(t, out, "b", 1, errBoom)
		require.Equal(t, "failed a 1", rec.ends(t, "a")[0])
		require.ErrorIs(t, rec.end(t, "a").Err, context.DeadlineExceeded)
	})
}

func TestTaskThatIgnoresItsTimeoutIsAbandonedAndItsSlotFreed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		release := make(chan struct{})
		step := timed(1, hangs(release))
		step.Policy.Isolate = true
		cfg, rec := config(t, "a & b", steps{"a": step})
		cfg.MaxParallel = 1
		cfg.CancelGrace = 10 * time.Second
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)

		require.Equal(t, engine.Outcome{Status: engine.Completed, Abandoned: []string{"a"}}, out)
		require.Equal(t, []string{
			"started a 1", "retrying a 1", "started b 1", "succeeded b 1", "started a 2", "failed a 2",
		}, rec.told())
		require.ErrorIs(t, rec.end(t, "a").Err, engine.ErrAbandoned)
		require.ErrorIs(t, rec.end(t, "a").Err, context.DeadlineExceeded)
		require.ErrorContains(t, rec.end(t, "a").Err, "timed out after 1.5s")
		require.Equal(t, 23*time.Second, time.Since(begin))

		close(release) // both attempts return by themselves, or the bubble would never end
	})
}

func TestLateResultOfAnAbandonedAttemptChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		step := timed(1, func(_ context.Context, call engine.Call) (any, error) {
			if call.Attempt == 1 {
				<-time.After(15 * time.Second) // is given up after 11.5
				return "late", nil
			}
			<-time.After(time.Second)
			return nil, errBoom
		})
		step.Policy.RetryDelay = 3 * time.Second // the late result comes while the second attempt runs
		cfg, rec := config(t, "(a | b) >> c", steps{"a": step, "b": do(takes(time.Minute))})
		cfg.CancelGrace = 10 * time.Second
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)

		require.Equal(t, engine.Outcome{Status: engine.Completed}, out) // it has returned: not named
		require.Equal(t, "failed a 2", rec.ends(t, "a")[0])
		require.Equal(t, errBoom, rec.end(t, "a").Err)
	})
}

func TestAbandonedTaskThatReturnsBeforeTheEndIsNotNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := timed(0, takes(20*time.Second))
		slow.Policy.Isolate = true
		cfg, rec := config(t, "a & b", steps{"a": slow, "b": do(takes(time.Minute))})
		cfg.CancelGrace = 10 * time.Second
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, engine.Outcome{Status: engine.Completed}, out)
		require.Equal(t, []string{"started a 1", "started b 1", "failed a 1", "succeeded b 1"}, rec.told())

		seen := cfg.OnEvent
		cfg.Steps["b"] = do(takes(19 * time.Second))
		cfg.OnEvent = func(e engine.Event) {
			seen(e)
			if e.Kind == engine.Succeeded {
				<-time.After(2 * time.Second) // a returns while the loop is busy with the last end
			}
		}
		out, err = engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, engine.Outcome{Status: engine.Completed}, out)
	})
}

func TestTaskThatReturnedInItsGraceIsNotAbandonedByALoopThatIsLate(t *testing.T) {
	t.Parallel()
	for range 20 { // a select between the two would be right half of the time
		synctest.Test(t, func(t *testing.T) {
			cfg, rec := config(t, "a & b", steps{"a": timed(0, takes(5*time.Second)), "b": do(takes(4 * time.Second))})
			cfg.CancelGrace = 10 * time.Second
			cfg.OnEvent = func(e engine.Event) {
				rec.add(e)
				if e.Node == "b" && e.Kind == engine.Succeeded {
					<-time.After(time.Minute)
				}
			}
			out, err := engine.Run(t.Context(), cfg)
			require.NoError(t, err)
			require.Equal(t, engine.Outcome{Status: engine.Completed}, out)
		})
	}
}

func TestTaskAbandonedInAStoppedRunHasFailedIfItsOwnTimeHadEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		cfg, rec := config(t, "a & b", steps{"a": timed(5, hangs(release)), "b": do(failsAfter(2 * time.Second))})
		cfg.CancelGrace = 10 * time.Second
		begin := time.Now()
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		requireFailedBy(t, out, "b", 1, errBoom)
		require.Equal(t, []string{"a"}, out.Abandoned)
		require.Equal(t, "failed a 1", rec.ends(t, "a")[0])
		require.ErrorIs(t, rec.end(t, "a").Err, context.DeadlineExceeded)
		require.Equal(t, 11500*time.Millisecond, time.Since(begin))
		close(release)
	})
}

func TestRunsDeadlineIsNotTheAttemptsTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		cfg, rec := config(t, "a", steps{"a": timed(0, obeys)})
		out, err := engine.Run(ctx, cfg)
		require.NoError(t, err)
		require.Equal(t, engine.Outcome{Status: engine.RunStopped, Err: context.DeadlineExceeded}, out)
		require.Equal(t, "cancelled a 1", rec.ends(t, "a")[0])
		var timeout *engine.TimeoutError
		require.False(t, errors.As(rec.end(t, "a").Err, &timeout))
	})
}
