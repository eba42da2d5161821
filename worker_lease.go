// This file owns the lease of a claimed run: heartbeats, in-progress acks, and the way in which a cancel and a lost lease
// are found.

package pyoco

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// writePause is the least time between two writes of task states: at most four a second.
const writePause = 250 * time.Millisecond

// heartbeatsPerSecond bounds the heartbeats of all runs of a worker together.
const heartbeatsPerSecond = 50

// keep writes the snapshot while the run is executed: at each heartbeat, and soon after the progress has moved. A refused
// write shows a cancel or another owner; when nothing could be written for 5/6 of the lease, the run is lost.
func (c *claimedRun) keep(ctx context.Context) {
	last := c.renewed // by the claim
	timer := time.NewTimer(max(0, c.worker.heartbeat()-time.Since(last)))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.moved.given():
			timer.Reset(max(0, writePause-time.Since(last)))
			continue
		case <-c.hinted:
		case <-timer.C:
		}
		last = time.Now()
		c.moved.take()
		if err := c.beat(ctx); errors.Is(err, errLeaseLost) || err != nil && !time.Now().Before(c.leaseEnd()) {
			if ctx.Err() == nil {
				c.cancel(errLeaseLost)
			}
			return
		}
		timer.Reset(c.worker.heartbeat()) // what could not be written this time has until the lease ends
	}
}

// beat renews the lease by a write, and only if that succeeded tells JetStream that the job is in progress: JetStream
// doesn't fence, and would take the sign of life from a worker that has lost the run.
func (c *claimedRun) beat(ctx context.Context) error {
	ctx, cancel := context.WithDeadline(ctx, c.leaseEnd())
	defer cancel()
	// A call on a connection that is being dialled may come back later than its context says; the tasks stop all the same.
	guard := time.AfterFunc(time.Until(c.leaseEnd()), func() { c.cancel(errLeaseLost) })
	defer guard.Stop()
	err := c.change(ctx, func(r *Run) error {
		r.touch(c.worker.now())
		r.HeartbeatAt = timestamp(c.worker.now())
		return nil
	})
	if err != nil {
		if !errors.Is(err, errLeaseLost) && ctx.Err() == nil {
			c.log.Warn("lease not renewed", "error", err, "err_id", errNATSUnavailable)
		}
		return err
	}
	if time.Since(c.acked) >= c.ackProgress() {
		c.acked = time.Now()
		if err := c.delivery.InProgress(); err != nil {
			c.log.Warn("in-progress ack not sent", "error", err, "err_id", errInProgressAck)
		}
	}
	return nil
}

// leaseEnd is when the worker stops of its own accord, a sixth of the lease before others may claim the run.
func (c *claimedRun) leaseEnd() time.Time { return c.renewed.Add(c.worker.cfg.Lease * 5 / 6) }

// heartbeat is the time between two signs of life of a run. In-progress acks are sent behind them, so it stays below
// AckProgress, too.
func (w *Worker) heartbeat() time.Duration {
	w.mu.Lock()
	runs := len(w.active)
	w.mu.Unlock()
	share := time.Duration(runs) * time.Second / heartbeatsPerSecond
	return min(max(w.cfg.RunHeartbeat, share), w.cfg.Lease/5, w.ackWaits.shortest()/2)
}

// cancelHintSubject is where a gateway says that a run was cancelled. The hint is only a reason to look: the snapshot
// decides.
func cancelHintSubject(run string) string { return "pyoco.hint.cancel." + run }

func (w *Worker) onCancelHint(msg *nats.Msg) {
	run := strings.TrimPrefix(msg.Subject, cancelHintSubject(""))
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.active[run] {
		poke(c.hinted)
		c.keeper.call()
	}
}

// listen makes a run known to hints. Two jobs of one run may be with a worker at once.
func (w *Worker) listen(c *claimedRun) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active[c.job.RunID] = append(w.active[c.job.RunID], c)
}

func (w *Worker) unlisten(c *claimedRun) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := slices.DeleteFunc(w.active[c.job.RunID], func(other *claimedRun) bool { return other == c })
	if w.active[c.job.RunID] = left; len(left) == 0 {
		delete(w.active, c.job.RunID)
	}
}
