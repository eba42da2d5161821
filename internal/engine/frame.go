// This file owns the state of one level of a run: the program's, or that of a loop's body or a case.

package engine

import (
	"fmt"

	"github.com/pyoco/pyoco/internal/graph"
)

// frame is a level in its current round. It serves all rounds of its loop, one after the other: the state of a run is as
// large as its plan, however often it goes round. Only the loop touches it.
type frame struct {
	plan  *graph.Plan
	owner *nodeRun // the loop or switch that it is inside of; nil: the program's own
	loops []LoopState
	net   network
	nodes []nodeRun
	open  int  // nodes that have not ended
	ran   bool // a task has run, here or further inside
}

func (r *run) newFrame(plan *graph.Plan, owner *nodeRun) *frame {
	f := &frame{plan: plan, owner: owner, net: newNetwork(plan), nodes: make([]nodeRun, len(plan.Nodes))}
	for i := range f.nodes {
		n := &f.nodes[i]
		n.frame, n.index, n.duePos = f, i, -1
		if task := plan.Nodes[i].Task; task >= 0 {
			n.task = &r.tasks[task]
		} else {
			n.control = &control{frames: make([]*frame, len(plan.Nodes[i].Bodies))}
		}
	}
	return f
}

// begin begins a round: what needs nothing can start.
func (r *run) begin(f *frame, loops []LoopState) {
	f.loops, f.open, f.ran = loops, len(f.nodes), false
	f.net.reset()
	for i := range f.nodes {
		n := &f.nodes[i]
		n.state, n.attempt = waiting, 0
		if len(n.plan().Needs) == 0 {
			r.ready(n)
		}
	}
	r.noticeEnd(f)
}

// ready puts a node in line.
func (r *run) ready(n *nodeRun) {
	n.state = queued
	if n.task != nil {
		r.line.push(n)
	} else {
		r.agenda.push(n)
	}
}

// noticeEnd lets the loop or switch around a level go on once all nodes of the level have ended.
func (r *run) noticeEnd(f *frame) {
	if f.open == 0 && f.owner != nil {
		r.agenda.push(f.owner)
	}
}

// deadlock says which nodes wait for each other, where no attempt and no time is left that could end one.
func (r *run) deadlock() error {
	for f := r.root; ; {
		i := 0
		for f.nodes[i].state == ended {
			i++
		}
		if n := &f.nodes[i]; n.state != opened {
			return fmt.Errorf("%w: %s and %d more", ErrDeadlock, n.name(), f.open-1)
		}
		f = f.nodes[i].control.inside
	}
}

// tasksIn lists the tasks of some levels and of all inside of them, each once, but for those that are in others.
func (r *run) tasksIn(levels, others []*graph.Plan) []int {
	r.listings++
	r.list(others, nil)
	return r.list(levels, nil)
}

// list appends the tasks that the current listing does not have yet.
func (r *run) list(levels []*graph.Plan, tasks []int) []int {
	for _, level := range levels {
		for i := range level.Nodes {
			node := &level.Nodes[i]
			tasks = r.list(node.Bodies, tasks)
			if node.Task >= 0 && r.tasks[node.Task].listed != r.listings {
				r.tasks[node.Task].listed = r.listings
				tasks = append(tasks, node.Task)
			}
		}
	}
	return tasks
}

// noteRan notes that a task has run in this level, for it and all around it.
func (f *frame) noteRan() {
	for ; !f.ran; f = f.owner.frame {
		f.ran = true
		if f.owner == nil {
			return
		}
	}
}
