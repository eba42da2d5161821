// This file owns what follows from what a node has come to: nodes get in line, or can't start any more, or the run fails.

package engine

import "time"

// come gives a node its value and does what follows, first in its own level, then in those around it whose loop or
// switch gets a value by that. err is the failure, for a value that is one.
func (r *run) come(n *nodeRun, v value, err *TaskError) {
	first := n.frame
	var last *frame
	for {
		last = n.frame
		before := last.net.value()
		last.net.settle(n.index, v)
		v = last.net.value()
		if v == before || !last.decides(v) {
			break
		}
		n = last.owner
	}
	if r.root.net.value() == failed { // before anything else follows: what has not started then is cancelled
		r.stop(RunFailed, err)
		return
	}
	for f := first; ; f = f.owner.frame {
		r.follow(f, err)
		if f == last {
			return
		}
	}
}

// decides says whether this value of a level is the one of the loop or switch around it: at once, but that a loop has
// succeeded only once its last round has ended.
func (f *frame) decides(v value) bool {
	return f.owner != nil && (v != succeeded || f.owner.plan().Loop == nil)
}

// follow does what the last change in a level has brought about.
func (r *run) follow(f *frame, err *TaskError) {
	for _, i := range f.net.ready {
		r.ready(&f.nodes[i])
	}
	for _, i := range f.net.fallen {
		r.closeUnstarted(&f.nodes[i], Event{Kind: Failed, Err: &DependencyError{Node: err.Node, Err: err.Err}})
	}
}

// closeUnstarted ends a node that has not begun. For a loop or switch, that is the end of all tasks inside.
func (r *run) closeUnstarted(n *nodeRun, e Event) {
	if n.task != nil {
		r.close(n, e)
		return
	}
	r.closeInside(n, e, -1)
	n.state = ended
	r.leave(n)
}

// closeInside reports the end of tasks that have not begun: of all inside a loop or switch, but for those that are in
// its body of this index (-1: none).
func (r *run) closeInside(n *nodeRun, e Event, except int) {
	bodies := n.plan().Bodies
	taken := bodies[:0]
	if except >= 0 {
		taken = bodies[except : except+1]
	}
	e.Loops = n.frame.loops
	for _, i := range r.tasksIn(bodies, taken) {
		e.Node, e.At = n.frame.plan.Tasks[i].Name, time.Now()
		r.cfg.OnEvent(e)
	}
}

// leave takes a node that has ended out of its level.
func (r *run) leave(n *nodeRun) {
	n.frame.open--
	r.noticeEnd(n.frame)
}
