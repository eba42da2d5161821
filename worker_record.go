// This file owns the worker's record in the workers bucket: its JSON, and the one goroutine that writes it.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// WorkerState is the state of a worker, as its record or a reader of it says.
type WorkerState string

// The states of a worker. DISCONNECTED is found by readers: the record has not changed for too long.
const (
	WorkerRunning      WorkerState = "RUNNING"
	WorkerIdle         WorkerState = "IDLE"
	WorkerStopped      WorkerState = "STOPPED_GRACEFUL"
	WorkerDisconnected WorkerState = "DISCONNECTED"
)

// WorkerInfo is the record of a worker.
type WorkerInfo struct {
	ID                string      `json:"worker_id"`
	InstanceID        string      `json:"instance_id,omitempty"` // new at each start
	State             WorkerState `json:"state"`
	Hidden            bool        `json:"hidden"` // belongs to the operator: a worker never changes it
	Tags              []string    `json:"tags"`
	LastSeenAt        Timestamp   `json:"last_seen_at,omitempty"`
	LastHeartbeatAt   Timestamp   `json:"last_heartbeat_at,omitempty"`
	HeartbeatAt       Timestamp   `json:"heartbeat_at,omitempty"` // the same value, for older readers
	CurrentRunID      string      `json:"current_run_id,omitempty"`
	LastRunID         string      `json:"last_run_id,omitempty"`
	LastRunStatus     Status      `json:"last_run_status,omitempty"`
	LastRunStartedAt  Timestamp   `json:"last_run_started_at,omitempty"`
	LastRunFinishedAt Timestamp   `json:"last_run_finished_at,omitempty"`
	StoppedAt         Timestamp   `json:"stopped_at,omitempty"`
	StopReason        string      `json:"stop_reason,omitempty"`
	UpdatedAt         Timestamp   `json:"updated_at,omitempty"`
	WheelSync         *WheelSync  `json:"wheel_sync,omitempty"`
	Concurrency       int         `json:"concurrency,omitempty"` // 0: a Python worker
	CurrentRunIDs     []string    `json:"current_run_ids"`

	extra map[string]json.RawMessage
}

// UnmarshalJSON reads a record. A field of another type than ours counts as absent.
func (i *WorkerInfo) UnmarshalJSON(data []byte) (err error) {
	type plain WorkerInfo
	*i = WorkerInfo{}
	i.extra, err = decodeRecord(data, (*plain)(i))
	return err
}

// MarshalJSON writes the record with the fields that other writers put there.
func (i WorkerInfo) MarshalJSON() ([]byte, error) {
	type plain WorkerInfo
	return encodeRecord(plain(i), i.extra)
}

// recordKeeper writes the record: at the start, each heartbeat, soon after a run's start or end, and at a clean stop.
type recordKeeper struct {
	worker  *Worker
	changed *signal

	mu      sync.Mutex
	current map[*claimedRun]Timestamp // when each began; two may be claims of one run, of which the older is lost
	last    WorkerInfo                // only the fields of the last run

	info     WorkerInfo // as last written; of the goroutine of run
	revision uint64
}

func newRecordKeeper(w *Worker) *recordKeeper {
	return &recordKeeper{worker: w, changed: newSignal(), current: map[*claimedRun]Timestamp{}}
}

func (k *recordKeeper) begin(c *claimedRun) {
	k.mu.Lock()
	k.current[c] = timestamp(k.worker.now())
	k.mu.Unlock()
	k.changed.give()
}

func (k *recordKeeper) finish(c *claimedRun) {
	k.mu.Lock()
	if c.run.Status.Terminal() { // else the run was handed back or lost, and another worker ends it
		k.last.LastRunID, k.last.LastRunStatus = c.run.ID, c.run.Status
		k.last.LastRunStartedAt, k.last.LastRunFinishedAt = k.current[c], timestamp(k.worker.now())
	}
	delete(k.current, c)
	k.mu.Unlock()
	k.changed.give()
}

// run writes until ctx ends, and then that the worker has stopped.
func (k *recordKeeper) run(ctx context.Context) {
	k.write(ctx, false)
	timer := time.NewTimer(k.worker.cfg.WorkerHeartbeat)
	defer timer.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			final, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			k.write(final, true)
			cancel()
			return
		case <-k.changed.given():
			timer.Reset(max(0, writePause-time.Since(last)))
			continue
		case <-timer.C:
		}
		last = time.Now()
		k.changed.take()
		k.write(ctx, false)
		timer.Reset(k.worker.cfg.WorkerHeartbeat)
	}
}

// write stores the record over what is there, whose hidden and unknown fields stay. A failure is repaired by the next.
func (k *recordKeeper) write(ctx context.Context, stopped bool) {
	ctx, cancel := context.WithTimeout(ctx, k.worker.cfg.WorkerHeartbeat)
	defer cancel()
	bucket := k.worker.jet.Bucket(k.worker.cfg.Resources.WorkersBucket)
	for {
		next := k.next(stopped)
		data, err := encode(next)
		var revision uint64
		switch {
		case err != nil:
		case k.revision == 0:
			revision, err = bucket.Create(ctx, next.ID, data)
		default:
			revision, err = bucket.Update(ctx, next.ID, data, k.revision)
		}
		if err == nil {
			k.revision = revision
			return
		}
		var conflict *jet.ConflictError
		if !errors.As(err, &conflict) {
			if ctx.Err() == nil {
				k.worker.cfg.Log.Warn("worker record not written", "error", err)
			}
			return
		}
		k.adopt(conflict.Current)
	}
}

// adopt takes over what another writer put into the record.
func (k *recordKeeper) adopt(found jet.Entry) {
	known := k.revision > 0 // else it is what an earlier instance has left
	k.revision = found.Revision
	if found.Deleted {
		k.revision = 0
		return
	}
	var there WorkerInfo
	if err := json.Unmarshal(finite(found.Value), &there); err != nil {
		k.worker.cfg.Log.Warn("worker record not readable, overwritten", "error", err)
		return
	}
	if live := there.State == WorkerRunning || there.State == WorkerIdle; live && known && there.InstanceID != k.worker.instance {
		k.worker.cfg.Log.Warn("another live worker uses this worker's id: give each its own", "instance", there.InstanceID)
	}
	k.info.Hidden, k.info.extra = there.Hidden, there.extra
}

// next is the record as it should be now.
func (k *recordKeeper) next(stopped bool) WorkerInfo {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := timestamp(k.worker.now())
	info := k.last
	info.ID, info.InstanceID, info.Tags = k.worker.cfg.ID, k.worker.instance, k.worker.cfg.Tags
	info.Hidden, info.extra = k.info.Hidden, k.info.extra
	info.LastSeenAt, info.LastHeartbeatAt, info.HeartbeatAt, info.UpdatedAt = now, now, now, now
	info.Concurrency, info.WheelSync = k.worker.cfg.Concurrency, k.worker.wheels.state()
	info.CurrentRunIDs, info.State = []string{}, WorkerIdle // a list also where it is empty
	var first *claimedRun
	for c, began := range k.current {
		info.State = WorkerRunning
		info.CurrentRunIDs = append(info.CurrentRunIDs, c.job.RunID)
		if first == nil || began < k.current[first] {
			first, info.CurrentRunID = c, c.job.RunID
		}
	}
	slices.Sort(info.CurrentRunIDs)
	info.CurrentRunIDs = slices.Compact(info.CurrentRunIDs)
	if stopped {
		info.State, info.StoppedAt, info.StopReason = WorkerStopped, now, "graceful_shutdown"
	}
	k.info = info
	return info
}
