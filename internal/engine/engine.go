// This file owns the engine's contract with its caller: what is given to Run.

// Package engine runs a compiled program: one event loop over an immutable plan, bounded parallelism, retries,
// timeouts, joins, loops, switches and cancel. It knows nothing of where a run comes from, where its states are stored,
// or how an expression gets its value.
package engine

import (
	"context"
	"time"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

// Task is one executable step.
type Task interface {
	// Run makes one attempt and gives its output. It should return soon after ctx ends; context.Cause says why it did:
	// context.DeadlineExceeded for the attempt's own time, Outcome.Err where the run has failed, else what ended the
	// run's context. An error that wraps one with a method Permanent() bool that gives true is not retried. A panic
	// becomes a *PanicError. Nodes run at the same time, so a Task used by several must allow that; so must one with a
	// Timeout that is tried again or stands in a loop, for an attempt that was abandoned may still be running.
	Run(ctx context.Context, call Call) (output any, err error)
}

// Call says which execution of a node an attempt belongs to.
type Call struct {
	Node    string
	Attempt int         // from 1
	Loops   []LoopState // the rounds that the node is in, outermost first; not to be changed
}

// Step is a node's task and how its failures are treated.
type Step struct {
	Task   Task
	Policy Policy
}

// Policy is how an attempt is bounded and what a failure means. Nothing in it may be negative.
type Policy struct {
	Retries    int           // further attempts after the first; 0: none
	RetryDelay time.Duration // pause before the next attempt, in which the node holds no slot; 0: none
	Backoff    Backoff       // how the pauses grow; zero: they don't
	Timeout    time.Duration // an attempt's time; 0: unbounded. What succeeds even so, though late, has succeeded
	Isolate    bool          // a failure fails only what depends on this node, not the run
}

// Backoff is how the pauses between the attempts of a node grow and vary.
type Backoff struct {
	Factor float64       // each pause is so many times the one before; at least 1; 0: 1
	Cap    time.Duration // no pause is longer; 0: no cap
	Jitter float64       // from 0 to 1: each pause is shortened by a random part of itself, at most by this one
}

// Config is what one run needs. The zero value of every field but Plan and Steps is a default; Eval is needed where the
// plan has a loop or switch.
type Config struct {
	// Plan is what to run. It is never changed: one plan can serve any number of runs.
	Plan *graph.Plan
	// Steps are the tasks by node name. Every task of Plan needs one; others are not looked at.
	Steps map[string]Step
	// MaxParallel is how many tasks run at once; 0: 8. Ready ones beyond that start first in, first out.
	MaxParallel int
	// CancelGrace is how long tasks may take to return once their context has ended; then they are abandoned: their
	// attempt counts as failed, their slot is free, and what they return later changes nothing. 0: 30 s.
	CancelGrace time.Duration
	// Timeout is how long the run may take, without the grace; 0: unbounded. One that takes longer fails with a
	// *RunTimeoutError.
	Timeout time.Duration
	// MaxRounds is how many rounds a loop may take; 0: 10,000. One that would take more fails the run.
	MaxRounds int
	// MaxTaskRuns is how often tasks may run in all; 0: 100,000. A task counts once for each round of a loop in which
	// it runs, however many attempts it takes. A round in which none runs counts as one. Beyond that, the run fails.
	MaxTaskRuns int
	// Eval gives the value of a loop's or switch's expression in these rounds, as internal/expr has values. It is called
	// from the goroutine of OnEvent, which has returned from all that happened before. It must not block.
	Eval func(e *expr.Expr, loops []LoopState) (any, error)
	// Random gives numbers from 0 up to 1, for Backoff.Jitter; nil: those of math/rand/v2.
	Random func() float64
	// OnEvent is told everything that happens, in order, from the one goroutine that runs the plan. Tasks that
	// depend on a node start only after OnEvent has returned from that node's end. It must not block. May be nil.
	OnEvent func(Event)
	// OnLoop is told where loops begin and end, in order with the events and from the same goroutine: all events of a
	// loop's tasks lie between its two. What depends on a loop starts only after OnLoop has returned from its end. It
	// must not block. May be nil.
	OnLoop func(LoopEvent)
}
