// This file owns what the gateway knows of workers: a table fed by a watch, and which of them are alive.

package pyoco

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// workerTable holds the newest record of every worker, and when this process saw it change. It is safe for concurrent
// use.
type workerTable struct {
	timeout time.Duration
	live    *latch

	mu      sync.RWMutex
	workers map[string]seenWorker
	reading map[string]seenWorker // during a new reading of the bucket, else nil
	last    uint64                // the newest revision that the watch has brought
}

// seenWorker is a record with what this process knows of it by its own clock.
type seenWorker struct {
	info     *WorkerInfo
	revision uint64
	changed  time.Time // when its worker last wrote; zero: not since it was first read
}

func newWorkerTable(timeout time.Duration) *workerTable {
	return &workerTable{timeout: timeout, live: newLatch(), workers: map[string]seenWorker{}}
}

// Reset begins a new reading.
func (t *workerTable) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading, t.last = map[string]seenWorker{}, 0
}

// Live shows the new reading.
func (t *workerTable) Live(uint64) {
	t.mu.Lock()
	t.workers, t.reading = t.reading, nil
	t.mu.Unlock()
	t.live.open()
}

// Entry takes one revision of a record from the watch.
func (t *workerTable) Entry(e jet.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = max(t.last, e.Revision)
	into := t.workers
	if t.reading != nil {
		into = t.reading
	}
	t.put(into, e)
}

// wrote takes a revision that this gateway has written and the watch is yet to bring: readers see it at once, and also
// after a reading that is going on.
func (t *workerTable) wrote(e jet.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Revision <= t.last { // brought, and what came after it too
		return
	}
	t.put(t.workers, e)
	if t.reading != nil {
		t.put(t.reading, e)
	}
}

// put takes over a revision that is newer than what is there.
func (t *workerTable) put(into map[string]seenWorker, e jet.Entry) {
	if there, known := into[e.Key]; known && there.revision >= e.Revision {
		return
	}
	if e.Deleted {
		delete(into, e.Key)
		return
	}
	info := &WorkerInfo{}
	if json.Unmarshal(finite(e.Value), info) != nil {
		return
	}
	info.ID = e.Key
	seen := seenWorker{info: info, revision: e.Revision}
	switch before, known := t.workers[e.Key]; {
	case known && before.revision < e.Revision && !before.info.sameSign(info):
		seen.changed = time.Now()
	case known:
		seen.changed = before.changed
	}
	into[e.Key] = seen
}

// sameSign says that both records show the same sign of life: between them, only an operator has written.
func (i *WorkerInfo) sameSign(other *WorkerInfo) bool {
	return i.InstanceID == other.InstanceID && i.State == other.State && i.LastSeenAt == other.LastSeenAt &&
		i.LastHeartbeatAt == other.LastHeartbeatAt && i.HeartbeatAt == other.HeartbeatAt
}

// show is the record as a reader should see it: one that claims to be alive and has not changed for too long is
// DISCONNECTED. Until the record has changed before this process's eyes, its own time has to do.
func (t *workerTable) show(s seenWorker, now time.Time) *WorkerInfo {
	info := *s.info
	if info.State != WorkerRunning && info.State != WorkerIdle {
		return &info
	}
	silent := now.Sub(info.LastSeenAt.Time())
	if !s.changed.IsZero() {
		silent = time.Since(s.changed)
	}
	if silent > t.timeout {
		info.State = WorkerDisconnected
	}
	return &info
}

func (t *workerTable) get(id string) (*WorkerInfo, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	s, ok := t.workers[id]
	if !ok {
		return nil, false
	}
	return t.show(s, time.Now()), true
}

// all gives every worker, newest last_seen_at first.
func (t *workerTable) all() []*WorkerInfo {
	t.mu.RLock()
	defer t.mu.RUnlock()
	list := make([]*WorkerInfo, 0, len(t.workers))
	for _, s := range t.workers {
		list = append(list, t.show(s, time.Now()))
	}
	slices.SortFunc(list, func(a, b *WorkerInfo) int {
		return cmp.Or(cmp.Compare(b.LastSeenAt, a.LastSeenAt), strings.Compare(a.ID, b.ID))
	})
	return list
}

// alive counts the workers that are RUNNING or IDLE, hidden ones too.
func (t *workerTable) alive() int {
	n := 0
	for _, info := range t.all() {
		if info.State.alive() {
			n++
		}
	}
	return n
}

// serving counts the live workers of a tag, and those of them that could take a run now.
func (t *workerTable) serving(tag string) (workers, free int) {
	for _, info := range t.all() {
		if !info.State.alive() || !slices.Contains(info.Tags, tag) {
			continue
		}
		workers++
		if info.hasRoom() {
			free++
		}
	}
	return workers, free
}

// hasRoom says whether a live worker could take a run now.
func (i *WorkerInfo) hasRoom() bool {
	return i.State == WorkerIdle || len(i.CurrentRunIDs) < i.Concurrency
}

// livePython gives a live Python worker that serves a tag.
func (t *workerTable) livePython(tag string) (id string, found bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for id, s := range t.workers {
		if s.info.Concurrency == 0 && slices.Contains(s.info.Tags, tag) && t.show(s, time.Now()).State.alive() {
			return id, true
		}
	}
	return "", false
}

// pythonExecutes says that a live Python worker says of itself that it executes a run.
func (t *workerTable) pythonExecutes(run string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, s := range t.workers {
		if s.info.Concurrency == 0 && s.info.CurrentRunID == run && t.show(s, time.Now()).State.alive() {
			return true
		}
	}
	return false
}

func (s WorkerState) alive() bool { return s == WorkerRunning || s == WorkerIdle }

// beside adds to a run what is known of its worker. Only a Python worker's first snapshot names it; later ones are found
// by what the workers say they run.
func (t *workerTable) beside(r *Run) *Run {
	id := r.WorkerID
	if id == "" && (r.Status == StatusRunning || r.Status == StatusCancelling) {
		for _, info := range t.all() {
			if info.CurrentRunID == r.ID || slices.Contains(info.CurrentRunIDs, r.ID) {
				id = info.ID // the one seen last: another may have died with the run still in its record
				break
			}
		}
	}
	if id == "" || !t.live.isOpen() {
		return r
	}
	info, ok := t.get(id)
	if !ok { // its record is gone, and so is it
		return r.with(map[string]any{"worker_alive": false, "worker_state": WorkerDisconnected, "worker_heartbeat_at": nil})
	}
	var heartbeat any
	if at := cmp.Or(info.LastHeartbeatAt, info.HeartbeatAt, info.LastSeenAt); at != 0 {
		heartbeat = at
	}
	shown := r.with(map[string]any{
		"worker_alive": info.State.alive(), "worker_state": info.State, "worker_heartbeat_at": heartbeat,
		"worker_hidden": info.Hidden, "worker_tags": info.Tags,
	})
	shown.WorkerID = id
	return shown
}
