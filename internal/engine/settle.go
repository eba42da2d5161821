// This file owns the way of a task through its attempts: started, tried again, ended.

package engine

import (
	"fmt"
	"time"
)

// admit counts one more task run, if the run may have it.
func (r *run) admit() bool {
	if r.taskRuns == r.cfg.MaxTaskRuns {
		limit := &LimitError{Of: "task runs", Limit: "MaxTaskRuns", Max: r.cfg.MaxTaskRuns}
		r.stop(RunFailed, fmt.Errorf("the run needs %w", limit))
		return false
	}
	r.taskRuns++
	return true
}

// start begins a task's next attempt.
func (r *run) start(n *nodeRun) {
	n.state = running
	n.attempt++
	r.attempts++
	n.serial = r.attempts
	r.running++
	n.frame.noteRan()
	now := r.emit(n, Event{Kind: Started})
	timeout := n.task.step.Policy.Timeout
	if timeout > 0 {
		r.times.set(n, now.Add(timeout).Add(r.cfg.CancelGrace))
	}
	a := &attempt{
		ctx:     r.taskCtx,
		task:    n.task.step.Task,
		call:    Call{Node: n.name(), Attempt: n.attempt, Loops: n.frame.loops},
		timeout: timeout,
		results: r.results,
		over:    r.over,
		result:  result{node: n, serial: n.serial},
	}
	go a.run()
}

// settle takes an attempt's result. That of an abandoned attempt only tells that its task has returned at last.
func (r *run) settle(res result) {
	n := res.node
	if n.state != running || n.serial != res.serial {
		n.task.strays--
		r.strays--
		return
	}
	r.noticeCancel() // before anything is decided: a task's failure may be no more than the echo of a cancel
	r.running--
	r.times.drop(n)
	switch {
	case res.err == nil:
		r.end(n, Event{Kind: Succeeded, Output: res.output})
	case res.stopped:
		r.end(n, Event{Kind: Cancelled, Err: res.err})
	default:
		r.fail(n, res.err, res.permanent)
	}
}

// settleAll takes the results that are there.
func (r *run) settleAll() {
	for {
		select {
		case res := <-r.results:
			r.settle(res)
		default:
			return
		}
	}
}

// fail takes the failure of an attempt: the task is tried again, or has failed. A run that stops tries nothing again.
func (r *run) fail(n *nodeRun, err error, permanent bool) {
	policy := n.task.step.Policy
	if permanent || r.stopped() || n.attempt > policy.Retries {
		r.end(n, Event{Kind: Failed, Err: err})
		return
	}
	now := r.emit(n, Event{Kind: Retrying, Err: err})
	pause := policy.pause(n.attempt, r.cfg.Random)
	if pause == 0 {
		r.ready(n)
		return
	}
	n.state = pausing
	r.times.set(n, now.Add(pause))
}

// end ends a task that has run, and does what follows.
func (r *run) end(n *nodeRun, e Event) {
	r.close(n, e)
	if r.stopped() {
		return // nothing can follow
	}
	if e.Kind == Succeeded {
		r.come(n, succeeded, nil)
		return
	}
	v := failed
	if n.task.step.Policy.Isolate {
		v = isolated
	}
	r.come(n, v, &TaskError{Node: n.name(), Attempt: n.attempt, Loops: n.frame.loops, Err: e.Err})
}

// close reports a task's end.
func (r *run) close(n *nodeRun, e Event) {
	n.state = ended
	r.emit(n, e)
	r.leave(n)
}

// emit completes an event, tells it, and gives its time.
func (r *run) emit(n *nodeRun, e Event) time.Time {
	e.Node, e.Attempt, e.Loops, e.At = n.name(), n.attempt, n.frame.loops, time.Now()
	r.cfg.OnEvent(e)
	return e.At
}
