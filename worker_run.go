// This file owns one claimed run: its execution, its lease, and its one end.

package pyoco

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/jet"
)

// claimedRun is a job in the hands of this worker. It belongs to the goroutine of its delivery; run, own and renewed
// belong to keep while that runs.
type claimedRun struct {
	worker   *Worker
	delivery *jet.Delivery
	job      *job
	log      *slog.Logger

	own     owner
	run     *Run      // as last written
	renewed time.Time // when the last write that succeeded began, by the monotonic clock
	acked   time.Time // when the last in-progress ack was sent

	progress atomic.Pointer[progress] // nil until the flow is found
	cancel   context.CancelCauseFunc
	keeper   leaseKeeper
	moved    *signal       // of the progress, since it was last written
	hinted   chan struct{} // somebody says that the run was cancelled
}

// Causes with which the context of a run's tasks ends, beside errDrained.
var (
	errCancelRequested = errors.New("the run was cancelled")
	errLeaseLost       = errors.New("the run's lease was lost: another worker may execute it")
)

// execute runs the flow and ends the run. The claim is written.
func (c *claimedRun) execute() {
	c.moved = newSignal()
	c.acked = time.Now()
	ctx, cancel := context.WithCancelCause(c.worker.base)
	defer cancel(nil)
	c.cancel = cancel
	c.worker.record.begin(c)
	defer func() {
		c.worker.unlisten(c)
		c.worker.record.finish(c)
	}()

	c.keeper.open(c)
	outcome, refused := c.perform(ctx)
	c.keeper.close()
	switch cause := context.Cause(ctx); {
	case refused != nil && cause != nil: // looking for its tasks may have ended for that alone
		c.conclude(cause, outcome)
	case refused != nil:
		c.end(StatusFailed, refused.Error(), refused.reason)
	default:
		c.conclude(cause, outcome)
	}
}

// perform finds the flow and runs its tasks, while keep holds the lease: the resolver is the user's, and may take long.
func (c *claimedRun) perform(ctx context.Context) (engine.Outcome, *flowError) {
	python := c.worker.python.acquire()
	defer c.worker.python.release(python)
	flow, tasks, refused := c.resolve(ctx, python)
	if refused != nil {
		return engine.Outcome{}, refused
	}
	values, err := newScope(c.job.Params, flow.exposeEnv)
	if err != nil {
		return engine.Outcome{}, &flowError{reason: reasonExecutionError, text: err.Error()}
	}
	values.fill(flow.defaults)
	p := newProgress(flow, values, c.moved.give)
	p.flowText, p.maxInputs = c.keepText(flow), c.worker.cfg.MaxSnapshotBytes
	c.progress.Store(p)
	outcome, err := execution{
		maxParallel: c.worker.cfg.MaxParallelTasks, cancelGrace: c.worker.cfg.CancelGrace,
		context: TaskContext{
			RunID: c.job.RunID, Flow: c.job.Flow, Attempt: c.own.attempt, Log: c.log, folder: c.worker.cfg.artifactsOf(c.job.RunID),
		},
	}.execute(ctx, flow, tasks, p)
	if err != nil {
		return outcome, &flowError{reason: reasonInvalidWorkflow, text: err.Error()}
	}
	return outcome, nil
}

// conclude ends the run as its outcome says, or gives it up.
func (c *claimedRun) conclude(cause error, outcome engine.Outcome) {
	if len(outcome.Abandoned) > 0 {
		c.log.Error("tasks did not return in time, the run ends without them", "tasks", outcome.Abandoned, "err_id", errCancelTimedOut)
	}
	switch {
	case errors.Is(cause, errLeaseLost):
		c.log.Warn("run lost: its tasks were stopped, nothing is written", "attempt", c.own.attempt)
	case outcome.Status == engine.Completed:
		c.end(StatusCompleted, "", "")
	case outcome.Status == engine.RunFailed:
		c.end(StatusFailed, outcome.Err.Error(), reasonExecutionError)
	case errors.Is(cause, errDrained) && len(outcome.Abandoned) > 0:
		c.log.Warn("run not handed back: its lease has to end first, for a task of it is still running here", "tasks", outcome.Abandoned)
	case errors.Is(cause, errDrained):
		c.handBack()
	default:
		text := ""
		if len(outcome.Abandoned) > 0 {
			text = "cancel timed out: tasks that did not return: " + strconv.Quote(outcome.Abandoned[0])
		}
		c.end(StatusCancelled, text, "")
	}
}

// change writes the snapshot as the owner. The first try is made from what was last written, without a read.
func (c *claimedRun) change(ctx context.Context, apply func(*Run) error) error {
	began := time.Now()
	run, err := c.worker.runs.update(ctx, c.run, func(r *Run) error {
		if !c.own.owns(r) || r.Status.Terminal() {
			return errLeaseLost
		}
		if r.Status == StatusCancelling {
			c.cancel(errCancelRequested)
		}
		if r.ParamsTruncated { // read back from a write that had no room for them; the job has them
			r.Params, r.ParamsTruncated = c.job.Params, false
		}
		if p := c.progress.Load(); p != nil {
			p.apply(r)
		}
		return apply(r)
	})
	if errors.Is(err, jet.ErrNotFound) {
		return errLeaseLost
	}
	if err == nil {
		c.run, c.renewed = run, began
	}
	return err
}

// end writes the terminal snapshot, then the dead letter, and only then acks. Shutdown can't cancel it.
func (c *claimedRun) end(status Status, text, reason string) {
	ctx, cancel := context.WithDeadline(c.base(), later(c.leaseEnd(), time.Now().Add(lastWordsTime)))
	defer cancel()
	err := c.change(ctx, func(r *Run) error {
		if status == StatusCancelled && r.Status == StatusRunning { // a foreign writer has put the old status back
			r.requestCancel(r.CancelRequestedBy, c.worker.now())
		}
		return r.finish(status, text, c.worker.now())
	})
	switch {
	case errors.Is(err, errLeaseLost):
		c.log.Warn("run lost before its end was written", "attempt", c.own.attempt)
		return
	case err != nil:
		c.log.Error("the run's end could not be written, its job will come again", "error", err, "err_id", errTerminalState)
		if time.Now().Before(c.leaseEnd()) { // later the job may be another worker's, and JetStream doesn't fence
			_ = c.delivery.Nak(nakDelay)
		}
		return
	}
	if c.run.Status == StatusFailed { // a cancel may have come before the failure
		c.log.Warn("run failed", "error", c.run.Error, "reason", reason, "err_id", errExecutionFailed)
		if reason != reasonExecutionError || !c.worker.cfg.NoExecutionErrorLetters {
			_ = c.worker.bury(ctx, c.delivery, c.letter(reason, c.run.Error))
		}
	}
	c.ack()
}

// handBack gives the run to another worker: first the snapshot says that nobody has it, then the job is free.
func (c *claimedRun) handBack() {
	ctx, cancel := c.worker.lastWords()
	defer cancel()
	err := c.change(ctx, func(r *Run) error {
		return r.handBack(c.worker.now())
	})
	if err != nil { // the job comes again by itself once its AckWait has passed
		c.log.Warn("run not handed back, its lease has to end first", "error", err)
		return
	}
	c.log.Info("run handed back")
	_ = c.delivery.Nak(0)
}

// ack removes the job. One that is lost does no harm: the job comes again and finds the run ended.
func (c *claimedRun) ack() {
	if err := c.delivery.Ack(); err != nil {
		c.log.Debug("job not acked, it will come again and find the run ended", "error", err)
	}
}

// base is a context that shutdown doesn't end.
func (c *claimedRun) base() context.Context { return context.WithoutCancel(c.worker.base) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
