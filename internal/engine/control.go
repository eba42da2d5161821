// This file owns how loops and switches go on: into what stands inside, and out.

package engine

import (
	"slices"
	"time"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

// control is what a node has that is a loop or switch. Only the loop of the run touches it.
type control struct {
	frames []*frame // one a body, made when it is first needed
	inside *frame   // the one that is in use, or was last
	rounds rounds   // of a loop
}

// advance takes the next step of a loop or switch: into it, or out of the round that has ended. A cancel is looked at
// before anything new; one that comes after the last task has ended comes too late.
func (r *run) advance(n *nodeRun) {
	if n.state == queued {
		r.noticeCancel()
	}
	switch plan := n.plan(); {
	case n.state == ended: // by a stop
	case n.state == queued && plan.Loop != nil:
		r.enterLoop(n, plan.Loop)
	case n.state == queued:
		r.enterSwitch(n, plan.Switch)
	case r.stopped():
		r.depart(n)
	case plan.Loop != nil && !n.control.inside.ran && !r.admit():
		r.depart(n)
	case plan.Loop != nil && n.control.inside.net.value() == succeeded:
		r.roundEnded(n, plan.Loop)
	default: // its value was told as soon as it was known
		r.depart(n)
	}
}

// enterSwitch takes the first case that matches.
func (r *run) enterSwitch(n *nodeRun, choice *graph.Switch) {
	v, err := r.cfg.Eval(choice.On, n.frame.loops)
	if err != nil {
		r.giveUp(n, err)
		return
	}
	n.state = opened
	taken := slices.IndexFunc(choice.Cases, func(c graph.Case) bool { return c.Default || expr.Equal(v, c.Match) })
	r.closeInside(n, Event{Kind: Skipped}, taken)
	if taken < 0 {
		r.giveUp(n, about(choice.On, &NoCaseError{Cases: choice.Cases}))
		return
	}
	r.open(n, taken, n.frame.loops)
}

// open begins a round of one of the bodies.
func (r *run) open(n *nodeRun, body int, loops []LoopState) {
	c := n.control
	if c.frames[body] == nil {
		c.frames[body] = r.newFrame(n.plan().Bodies[body], n)
	}
	c.inside = c.frames[body]
	r.begin(c.inside, loops)
}

// depart ends a loop or switch in which nothing runs any more.
func (r *run) depart(n *nodeRun) {
	if loop := n.plan().Loop; loop != nil {
		r.cfg.OnLoop(LoopEvent{
			Loop: loop, Around: n.frame.loops, Ended: true, Rounds: n.control.rounds.begun, At: time.Now(),
		})
	}
	n.state = ended
	r.leave(n)
}

// giveUp fails the run for a loop or switch that can't go on.
func (r *run) giveUp(n *nodeRun, err error) {
	if n.state == opened {
		r.depart(n)
	}
	r.stop(RunFailed, newControlError(n.plan(), n.frame.loops, err))
}
