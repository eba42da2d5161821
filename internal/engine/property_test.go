// This file owns the property test: random programs with random tasks and cancels, held against the naive model.

package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/graph"
)

const grace = time.Second

func TestRandomRunsAgreeWithTheModel(t *testing.T) {
	t.Parallel()
	seeds := uint64(4000)
	if testing.Short() {
		seeds = 400
	}
	outcomes := map[string]int{}
	for seed := range seeds {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				trial := newTrial(t, newScenario(seed))
				out := trial.run()
				outcomes[fmt.Sprintf("%d %T", out.Status, out.Err)]++
				for _, e := range trial.ends {
					outcomes[kinds[e.Kind]]++
					outcomes[fmt.Sprintf("in %d loops", len(e.Loops))]++
				}
			})
		})
		if !ok {
			return
		}
	}
	for _, outcome := range []string{
		"1 <nil>", "2 *engine.TaskError", "2 *engine.ControlError", "2 *engine.RunTimeoutError", "3 *errors.errorString",
		"succeeded", "failed", "cancelled", "skipped", "in 0 loops", "in 1 loops", "in 2 loops",
	} {
		require.Greater(t, outcomes[outcome], int(seeds/20), "the trials are one-sided: %v", outcomes)
	}
}

// trial is one random run, watched by the model.
type trial struct {
	*scenario
	t       *testing.T
	cfg     engine.Config
	model   *level // what the events have told so far
	cancel  context.CancelCauseFunc
	ctx     context.Context
	timeUp  time.Time // when the run's own time is over; zero: never
	cancels int       // the event in which to cancel; -1: none

	events   int
	attempts map[string]int // begun, by execution
	running  map[string]bool
	ends     map[string]engine.Event
	last     map[string][]int      // by task: the round of its last end
	loops    map[*graph.Loop]*loop // that have begun
	tipped   error                 // what failed the run, by the model
	stopped  bool                  // the context had ended before the last event was due
}

func newTrial(t *testing.T, s *scenario) *trial {
	tr := &trial{
		scenario: s, t: t, cancels: -1, model: newLevel(s.program, 0),
		attempts: map[string]int{}, running: map[string]bool{}, ends: map[string]engine.Event{},
		last: map[string][]int{}, loops: map[*graph.Loop]*loop{},
	}
	tr.cfg = engine.Config{
		Plan: graph.NewPlan(s.program), Steps: s.steps, MaxParallel: 1 + s.rand.IntN(4), CancelGrace: grace,
		OnEvent: tr.watch, OnLoop: tr.watchLoop, Eval: tr.eval,
	}
	return tr
}

// run makes the run and checks how it ended.
func (tr *trial) run() engine.Outcome {
	tr.ctx, tr.cancel = context.WithCancelCause(tr.t.Context())
	// Between two milliseconds no task does anything.
	at := time.Duration(tr.rand.IntN(40))*time.Millisecond + time.Millisecond/2
	switch tr.rand.IntN(5) {
	case 0:
		tr.cancels = tr.rand.IntN(40)
	case 1:
		defer time.AfterFunc(at, func() { tr.cancel(errStop) }).Stop()
	case 2:
		tr.cfg.Timeout, tr.timeUp = at, time.Now().Add(at)
	}
	ended := tr.timeUp
	context.AfterFunc(tr.ctx, func() { ended = time.Now() })
	out, err := engine.Run(tr.ctx, tr.cfg)
	require.NoError(tr.t, err)
	synctest.Wait()
	if tr.stopped {
		require.LessOrEqual(tr.t, time.Since(ended), grace)
	}
	tr.checkStatus(out)
	tr.checkEnds(out)
	<-time.After(2 * time.Hour) // abandoned tasks end
	return out
}

// over says that a cancel or the run's own time has ended the run.
func (tr *trial) over() bool {
	return tr.ctx.Err() != nil || (!tr.timeUp.IsZero() && !time.Now().Before(tr.timeUp))
}

// watch checks every event when it is told.
func (tr *trial) watch(e engine.Event) {
	t, step, name := tr.t, tr.steps[e.Node], execution(e.Node, path(e.Loops))
	if e.Attempt > 0 || e.Kind == engine.Cancelled { // others are told together with what brings them about
		tr.stopped = tr.over()
	}
	require.NotContains(t, tr.ends, name, "an event after the end")
	level, node := tr.find(e.Node, path(e.Loops))
	switch e.Kind {
	case engine.Started:
		require.False(t, tr.stopped, "started after the cancel")
		require.NoError(t, tr.tipped, "started after the run had failed")
		require.Equal(t, e.Node, node)
		require.Equal(t, good, level.ready(node), "%s started without what it needs", name)
		tr.attempts[name]++
		require.LessOrEqual(t, e.Attempt, 1+step.Policy.Retries)
		require.False(t, tr.running[e.Node])
		tr.running[e.Node] = true
		require.LessOrEqual(t, len(tr.running), tr.cfg.MaxParallel)
	case engine.Retrying:
		require.True(t, tr.running[e.Node])
		delete(tr.running, e.Node)
	default:
		tr.ends[name], tr.last[e.Node] = e, path(e.Loops)
		delete(tr.running, e.Node)
		tr.learn(e, level, node)
	}
	require.Equal(t, tr.attempts[name], e.Attempt)
	if tr.events++; tr.events-1 == tr.cancels {
		tr.cancel(errStop)
	}
}

// learn tells the model of a node's end, and sees whether that failed the run.
func (tr *trial) learn(e engine.Event, level *level, node any) {
	switch {
	case e.Kind == engine.Succeeded:
		level.own[node] = good
	case e.Kind == engine.Skipped:
		tr.checkSkipped(e.Node, level, node)
	case e.Kind == engine.Failed && e.Attempt == 0:
		require.Contains(tr.t, []verdict{bad, isolated}, level.ready(node), "%s was given up too early", e.Node)
		var lost *engine.DependencyError
		require.ErrorAs(tr.t, e.Err, &lost)
		require.Equal(tr.t, engine.Failed, tr.ends[execution(lost.Node, tr.last[lost.Node])].Kind)
	case e.Kind == engine.Failed && tr.steps[e.Node].Policy.Isolate:
		level.own[node] = isolated
	case e.Kind == engine.Failed:
		level.own[node] = bad
	}
	tr.model.forget()
	if !tr.stopped && tr.tipped == nil && tr.model.verdict() == bad {
		tr.tipped = &engine.TaskError{Node: e.Node, Attempt: e.Attempt, Loops: e.Loops, Err: e.Err}
	}
}

// checkStatus checks that the outcome is what the model expects.
func (tr *trial) checkStatus(out engine.Outcome) {
	t := tr.t
	expect := &expectation{scenario: tr.scenario, ends: map[string]engine.EventKind{}, lost: map[string]bool{}}
	whole := newLevel(tr.program, 0)
	expect.finish(whole, nil)
	fails := expect.broken || whole.verdict() == bad
	switch {
	case tr.tipped != nil:
		require.True(t, fails)
		require.Equal(t, engine.RunFailed, out.Status)
		var broken *engine.ControlError
		if errors.As(tr.tipped, &broken) {
			var got *engine.ControlError
			require.ErrorAs(t, out.Err, &got)
			require.Equal(t, []any{broken.Type, path(broken.Loops)}, []any{got.Type, path(got.Loops)})
			require.Same(t, broken.Expr, got.Expr)
		} else {
			require.Equal(t, tr.tipped, out.Err)
		}
	case tr.stopped && tr.cfg.Timeout > 0:
		require.Equal(t, engine.RunFailed, out.Status)
		require.Equal(t, &engine.RunTimeoutError{After: tr.cfg.Timeout}, out.Err)
	case tr.stopped:
		require.Equal(t, engine.RunStopped, out.Status)
		require.Equal(t, errStop, out.Err)
	default:
		require.Equal(t, engine.Completed, out.Status)
		require.NoError(t, out.Err)
		require.False(t, fails)
		require.Len(t, tr.ends, len(expect.ends))
		for name, e := range tr.ends {
			require.Equal(t, expect.ends[name], e.Kind, name)
			require.Equal(t, expect.lost[name] || e.Kind == engine.Skipped, e.Attempt == 0, name)
		}
	}
}

// checkEnds checks that every node ended, and that only tasks that hang are left behind.
func (tr *trial) checkEnds(out engine.Outcome) {
	require.Empty(tr.t, tr.running)
	for _, name := range tr.program.Names() {
		require.Contains(tr.t, tr.last, name)
	}
	for name := range tr.attempts {
		require.Contains(tr.t, tr.ends, name)
	}
	require.Empty(tr.t, tr.loops, "a loop has not ended")
	for _, name := range out.Abandoned {
		require.Contains(tr.t, fmt.Sprint(tr.steps[name].Task.(*randomTask).scripts), "hang")
	}
}
