// This file owns how a run ends before its time: the stop, the grace for what still runs, and the outcome.

package engine

import (
	"context"
	"errors"
	"time"
)

func (r *run) stopped() bool { return r.status != 0 }

// noticeCancel stops the run if the caller's context has ended, or the run's own time.
func (r *run) noticeCancel() {
	if r.stopped() || r.ctx.Err() == nil {
		return
	}
	cause := context.Cause(r.ctx)
	if r.timeUp != nil && errors.Is(cause, r.timeUp) {
		r.stop(RunFailed, cause)
	} else {
		r.stop(RunStopped, cause)
	}
}

// stop decides the outcome: what has not started never will, and what runs is told to end and given the grace. The
// first stop stands.
func (r *run) stop(status Status, err error) {
	r.status, r.err = status, err
	r.graceEnds = time.Now().Add(r.cfg.CancelGrace)
	r.cancel(err)
	r.halt(r.root)
}

// halt does that in a level and in all inside of it. Loops and switches that have begun leave by themselves.
func (r *run) halt(f *frame) {
	for i := range f.nodes {
		n := &f.nodes[i]
		switch n.state {
		case waiting, queued, pausing:
			r.times.drop(n)
			r.closeUnstarted(n, Event{Kind: Cancelled, Err: r.err})
		case running:
			// One that is already due before then had run out of its own time: it keeps that.
			if n.duePos < 0 || n.due.After(r.graceEnds) {
				r.times.set(n, r.graceEnds)
			}
		case opened:
			r.halt(n.control.inside)
		case ended:
		}
	}
}

// fire does what is due by now: it tries tasks again after their pause, and abandons those that don't return.
func (r *run) fire() {
	r.noticeCancel()
	r.settleAll() // a task that has returned is not given up
	now := time.Now()
	for n := r.times.pop(now); n != nil; n = r.times.pop(now) {
		if n.state == pausing {
			r.ready(n)
		} else {
			r.abandon(n)
		}
	}
}

// abandon goes on without a task that has not returned in its grace. If it was its own time that had ended, that is a
// failure like any other.
func (r *run) abandon(n *nodeRun) {
	r.running--
	n.task.strays++
	r.strays++
	if r.stopped() && !n.due.Before(r.graceEnds) {
		r.end(n, Event{Kind: Cancelled, Err: ErrAbandoned})
		return
	}
	r.fail(n, &TimeoutError{After: n.task.step.Policy.Timeout, Err: ErrAbandoned}, false)
}

// outcome is what the run came to.
func (r *run) outcome() Outcome {
	out := Outcome{Status: Completed}
	if r.stopped() {
		out.Status, out.Err = r.status, r.err
	}
	if r.strays == 0 {
		return out
	}
	r.settleAll() // strays alone are left: some may just have returned
	for i, task := range r.cfg.Plan.Tasks {
		if r.tasks[i].strays > 0 {
			out.Abandoned = append(out.Abandoned, task.Name)
		}
	}
	return out
}
