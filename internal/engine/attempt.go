// This file owns one attempt of a task, in a goroutine of its own. It touches nothing of the run's state: it sends a
// result, and that's all.

package engine

import (
	"context"
	"errors"
	"runtime/debug"
	"time"
)

// attempt is one call of a task.
type attempt struct {
	ctx     context.Context // the run's
	task    Task
	call    Call
	timeout time.Duration
	results chan<- result
	over    <-chan struct{} // closed when nobody reads results any more
	result  result
}

// result is how an attempt ended.
type result struct {
	node      *nodeRun // touched by the loop alone
	serial    int      // the attempt's, among all of the run
	output    any
	err       error
	permanent bool // err forbids further attempts
	stopped   bool // the run's context had ended it before it returned
}

// run makes the attempt and sends its result, also when the task ends its goroutine.
func (a *attempt) run() {
	a.result.err = ErrGoexit // unless it returns or panics
	defer a.send()
	if a.timeout == 0 {
		a.execute(a.ctx)
		return
	}
	ctx, cancel := context.WithTimeout(a.ctx, a.timeout)
	defer cancel()
	a.execute(ctx)
}

// send never waits for long: somebody reads the results until over is closed.
func (a *attempt) send() {
	select {
	case a.results <- a.result:
	case <-a.over:
	}
}

// execute calls the task and judges its error, which may run code of the error's type: both may panic.
func (a *attempt) execute(ctx context.Context) {
	res := &a.result
	defer func() {
		if v := recover(); v != nil {
			res.output, res.err = nil, &PanicError{Value: v, Stack: debug.Stack()}
		}
		res.stopped = ctx.Err() != nil && !a.timedOut(ctx)
	}()
	output, err := a.task.Run(ctx, a.call)
	if err == nil {
		res.output, res.err = output, nil
		return
	}
	res.err, res.permanent = err, permanent(err)
	if a.timedOut(ctx) {
		if errors.Is(err, context.DeadlineExceeded) {
			err = nil
		}
		res.err = &TimeoutError{After: a.timeout, Err: err}
	}
}

// timedOut says that ctx was ended by the attempt's own time, not by a deadline of the run.
func (a *attempt) timedOut(ctx context.Context) bool {
	return errors.Is(ctx.Err(), context.DeadlineExceeded) && !errors.Is(a.ctx.Err(), context.DeadlineExceeded)
}
