// This file owns what comes out of a run: the events while it runs, and the outcome.

package engine

import (
	"time"

	"github.com/pyoco/pyoco/internal/graph"
)

// EventKind says what happened to a node.
type EventKind uint8

// What can happen to a node. Each node ends with exactly one of the last four, in a loop once a round; what it came to
// last is what it came to.
const (
	Started   EventKind = iota + 1 // an attempt begins
	Retrying                       // an attempt failed and another will follow; Err is its error
	Succeeded                      // Output is the result
	Failed                         // Err says why: a *DependencyError, and Attempt is 0, where it never started
	Cancelled                      // the run was stopped; Err is what a running attempt then returned, else the cause
	Skipped                        // a case that was not taken, or a loop of no rounds; Attempt is 0
)

// Event is one thing that happened to a node.
type Event struct {
	Kind    EventKind
	Node    string
	Attempt int         // the last that began, from 1; 0 where the node never started
	Loops   []LoopState // the rounds that the node is in, outermost first; not to be changed
	At      time.Time
	Output  any
	Err     error
}

// LoopState is one round of a loop.
type LoopState struct {
	// Loop is the loop itself.
	Loop *graph.Loop
	// Name is "repeat", "until", or "foreach:" and the name of the item, else the expression.
	Name string
	// Index counts the rounds from 0.
	Index int
	// Count is how many rounds there will be; for an Until: how many there may be.
	Count int
	// Item is the item of a ForEach.
	Item any
	// Condition is the truth of an Until's condition after the round before; nil in the first round.
	Condition any
}

// Type is the loop's kind in the words of the graph language: repeat, foreach or until.
func (s LoopState) Type() string { return typeOf(s.Loop) }

// LoopEvent says that a loop begins or has ended. A loop inside of another does both in each round of that one.
type LoopEvent struct {
	Loop   *graph.Loop
	Around []LoopState // the rounds of the loops around it, outermost first; not to be changed
	Ended  bool
	// Rounds is how many there will be (for an Until: may be) where it begins, and how many have begun where it ends.
	Rounds int
	At     time.Time
}

// Outcome is how a run ended.
type Outcome struct {
	// Status says which way.
	Status Status
	// Err is the failure that ended the run (a *TaskError, *ControlError or *RunTimeoutError, or one that wraps a
	// *LimitError or ErrDeadlock), or the cause of the cancel, or nil.
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
