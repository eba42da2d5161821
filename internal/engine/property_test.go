// This file owns the property test: random programs with random tasks and cancels, held against the naive model.

package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
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
	statuses := map[engine.Status]int{}
	for seed := range seeds {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				trial := newTrial(t, rand.New(rand.NewPCG(seed, 0)))
				statuses[trial.run().Status]++
			})
		})
		if !ok {
			return
		}
	}
	for _, status := range []engine.Status{engine.Completed, engine.RunFailed, engine.RunStopped} {
		require.Greater(t, statuses[status], int(seeds/10), "the trials are one-sided: %v", statuses)
	}
}

// trial is one random run, watched by the model.
type trial struct {
	t       *testing.T
	rand    *rand.Rand
	cfg     engine.Config
	model   *model // what the events have told so far
	expect  *model // what it comes to if nothing stops it
	cancel  context.CancelCauseFunc
	ctx     context.Context
	cancels int // the event in which to cancel; -1: none

	events   int
	attempts map[string]int // begun, by node
	running  map[string]bool
	ends     map[string]engine.Event
	tipped   *engine.Event // the failure that failed the run, by the model
	stopped  bool          // the context had ended before the last event was due
}

func newTrial(t *testing.T, r *rand.Rand) *trial {
	tr := &trial{
		t: t, rand: r, cancels: -1,
		attempts: map[string]int{}, running: map[string]bool{}, ends: map[string]engine.Event{},
	}
	program := &graph.Program{}
	size := 1 + r.IntN(12)
	for range 1 + r.IntN(3) {
		program.Statements = append(program.Statements, randomPart(r, numbers(size), 0))
	}
	require.NoError(t, program.Validate())
	tr.model, tr.expect = newModel(program), newModel(program)
	tr.cfg = engine.Config{
		Plan: graph.NewPlan(program), Steps: steps{}, MaxParallel: 1 + r.IntN(4), CancelGrace: grace, OnEvent: tr.watch,
	}
	given := map[string]verdict{}
	for _, node := range tr.cfg.Plan.Nodes {
		tr.cfg.Steps[node.Name], given[node.Name] = randomStep(r)
	}
	tr.expect.finish(given)
	return tr
}

// run makes the run and checks how it ended.
func (tr *trial) run() engine.Outcome {
	tr.ctx, tr.cancel = context.WithCancelCause(tr.t.Context())
	switch tr.rand.IntN(4) {
	case 0:
		tr.cancels = tr.rand.IntN(30)
	case 1: // between two milliseconds, when no task does anything
		at := time.Duration(tr.rand.IntN(30))*time.Millisecond + time.Millisecond/2
		defer time.AfterFunc(at, func() { tr.cancel(errStop) }).Stop()
	}
	var ended time.Time
	context.AfterFunc(tr.ctx, func() { ended = time.Now() })
	out, err := engine.Run(tr.ctx, tr.cfg)
	require.NoError(tr.t, err)
	synctest.Wait()
	if out.Status == engine.RunStopped {
		require.LessOrEqual(tr.t, time.Since(ended), grace)
	}
	tr.checkStatus(out)
	tr.checkEnds(out)
	<-time.After(2 * time.Hour) // abandoned tasks end
	return out
}

// watch checks every event when it is told.
func (tr *trial) watch(e engine.Event) {
	t, step := tr.t, tr.cfg.Steps[e.Node]
	if e.Kind != engine.Failed || e.Attempt > 0 { // what falls with another node ends with that
		tr.stopped = tr.ctx.Err() != nil
	}
	require.NotContains(t, tr.ends, e.Node, "an event after the end")
	switch e.Kind {
	case engine.Started:
		require.False(t, tr.stopped, "started after the cancel")
		require.Nil(t, tr.tipped, "started after the run had failed")
		require.Equal(t, good, tr.model.ready(e.Node), "%s started without what it needs", e.Node)
		tr.attempts[e.Node]++
		require.LessOrEqual(t, e.Attempt, 1+step.Policy.Retries)
		require.False(t, tr.running[e.Node])
		tr.running[e.Node] = true
		require.LessOrEqual(t, len(tr.running), tr.cfg.MaxParallel)
	case engine.Retrying:
		require.True(t, tr.running[e.Node])
		delete(tr.running, e.Node)
	default:
		tr.ends[e.Node] = e
		delete(tr.running, e.Node)
		tr.learn(e, step.Policy.Isolate)
	}
	require.Equal(t, tr.attempts[e.Node], e.Attempt)
	if tr.events++; tr.events-1 == tr.cancels {
		tr.cancel(errStop)
	}
}

// learn tells the model of a node's end, and sees whether that failed the run.
func (tr *trial) learn(e engine.Event, isolates bool) {
	switch {
	case e.Kind == engine.Succeeded:
		tr.model.come(e.Node, good)
	case e.Kind == engine.Failed && e.Attempt == 0:
		require.Contains(tr.t, []verdict{bad, isolated}, tr.model.node(e.Node), "%s was given up too early", e.Node)
		var lost *engine.DependencyError
		require.ErrorAs(tr.t, e.Err, &lost)
		require.Equal(tr.t, engine.Failed, tr.ends[lost.Node].Kind)
	case e.Kind == engine.Failed && isolates:
		tr.model.come(e.Node, isolated)
	case e.Kind == engine.Failed:
		tr.model.come(e.Node, bad)
	}
	if !tr.stopped && tr.tipped == nil && tr.model.fails() {
		tr.tipped = &e
	}
}

// checkStatus checks that the outcome is what the model expects.
func (tr *trial) checkStatus(out engine.Outcome) {
	t := tr.t
	if tr.tipped != nil {
		require.True(t, tr.expect.fails())
		require.Equal(t, engine.RunFailed, out.Status)
		require.Equal(t, &engine.TaskError{Node: tr.tipped.Node, Attempt: tr.tipped.Attempt, Err: tr.tipped.Err}, out.Err)
		return
	}
	if tr.stopped {
		require.Equal(t, engine.RunStopped, out.Status)
		require.Equal(t, errStop, out.Err)
		return
	}
	require.Equal(t, engine.Completed, out.Status)
	require.NoError(t, out.Err)
	require.False(t, tr.expect.fails())
	for name, e := range tr.ends {
		require.Equal(t, tr.expect.node(name) == good, e.Kind == engine.Succeeded, name)
		require.Equal(t, tr.expect.ready(name) == good, e.Attempt > 0, name)
	}
}

// checkEnds checks that every node ended, and that only tasks that hang are left behind.
func (tr *trial) checkEnds(out engine.Outcome) {
	require.Len(tr.t, tr.ends, len(tr.cfg.Plan.Nodes))
	require.Empty(tr.t, tr.running)
	for _, name := range out.Abandoned {
		require.Contains(tr.t, tr.cfg.Steps[name].Task.(*randomTask).attempts, "hang")
	}
}
