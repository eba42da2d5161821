// This file owns the tests of what bounds a run: rounds, task runs, time, and what comes close to them.

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

// count is how many tasks of a run have succeeded.
func (r *record) count() (count int) {
	for _, e := range r.events {
		if e.Kind == engine.Succeeded {
			count++
		}
	}
	return count
}

func TestALoopTakesTenThousandRoundsAndNotOneMore(t *testing.T) {
	t.Parallel()
	out, rec := runOf(t, program(repeat("10000", task("a"))), nil)
	require.Equal(t, engine.Completed, out.Status)
	require.Equal(t, 10_000, rec.count())

	for text, part := range map[string]graph.Node{
		"the repeat of a failed: `2 ** 40` needs more rounds than MaxRounds (10000)":      repeat("2 ** 40", task("a")),
		"the repeat of a failed: `2 ** 400` needs more rounds than MaxRounds (10000)":     repeat("2 ** 400", task("a")),
		"the repeat of a failed: `10001` needs more rounds than MaxRounds (10000)":        repeat("10001", task("a")),
		"the foreach of a failed: `[0] * 10001` needs more rounds than MaxRounds (10000)": foreach("[0] * 10001", task("a")),
	} {
		out, rec = runOf(t, program(part), nil)
		require.Equal(t, engine.RunFailed, out.Status)
		require.EqualError(t, out.Err, text)
		var limit *engine.LimitError
		require.ErrorAs(t, out.Err, &limit)
		require.Zero(t, rec.count())
	}
}

func TestUntilTakesAThousandRoundsWhereItDoesNotSayAndNeverMoreThanMaxRounds(t *testing.T) {
	t.Parallel()
	out, rec := runOf(t, program(until("False", 0, task("a"))), nil)
	require.EqualError(t, out.Err, "the until of a failed: `False` was not true after 1000 rounds")
	require.Equal(t, 1000, rec.count())

	cfg, rec := configOf(t, program(until("False", 6, task("a"))), nil)
	cfg.MaxRounds = 5
	out, err := engine.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.EqualError(t, out.Err, "the until of a failed: `False` needs more rounds than MaxRounds (5)")
	require.Equal(t, 5, rec.count())
}

func TestARunOfMoreTaskRunsThanAllowedFailsAndNamesTheLimit(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		program *graph.Program
		allowed int
	}{
		{program(repeat("10", seq(task("a"), task("b")))), 20},
		{program(seq(task("a"), repeat("4", repeat("5", task("b"))), task("c"))), 22},
		{program(seq(tasks(7)...)), 7},
		{program(repeat("5", repeat("0", task("a")))), 5},                               // rounds in which nothing runs
		{program(repeat("5", choose("1", when(int64(1), repeat("3", task("a")))))), 15}, // no round is idle
	} {
		for less := range 2 {
			cfg, _ := configOf(t, row.program, nil)
			cfg.MaxTaskRuns = row.allowed - less
			out, err := engine.Run(t.Context(), cfg)
			require.NoError(t, err)
			if less == 0 {
				require.Equal(t, engine.Outcome{Status: engine.Completed}, out)
				continue
			}
			require.Equal(t, engine.RunFailed, out.Status)
			require.EqualError(t, out.Err, fmt.Sprintf("the run needs more task runs than MaxTaskRuns (%d)", row.allowed-1))
		}
	}
}

func TestRetriesAreNoTaskRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg, _ := configOf(t, program(task("a")), steps{"a": retried(5, failsUntil(4))})
		cfg.MaxTaskRuns = 1
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, engine.Completed, out.Status)
	})
}

func TestLoopsWithoutAnyTaskRunEndAtTheDefaultLimit(t *testing.T) {
	t.Parallel()
	deep := repeat("0", task("a"))
	for range 3 { // a trillion rounds
		deep = repeat("10000", deep)
	}
	out, _ := runOf(t, program(deep), nil)
	require.EqualError(t, out.Err, "the run needs more task runs than MaxTaskRuns (100000)")
}

func TestManyLevelsAreNoTrouble(t *testing.T) {
	t.Parallel()
	deep := task("a")
	for i := range 128 {
		if i%2 == 0 {
			deep = repeat("1", deep)
		} else {
			deep = choose("1", when(int64(1), deep))
		}
	}
	out, rec := runOf(t, program(repeat("20", deep)), nil)
	require.Equal(t, engine.Completed, out.Status)
	require.Equal(t, 20, rec.count())

	out, rec = runOf(t, program(repeat("20", deep)), steps{"a": do(fails)})
	require.Equal(t, engine.RunFailed, out.Status)
	require.Len(t, rec.story(), 1)
}

func TestCancelBetweenRoundsEndsTheLoop(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cfg, rec := configOf(t, program(seq(repeat("100", task("a")), task("b"))), nil)
	cfg.OnEvent = func(e engine.Event) {
		rec.add(e)
		if e.Kind == engine.Succeeded && e.Loops[0].Index == 2 {
			cancel(errStop)
		}
	}
	out, err := engine.Run(ctx, cfg)
	require.NoError(t, err)
	require.Equal(t, engine.Outcome{Status: engine.RunStopped, Err: errStop}, out)
	require.Equal(t, []string{"ok a[0]", "ok a[1]", "ok a[2]", "cancelled b[]"}, rec.story())
	require.Equal(t, 3, rec.loops[1].Rounds)
}

func TestALoopInWhichNothingRunsKeepsNeitherResultsNorTimesNorACancelWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		idle := repeat("10000", repeat("10000", repeat("0", task("a"))))
		cfg, rec := configOf(t, program(idle, seq(task("b"), task("c"), task("d"))), steps{"c": retried(1, failsUntil(2))})
		skipped := 0
		cfg.OnEvent = func(e engine.Event) {
			rec.add(e)
			<-time.After(100 * time.Millisecond) // whatever runs has returned, and a pause soon ends
			switch skipped++; {
			case e.Node == "d" && e.Kind == engine.Succeeded:
				skipped = 0
				cancel(errStop)
			case skipped > 100:
				t.Fatal("nothing else happens any more")
			}
		}
		out, err := engine.Run(ctx, cfg)
		require.NoError(t, err)
		require.Equal(t, engine.Outcome{Status: engine.RunStopped, Err: errStop}, out)
	})
}
