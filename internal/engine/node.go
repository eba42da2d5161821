// This file owns the state of one node of a run, and the line in which nodes wait for their turn.

package engine

import (
	"time"

	"github.com/pyoco/pyoco/internal/graph"
)

// nodeState is where a node stands.
type nodeState uint8

const (
	waiting nodeState = iota // for what it needs
	queued                   // in line: for a slot, or to be opened
	running                  // an attempt holds a slot
	pausing                  // between two attempts, without a slot
	opened                   // a loop or switch that has begun
	ended
)

// nodeRun is one node of a level. Only the loop touches it.
type nodeRun struct {
	frame   *frame
	index   int      // in the level's plan
	task    *taskRun // nil: it is a loop or switch
	control *control // nil: it is a task
	state   nodeState
	attempt int       // the last one that began, from 1
	serial  int       // that attempt's, among all of the run
	due     time.Time // while running: when it is given up, while pausing: when it is tried again
	duePos  int       // in the timetable; -1: nothing is due
	next    *nodeRun  // in line
}

// taskRun is what the run knows of a task, whatever the round and the case in which it runs.
type taskRun struct {
	step   Step
	strays int // abandoned attempts whose task has not returned
	listed int // the last listing that has it
}

func (n *nodeRun) plan() *graph.PlanNode { return &n.frame.plan.Nodes[n.index] }

func (n *nodeRun) name() string { return n.plan().Name }

// line is a first-in-first-out queue of nodes, linked through them: a node stands in one line, and once at most.
type line struct {
	first, last *nodeRun
}

func (l *line) push(n *nodeRun) {
	if l.first == nil {
		l.first, l.last = n, n
		return
	}
	l.last.next, l.last = n, n
}

func (l *line) pop() *nodeRun {
	n := l.first
	l.first, n.next = n.next, nil
	return n
}
