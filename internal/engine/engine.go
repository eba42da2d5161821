// This file owns the engine's contract with its caller: what is given to Run and what comes out.

// Package engine runs a compiled program: one event loop over an immutable plan, bounded parallelism, retries,
// timeouts, joins and cancel. It knows nothing of where a run comes from, where its states are stored, or what a value
// means.
package engine

import (
	"context"
	"time"

	"github.com/pyoco/pyoco/internal/graph"
)

// Task is one executable step.
type Task interface {
	// Run makes one attempt and gives its output. It should return soon after ctx ends; context.Cause says why it did:
	// context.DeadlineExceeded for the attempt's own time, a *TaskError where another node has failed the run, else
	// what ended the run's context. An error that wraps one with a method Permanent() bool that gives true is not
	// retried. A panic becomes a *PanicError. Nodes run at the same time, so a Task used by several must allow that;
	// so must one with a Timeout and Retries, for an attempt that was abandoned may still be running.
	Run(ctx context.Context, call Call) (output any, err error)
}

// Call says which execution of a node an attempt belongs to.
type Call struct {
	Node    string
	Attempt int // from 1
}

// Step is a node's task and how its failures are treated.
type Step struct {
	Task   Task
	Policy Policy
}

// Policy is how an attempt is bounded and what a failure means. Nothing in it may be negative.
type Policy struct {
	Retries    int           // further attempts after the first; 0: none
	RetryDelay time.Duration // pause before each further attempt, in which the node holds no slot; 0: none
	Timeout    time.Duration // an attempt's time; 0: unbounded. What succeeds even so, though late, has succeeded
	Isolate    bool          // a failure fails only what depends on this node, not the run
}

// Config is what one run needs. The zero value of every field but Plan and Steps is a default.
type Config struct {
	// Plan is what to run. It is never changed: one plan can serve any number of runs.
	Plan *graph.Plan
	// Steps are the tasks by node name. Every node of Plan needs one; others are not looked at.
	Steps map[string]Step
	// MaxParallel is how many tasks run at once; 0: 8. Ready ones beyond that start first in, first out.
	MaxParallel int
	// CancelGrace is how long tasks may take to return once their context has ended; then they are abandoned: their
	// attempt counts as failed, their slot is free, and what they return later changes nothing. 0: 30 s.
	CancelGrace time.Duration
	// OnEvent is told everything that happens, in order, from the one goroutine that runs the plan. Tasks that
	// depend on a node start only after OnEvent has returned from that node's end. It must not block. May be nil.
	OnEvent func(Event)
}

// EventKind says what happened to a node.
type EventKind uint8

// What can happen to a node. Each node ends with exactly one of Succeeded, Failed and Cancelled.
const (
	Started   EventKind = iota + 1 // an attempt begins
	Retrying                       // an attempt failed and another will follow; Err is its error
	Succeeded                      // Output is the result
	Failed                         // Err says why: a *DependencyError, and Attempt is 0, where it never started
	Cancelled                      // the run was stopped; Err is what a running attempt then returned, else the cause
)

// Event is one thing that happened to a node.
type Event struct {
	Kind    EventKind
	Node    string
	Attempt int // the last that began, from 1; 0 where the node never started
	At      time.Time
	Output  any
	Err     error
}

// Outcome is how a run ended.
type Outcome struct {
	// Status says which way.
	Status Status
	// Err is the failure that ended the run (a *TaskError, or one that is ErrDeadlock), or the cause of the cancel, or
	// nil.
	Err error
	// Abandoned names the nodes with a task that had not returned when the run ended, in the order of the plan.
	Abandoned []string
}

// Status is the way a run ended.
type Status uint8

// The ways a run ends.
const (
	Completed  Status = iota + 1 // all that had to succeed did
	RunFailed                    // a failure that counts; Outcome.Err says which
	RunStopped                   // ctx ended before the last result came in; Outcome.Err is its cause
)
