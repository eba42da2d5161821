// This file owns the way of a node through its attempts: started, tried again, ended, and what its end brings about.

package engine

import "time"

// start begins a node's next attempt.
func (r *run) start(n *nodeRun) {
	n.state = running
	n.attempt++
	r.running++
	now := r.emit(n, Event{Kind: Started})
	timeout := n.step.Policy.Timeout
	if timeout > 0 {
		r.times.set(n, now.Add(timeout).Add(r.cfg.CancelGrace))
	}
	a := &attempt{
		ctx:     r.tasks,
		task:    n.step.Task,
		call:    Call{Node: r.name(n), Attempt: n.attempt},
		timeout: timeout,
		results: r.results,
		over:    r.over,
		result:  result{node: n.index, attempt: n.attempt},
	}
	go a.run()
}

// settle takes an attempt's result. That of an abandoned attempt only tells that its task has returned at last.
func (r *run) settle(res result) {
	n := &r.nodes[res.node]
	if n.state != running || n.attempt != res.attempt {
		n.strays--
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

// fail takes the failure of an attempt: the node is tried again, or has failed. A run that stops tries nothing again.
func (r *run) fail(n *nodeRun, err error, permanent bool) {
	policy := n.step.Policy
	if permanent || r.stopped() || n.attempt > policy.Retries {
		r.end(n, Event{Kind: Failed, Err: err})
		return
	}
	now := r.emit(n, Event{Kind: Retrying, Err: err})
	if policy.RetryDelay == 0 {
		r.line.push(n)
		return
	}
	n.state = pausing
	r.times.set(n, now.Add(policy.RetryDelay))
}

// end ends a node that has run, and does what follows: nodes get in line, or can't start any more, or the run fails.
func (r *run) end(n *nodeRun, e Event) {
	r.close(n, e)
	if r.stopped() {
		return // nothing can follow
	}
	v := succeeded
	switch {
	case e.Kind == Failed && n.step.Policy.Isolate:
		v = isolated
	case e.Kind == Failed:
		v = failed
	}
	r.net.settle(n.index, v)
	if r.net.endFailed {
		r.stop(RunFailed, &TaskError{Node: r.name(n), Attempt: n.attempt, Err: e.Err})
		return
	}
	for _, i := range r.net.ready {
		r.line.push(&r.nodes[i])
	}
	for _, i := range r.net.fallen {
		r.close(&r.nodes[i], Event{Kind: Failed, Err: &DependencyError{Node: r.name(n), Err: e.Err}})
	}
}

// close reports a node's end.
func (r *run) close(n *nodeRun, e Event) {
	n.state = ended
	r.open--
	r.emit(n, e)
}

// emit completes an event, tells it, and gives its time.
func (r *run) emit(n *nodeRun, e Event) time.Time {
	e.Node, e.Attempt, e.At = r.name(n), n.attempt, time.Now()
	r.cfg.OnEvent(e)
	return e.At
}

func (r *run) name(n *nodeRun) string { return r.cfg.Plan.Nodes[n.index].Name }
