// This file owns the event loop of a run: it waits for the next thing to happen and starts what can start.

package engine

import (
	"context"
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
// A loop means its body written down once a round, each round after the one before: a failure that isolates itself ends
// the loop too, and what depends on the loop falls. All of a round ends before the next begins. A loop or switch that
// can't go on as it is written fails the run, wherever it stands.
//
// The error is for a Config that can't be run; then nothing has been started and no event was sent. Run is safe for
// concurrent use, also with the same Config if its funcs and Tasks are.
func Run(ctx context.Context, cfg Config) (Outcome, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return Outcome{}, err
	}
	r := newRun(ctx, cfg)
	defer close(r.over)
	defer r.release()
	defer r.times.stop()
	r.loop()
	return r.outcome(), nil
}

// run is the state of one run. Only the loop touches it.
type run struct {
	cfg      Config
	root     *frame
	tasks    []taskRun // by their place in the plan's Tasks
	line     line      // tasks that can start, and wait for a slot
	agenda   line      // loops and switches that can go on
	times    timetable
	running  int // attempts that hold a slot
	attempts int // begun
	taskRuns int // begun, as MaxTaskRuns counts
	strays   int // abandoned attempts whose task has not returned
	listings int // made by tasksIn

	ctx     context.Context // the caller's, with the run's own time
	timeUp  error           // the cause with which ctx ends when that time is over
	taskCtx context.Context // from ctx: what attempts run under; ends with the stop
	cancel  context.CancelCauseFunc
	release func()
	results chan result
	over    chan struct{} // closed when nobody reads results any more

	status    Status // 0 while nothing stops the run
	err       error
	graceEnds time.Time // once stopped: when running tasks are given up
}

func newRun(ctx context.Context, cfg Config) *run {
	size := len(cfg.Plan.Tasks)
	r := &run{
		cfg:     cfg,
		tasks:   make([]taskRun, size),
		ctx:     ctx,
		results: make(chan result, min(cfg.MaxParallel, size)),
		over:    make(chan struct{}),
	}
	endTime := func() {}
	if cfg.Timeout > 0 {
		r.timeUp = &RunTimeoutError{After: cfg.Timeout}
		r.ctx, endTime = context.WithTimeoutCause(ctx, cfg.Timeout, r.timeUp)
	}
	r.taskCtx, r.cancel = context.WithCancelCause(r.ctx)
	r.release = func() { r.cancel(nil); endTime() }
	for i, task := range cfg.Plan.Tasks {
		r.tasks[i].step = cfg.Steps[task.Name]
	}
	r.root = r.newFrame(cfg.Plan, nil)
	r.begin(r.root, nil)
	return r
}

// loop runs until every node has ended. A loop or switch goes on one step at a time, so that none keeps results, times
// or a cancel waiting.
func (r *run) loop() {
	r.noticeCancel()
	for r.root.open > 0 {
		r.launch()
		switch {
		case r.agenda.first != nil:
			r.advance(r.agenda.pop())
			r.poll()
		case r.root.open == 0: // stopped before anything ran
		case r.running == 0 && !r.times.pending():
			r.stop(RunFailed, r.deadlock())
		default:
			r.wait()
		}
	}
}

// launch starts tasks from the line while slots are free.
func (r *run) launch() {
	for r.line.first != nil && r.running < r.cfg.MaxParallel {
		r.noticeCancel()
		if r.stopped() {
			return
		}
		n := r.line.pop()
		if n.attempt > 0 || r.admit() {
			r.start(n)
		}
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
		r.fire()
	case <-done:
		r.noticeCancel()
	}
}

// poll does what wait does if it has happened already.
func (r *run) poll() {
	select {
	case res := <-r.results:
		r.settle(res)
	case <-r.times.next():
		r.fire()
	default:
	}
}
