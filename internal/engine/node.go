// This file owns the state of one node of a run, and the line in which nodes wait for a slot.

package engine

import "time"

// nodeState is where a node stands.
type nodeState uint8

const (
	waiting nodeState = iota // for what it needs
	queued                   // in the line for a slot
	running                  // an attempt holds a slot
	pausing                  // between two attempts, without a slot
	ended
)

// nodeRun is one node of a run. Only the loop touches it.
type nodeRun struct {
	index   int // in the plan
	step    Step
	state   nodeState
	attempt int       // the last one that began, from 1
	strays  int       // abandoned attempts whose task has not returned
	due     time.Time // while running: when it is given up, while pausing: when it is tried again
	duePos  int       // in the timetable; -1: nothing is due
	next    *nodeRun  // in the line
}

// line is a first-in-first-out queue of nodes, linked through them: a node stands in it once at most.
type line struct {
	first, last *nodeRun
}

func (l *line) push(n *nodeRun) {
	n.state = queued
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
