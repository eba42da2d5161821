// This file owns the event loop of a run: it waits for the next thing to happen and starts what can start.

package engine

import (
	"context"
	"fmt"
	"time"
)

// Run executes a plan and returns when every node has ended, with what it came to. The loop runs in the caller's
// goroutine and each attempt in one of its own; when Run returns only abandoned tasks are still running.
//
// When ctx ends, or when the run fails, nothing new starts, the contexts of running tasks end with the cause, and Run
// waits for them, for CancelGrace at most. If ctx has ended before the last result came in, and the run had not failed,
// the outcome is RunStopped, whatever the tasks have come to. The contexts of tasks carry the values of ctx and end with
// the run, or with the attempt if it has a Timeout.
//
// The error is for a Config that can't be run; then nothing has been started and no event was sent. Run is safe for
// concurrent use, also with the same Config if its OnEvent and Tasks are.
func Run(ctx context.Context, cfg Config) (Outcome, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return Outcome{}, err
	}
	r := newRun(ctx, cfg)
	defer close(r.over)
	defer r.cancel(nil)
	defer r.times.stop()
	r.loop()
	return r.outcome(), nil
}

// run is the state of one run. Only the loop touches it.
type run struct {
	cfg     Config
	net     network
	nodes   []nodeRun
	line    line
	times   timetable
	open    int // nodes that have not ended
	running int // attempts that hold a slot
	strays  int // abandoned attempts whose task has not returned

	ctx     context.Context // the caller's
	tasks   context.Context // from ctx: what attempts run under; ends with the stop
	cancel  context.CancelCauseFunc
	results chan result
	over    chan struct{} // closed when nobody reads results any more

	status    Status // 0 while nothing stops the run
	err       error
	graceEnds time.Time // once stopped: when running tasks are given up
}

func newRun(ctx context.Context, cfg Config) *run {
	size := len(cfg.Plan.Nodes)
	r := &run{
		cfg:     cfg,
		net:     newNetwork(cfg.Plan),
		nodes:   make([]nodeRun, size),
		open:    size,
		ctx:     ctx,
		results: make(chan result, min(cfg.MaxParallel, size)),
		over:    make(chan struct{}),
	}
	r.tasks, r.cancel = context.WithCancelCause(ctx)
	for i := range r.nodes {
		n := &r.nodes[i]
		n.index, n.duePos, n.step = i, -1, cfg.Steps[cfg.Plan.Nodes[i].Name]
		if len(cfg.Plan.Nodes[i].Needs) == 0 {
			r.line.push(n)
		}
	}
	return r
}

// loop runs until every node has ended.
func (r *run) loop() {
	r.noticeCancel()
	for r.open > 0 {
		r.launch()
		if r.open == 0 {
			return // stopped before anything ran
		}
		if r.running == 0 && !r.times.pending() {
			r.stop(RunFailed, r.deadlock())
			return
		}
		r.wait()
	}
}

// launch starts nodes from the line while slots are free.
func (r *run) launch() {
	for r.line.first != nil && r.running < r.cfg.MaxParallel {
		r.noticeCancel()
		if r.stopped() {
			return
		}
		r.start(r.line.pop())
	}
}

// wait waits for the next thing to happen, and does what it calls for.
func (r *run) wait() {
	done := r.ctx.Done()
	if r.stopped() {
		done = nil
	}
	select {
	case res := <-r.results:
		r.settle(res)
	case <-r.times.next():
		r.noticeCancel()
		r.settleAll() // a task that has returned is not given up
		r.fire(time.Now())
	case <-done:
		r.noticeCancel()
	}
}

// deadlock says which nodes wait for each other, where no attempt and no time is left that could end one.
func (r *run) deadlock() error {
	for i := range r.nodes {
		if r.nodes[i].state != ended {
			return fmt.Errorf("%w: %s and %d more", ErrDeadlock, r.name(&r.nodes[i]), r.open-1)
		}
	}
	return ErrDeadlock
}
