// This file owns the way from a delivered job to a claimed run: what is done with a job that is not to be run, and who
// may claim one that is.

package pyoco

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// A lease in a snapshot counts only between these: it may be anything there.
const (
	minLease = time.Second
	maxLease = time.Hour
)

// nakDelay is how long a job waits after NATS trouble.
const nakDelay = 2 * time.Second

// newIntake makes the intake of the jobs of all tags.
func (w *Worker) newIntake(slots int) (*jet.Intake, error) {
	consumers := make([]string, len(w.cfg.Tags))
	for i, tag := range w.cfg.Tags {
		consumers[i] = consumerName(tag)
	}
	return w.jet.NewIntake(jet.IntakeConfig{
		Stream: workStream, Consumers: consumers, Slots: slots, Poll: w.cfg.PollTimeout,
		Ensure: func(ctx context.Context, consumer string) error {
			if err := w.cfg.Resources.ensureWork(ctx, w.jet); err != nil {
				return err
			}
			if err := w.cfg.Resources.ensureConsumer(ctx, w.jet, consumer); err != nil {
				return err
			}
			w.lookAtAckWait(ctx, consumer)
			return nil
		},
		Handle: w.handle,
		Log:    w.cfg.Log,
	})
}

// handle takes one delivery to its end: the last thing it does is the answer to JetStream.
func (w *Worker) handle(d *jet.Delivery) {
	j, err := decodeJob(d.Data)
	if err != nil {
		w.refuseJob(d, err)
		return
	}
	c := &claimedRun{worker: w, delivery: d, job: j, hinted: make(chan struct{}, 1), log: w.cfg.Log.With("run_id", j.RunID, "flow_name", j.Flow, "tag", j.Tag)}
	err = c.claim(w.base)
	switch {
	case errors.Is(err, errSettled):
	case errors.Is(err, errDrained):
		_ = d.Nak(0)
	case errors.Is(err, errTooManyHeld):
		c.log.Warn("run not claimed: too many jobs are kept for runs that others execute", "limit", maxHeld)
		_ = d.Nak(w.cfg.Lease) // nothing can be known before, and each delivery counts
	case errors.Is(err, jet.ErrNotFound):
		c.log.Warn("job of a run that does not exist, dropped", "reason", reasonRunNotFound)
		_ = w.bury(c.base(), d, c.letter(reasonRunNotFound, "the run has no snapshot"))
		_ = d.Term()
	case err != nil:
		c.log.Warn("run not claimed, the job will come again", "error", err, "err_id", errNATSUnavailable)
		_ = d.Nak(nakDelay)
	default:
		c.execute()
	}
}

// Reasons for which a job is not executed now.
var (
	errSettled     = errors.New("nothing to run: the job was answered")
	errTooManyHeld = errors.New("too many jobs are kept for runs that others execute")
)

// claim makes the worker the run's owner. The first claim of a job that holds the whole snapshot needs no read.
func (c *claimedRun) claim(ctx context.Context) error {
	run, err := c.known(ctx)
	if err != nil {
		return err
	}
	for {
		if wait := c.mustWait(run); wait {
			if run, err = c.hold(c.worker.taking, run); err != nil {
				return err
			}
		}
		if done, err := c.settle(run); done || err != nil {
			return err
		}
		next := run.clone()
		own, err := next.claim(c.worker.cfg.ID, c.worker.cfg.Lease, c.delivery.Sequence, c.worker.now())
		if err != nil { // PENDING_APPROVAL: the approval has not reached the snapshot
			return err
		}
		began := time.Now()
		c.worker.listen(c) // before the write, so that no cancel after it is missed
		if err = c.write(next); err == nil {
			c.own, c.run, c.renewed = own, next, began
			return nil
		}
		c.worker.unlisten(c)
		if run, err = conflicting(err); err != nil {
			return err
		}
	}
}

// write stores a snapshot that a claim has made. A stop doesn't end it: a write that was given up may be applied all the
// same, and the run would then seem to be in somebody's hands for a whole lease.
//
// It takes no more than half a lease, so that a claim leaves time to execute.
func (c *claimedRun) write(next *Run) error {
	ctx, cancel := context.WithTimeout(c.base(), min(lastWordsTime, c.worker.cfg.Lease/2))
	defer cancel()
	return c.worker.runs.write(ctx, next)
}

// known is the snapshot as the job tells it, or else as it is read.
func (c *claimedRun) known(ctx context.Context) (*Run, error) {
	revision, err := strconv.ParseUint(c.delivery.Header.Get(headerRunRevision), 10, 64)
	if err == nil && revision > 0 && c.delivery.Delivered == 1 {
		return c.job.snapshot(revision), nil
	}
	return c.worker.runs.get(ctx, c.job.RunID)
}

// mustWait says that somebody may be executing the run.
func (c *claimedRun) mustWait(r *Run) bool {
	switch r.Status {
	case StatusRunning:
		return r.WorkerID != "" || r.Attempt == 0 // a Python worker's snapshot may name nobody
	case StatusCancelling: // a Python worker's snapshot may name nobody; one that has ended the run says so by its end
		return r.EndTime == 0 && (r.WorkerID != "" || r.Attempt == 0 && r.StartTime != 0)
	default:
		return false
	}
}

// settle answers a job whose run is not to be executed: one that has ended, or was cancelled before anyone ran it.
func (c *claimedRun) settle(r *Run) (bool, error) {
	for r.Status == StatusCancelling {
		next := r.clone()
		if err := next.finish(StatusCancelled, r.Error, c.worker.now()); err != nil {
			return true, err
		}
		err := c.write(next)
		if err == nil {
			c.log.Info("run cancelled before it was executed")
			r = next
			break
		}
		if r, err = conflicting(err); err != nil {
			return true, err
		}
		if c.mustWait(r) {
			return true, errors.New("somebody else has claimed the cancelled run")
		}
	}
	if !r.Status.Terminal() {
		return false, nil
	}
	c.ack()
	return true, errSettled
}

// hold keeps the job of a run that somebody else may be executing, without a slot and without spending deliveries, until
// the run has ended, was given up, or has not changed for its lease by this worker's clock. It gives the snapshot then.
func (c *claimedRun) hold(ctx context.Context, r *Run) (*Run, error) {
	select {
	case c.worker.held <- struct{}{}:
		defer func() { <-c.worker.held }()
	default:
		return nil, errTooManyHeld
	}
	c.delivery.ReleaseSlot()
	c.log.Info("somebody else may be executing the run, waiting for its lease", "owner", r.WorkerID, "attempt", r.Attempt)
	ticker := time.NewTicker(min(c.ackProgress(), c.leaseOf(r)/10))
	defer ticker.Stop()
	for seen, since := r.Revision, time.Now(); ; {
		if !c.mustWait(r) || time.Since(since) >= c.leaseOf(r) { // each owner of the run has its own lease
			if r.Status.Terminal() { // only to be acked
				return r, nil
			}
			return r, c.takeSlot(ctx)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-ticker.C:
		}
		current, err := c.worker.runs.get(ctx, c.job.RunID)
		if errors.Is(err, jet.ErrNotFound) {
			return nil, err
		}
		if err != nil && !jet.Unanswered(err) { // it can't be read: no waiting will change that
			return nil, err
		}
		if err != nil { // not answered: the lease can't be judged, and time without an answer doesn't count
			since = time.Now()
			continue
		}
		_ = c.delivery.InProgress()
		if r = current; r.Revision != seen {
			seen, since = r.Revision, time.Now()
			ticker.Reset(min(c.ackProgress(), c.leaseOf(r)/10))
		}
	}
}

// leaseOf is how long the owner of a run may be silent; a Python worker names no lease, and is given this worker's own.
func (c *claimedRun) leaseOf(r *Run) time.Duration {
	if r.LeaseSec > 0 {
		return seconds(min(max(r.LeaseSec, minLease.Seconds()), maxLease.Seconds()))
	}
	return c.worker.cfg.Lease
}

// ackProgress is the time between two in-progress acks of the job.
func (c *claimedRun) ackProgress() time.Duration {
	return c.worker.ackWaits.of(c.delivery.Consumer)
}

// takeSlot waits for a slot, and keeps the job meanwhile.
func (c *claimedRun) takeSlot(ctx context.Context) error {
	var keeping sync.WaitGroup
	defer keeping.Wait()
	taken := make(chan struct{})
	defer close(taken)
	keeping.Go(func() {
		ticker := time.NewTicker(c.ackProgress())
		defer ticker.Stop()
		for {
			select {
			case <-taken:
				return
			case <-ticker.C:
				_ = c.delivery.InProgress()
			}
		}
	})
	return c.worker.intake.TakeSlot(ctx, c.delivery)
}
