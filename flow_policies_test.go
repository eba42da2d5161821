// This file owns the tests of task policies as they are in a run: retries, pauses, timeouts, what a failure takes along.

package pyoco_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// failing is a task that fails so many times, and tells when it was called.
func failing(times int, at *[]time.Duration) func(context.Context) error {
	began := time.Now()
	return func(context.Context) error {
		*at = append(*at, time.Since(began))
		if len(*at) <= times {
			return fmt.Errorf("failure %d", len(*at))
		}
		return nil
	}
}

func TestATaskIsTriedAgainAfterItsDelayWhichGrowsByItsBackoff(t *testing.T) {
	t.Parallel()
	const s, ms = time.Second, time.Millisecond
	for policy, want := range map[string][]time.Duration{
		"":                               {0},
		"retries: 0":                     {0},
		"retries: 3":                     {0, 100 * ms, 200 * ms, 300 * ms},
		"retries: 2, retry_delay_sec: 5": {0, 5 * s, 10 * s},
		"retries: 4, retry_delay_sec: 1, retry_backoff: {factor: 2, cap_sec: 3}": {0, 1 * s, 3 * s, 6 * s, 9 * s},
	} {
		synctest.Test(t, func(t *testing.T) {
			var at []time.Duration
			run := runText(t, "flow: {graph: a}\ntasks: {a: {"+policy+"}}\n", nil, map[string]any{"a": failing(99, &at)})
			require.Equal(t, pyoco.StatusFailed, run.Status)
			require.Equal(t, want, at, policy)
			require.Equal(t, len(want), run.TaskRecords["a"].Attempts)
			require.Equal(t, fmt.Sprintf("failure %d", len(want)), run.TaskRecords["a"].Error)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		file := "flow: {graph: a}\ntasks: {a: {retries: 20, retry_delay_sec: 1, retry_backoff: {jitter: 1}}}\n"
		run := runText(t, file, nil, map[string]any{"a": failing(20, &at)})
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
		require.Less(t, at[20], 20*s, "jitter makes pauses shorter, each by another part")
	})
}

func TestAPermanentErrorIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	var calls int
	run := runText(t, "flow: {graph: a}\ntasks: {a: {retries: 9, retry_delay_sec: 0}}\n", nil, map[string]any{
		"a": func(context.Context) error {
			if calls++; calls < 3 {
				return errors.New("again")
			}
			return fmt.Errorf("charge: %w", pyoco.Permanent(errors.New("card refused")))
		},
	})
	require.Equal(t, pyoco.StatusFailed, run.Status)
	require.Equal(t, "task a failed: charge: card refused", run.Error)
	require.Equal(t, 3, run.TaskRecords["a"].Attempts)
}

func TestStopFailsTheRunAndTasksThatAreNotStartedAreCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run := runGraph(t, "boom >> a\nlong >> b", nil, map[string]any{
			"boom": func(context.Context) error { return errors.New("boom") },
			"long": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
			"a":    func(context.Context) error { return nil },
			"b":    func(context.Context) error { return nil },
		})
		require.Equal(t, pyoco.StatusFailed, run.Status)
		require.Equal(t, "task boom failed: boom", run.Error)
		require.Equal(t, map[string]pyoco.TaskState{
			"boom": pyoco.TaskFailed, "long": pyoco.TaskCancelled, "a": pyoco.TaskCancelled, "b": pyoco.TaskCancelled,
		}, run.Tasks)
	})
}

func TestIsolateFailsOnlyWhatDependsOnTheTask(t *testing.T) {
	t.Parallel()
	j := &journal{}
	functions := j.named("a", "b", "c", "d")
	functions["boom"] = func(context.Context) error { return errors.New("boom") }
	file := "flow:\n  graph: |\n    boom >> a >> b\n    c >> d\n    (boom | c) >> e: d\ntasks: {boom: {fail_policy: isolate}, a: , b: , c: , d: }\n"
	run := runText(t, file, nil, functions)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Empty(t, run.Error)
	require.Equal(t, map[string]pyoco.TaskState{
		"boom": pyoco.TaskFailed, "a": pyoco.TaskFailed, "b": pyoco.TaskFailed,
		"c": pyoco.TaskSucceeded, "d": pyoco.TaskSucceeded, "e": pyoco.TaskSucceeded,
	}, run.Tasks)
	require.Equal(t, "boom", run.TaskRecords["boom"].Error)
	require.Contains(t, run.TaskRecords["b"].Error, "boom", "it names what it was lost to")
	require.Zero(t, run.TaskRecords["b"].Attempts, "it never ran")
	require.Equal(t, []string{"c", "d", "d"}, j.sortedLines())
}

func TestATimeoutEndsTheContextOfATryAndTheTaskIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls int
		began := time.Now()
		run := runText(t, "flow: {graph: a}\ntasks: {a: {timeout_sec: 2, retries: 1, retry_delay_sec: 3}}\n", nil, map[string]any{
			"a": func(ctx context.Context) error {
				calls++
				<-ctx.Done()
				return context.Cause(ctx)
			},
		})
		require.Equal(t, pyoco.StatusFailed, run.Status)
		require.Equal(t, "task a failed: timed out after 2s", run.Error)
		require.Equal(t, 2, calls)
		require.Equal(t, 7*time.Second, time.Since(began))
	})
}

func TestATaskThatIgnoresItsTimeoutIsAbandonedAndReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		began := time.Now()
		run := runText(t, "flow: {graph: deaf >> a}\ntasks: {deaf: {timeout_sec: 2}, a: }\n", nil, map[string]any{
			"deaf": func(context.Context) error { <-release; return nil },
			"a":    func(context.Context) error { return nil },
		})
		require.Equal(t, pyoco.StatusFailed, run.Status)
		require.Contains(t, run.Error, "task deaf failed: timed out after 2s: the task did not return after its context had ended")
		require.Equal(t, map[string]pyoco.TaskState{"deaf": pyoco.TaskFailed, "a": pyoco.TaskCancelled}, run.Tasks)
		require.Equal(t, 32*time.Second, time.Since(began), "its time and the grace")
		close(release)
	})
}

func TestARunWithATimeEndsAlsoWhereATaskHangsForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		began := time.Now()
		run := runText(t, "flow: {graph: 'deaf[3] >> a', timeout_sec: 60}\ntasks: {deaf: , a: }\n", nil, map[string]any{
			"deaf": func(context.Context) error { <-release; return nil },
			"a":    func(context.Context) error { return nil },
		})
		require.Equal(t, pyoco.StatusFailed, run.Status)
		require.Contains(t, run.Error, "the run timed out after 1m0s")
		require.Equal(t, map[string]pyoco.TaskState{"deaf": pyoco.TaskCancelled, "a": pyoco.TaskCancelled}, run.Tasks)
		require.Equal(t, 90*time.Second, time.Since(began), "its time and the grace")
		close(release)
	})
}

func TestACancelBetweenRoundsEndsTheLoop(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	b := pyoco.NewFlow("f")
	rounds := 0
	b.Until("False", b.Task("a", pyoco.Func(func(context.Context) error {
		if rounds++; rounds == 3 {
			cancel()
		}
		return nil
	})))
	flow, err := b.Build()
	require.NoError(t, err)
	run, err := flow.Run(ctx, nil)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCancelled, run.Status)
	require.Equal(t, 3, rounds)
}
