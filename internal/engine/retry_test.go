// This file owns the tests of attempts: retries, errors that end them, and tasks that don't return in the usual way.

package engine_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
)

// permanentError forbids further attempts, or says that it doesn't.
type permanentError bool

func (permanentError) Error() string     { return "never again" }
func (p permanentError) Permanent() bool { return bool(p) }

// nilError is an error whose methods can't stand a nil pointer.
type nilError struct{ err error }

func (e *nilError) Error() string { return e.err.Error() }
func (e *nilError) Unwrap() error { return e.err }

// retried is a task with further attempts, a second apart.
func retried(count int, f taskFunc) engine.Step {
	return engine.Step{Task: f, Policy: engine.Policy{Retries: count, RetryDelay: time.Second}}
}

// failsUntil succeeds at this attempt.
func failsUntil(attempt int) taskFunc {
	return func(_ context.Context, call engine.Call) (any, error) {
		if call.Attempt < attempt {
			return nil, fmt.Errorf("attempt %d: %w", call.Attempt, errBoom)
		}
		return call, nil
	}
}

func TestFailedAttemptIsRetriedAfterTheDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		out, rec := run(t, "a >> b", steps{"a": retried(5, failsUntil(3))})

		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, []string{
			"started a 1", "retrying a 1", "started a 2", "retrying a 2", "started a 3", "succeeded a 3",
			"started b 1", "succeeded b 1",
		}, rec.told())
		require.EqualError(t, rec.events[3].Err, "attempt 2: boom")
		require.Equal(t, engine.Call{Node: "a", Attempt: 3}, rec.end(t, "a").Output)
		require.Equal(t, 2*time.Second, time.Since(begin))
	})
}

func TestLastFailedAttemptFailsTheNode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, rec := run(t, "a", steps{"a": retried(2, fails)})
		requireFailedBy(t, out, "a", 3, errBoom)
		require.Equal(t, "failed a 3", rec.ends(t, "a")[0])
	})
}

func TestRetryWithoutDelayIsAtOnceButBehindTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		step := engine.Step{Task: failsUntil(2), Policy: engine.Policy{Retries: 1}}
		cfg, rec := config(t, "a & b", steps{"a": step})
		cfg.MaxParallel = 1
		_, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, []string{
			"started a 1", "retrying a 1", "started b 1", "succeeded b 1", "started a 2", "succeeded a 2",
		}, rec.told())
		require.Zero(t, time.Since(begin))
	})
}

func TestWaitingRetryHoldsNoSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg, rec := config(t, "a & b", steps{"a": retried(1, failsUntil(2)), "b": do(takes(time.Minute))})
		cfg.MaxParallel = 1
		_, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, []string{
			"started a 1", "retrying a 1", "started b 1", "succeeded b 1", "started a 2", "succeeded a 2",
		}, rec.told())
	})
}

func TestCancelAndFailureEndTheWaitForARetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		slow := retried(1, fails)
		slow.Policy.RetryDelay = time.Hour
		out, rec := run(t, "a & b", steps{"a": slow, "b": do(failsAfter(time.Second))})
		requireFailedBy(t, out, "b", 1, errBoom)
		require.Equal(t, "cancelled a 1", rec.ends(t, "a")[0])
		require.Equal(t, out.Err, rec.end(t, "a").Err)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		cfg, rec := config(t, "a", steps{"a": slow})
		out, err := engine.Run(ctx, cfg)
		require.NoError(t, err)
		require.Equal(t, engine.Outcome{Status: engine.RunStopped, Err: context.DeadlineExceeded}, out)
		require.Equal(t, "cancelled a 1", rec.ends(t, "a")[0])
		require.Equal(t, 2*time.Second, time.Since(begin))
	})
}

func TestPermanentErrorIsNotRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for permanent, attempts := range map[permanentError]int{true: 1, false: 3} {
			cause := fmt.Errorf("charge: %w", permanent)
			out, _ := run(t, "a", steps{"a": retried(2, func(context.Context, engine.Call) (any, error) {
				return nil, cause
			})})
			requireFailedBy(t, out, "a", attempts, cause)
		}
	})
}

func TestPanicIsAFailureWithItsStack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, rec := run(t, "a", steps{"a": retried(1, func(context.Context, engine.Call) (any, error) {
			panic("two\nlines")
		})})
		require.Equal(t, engine.RunFailed, out.Status)
		require.Equal(t, "failed a 2", rec.ends(t, "a")[0])
		var panicked *engine.PanicError
		require.ErrorAs(t, out.Err, &panicked)
		require.Equal(t, "two\nlines", panicked.Value)
		require.EqualError(t, panicked, "panic: two lines")
		require.Contains(t, string(panicked.Stack), "retry_test.go")
		require.NoError(t, errors.Unwrap(panicked))
	})
}

func TestPanicWithAnErrorWrapsIt(t *testing.T) {
	t.Parallel()
	out, _ := run(t, "a", steps{"a": do(func(context.Context, engine.Call) (any, error) { panic(errBoom) })})
	require.ErrorIs(t, out.Err, errBoom)
}

func TestGoexitIsAFailure(t *testing.T) {
	t.Parallel()
	out, _ := run(t, "a >> b", steps{"a": do(func(context.Context, engine.Call) (any, error) {
		runtime.Goexit()
		return nil, nil
	})})
	requireFailedBy(t, out, "a", 1, engine.ErrGoexit)
}

func TestErrorThatPanicsWhenAskedIsAFailure(t *testing.T) {
	t.Parallel()
	out, _ := run(t, "a", steps{"a": do(func(context.Context, engine.Call) (any, error) {
		var none *nilError
		return nil, none
	})})
	require.Equal(t, engine.RunFailed, out.Status)
	require.ErrorContains(t, out.Err, "nil pointer")
}
