// This file owns what the sweeper knows of runs that have not ended: their newest revision, and when this process saw it
// come, by its own monotonic clock. No time of another host is ever compared.

package pyoco

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// openRuns holds every run that may need a job. It is fed by the watch, and by what the gateway writes itself. It is safe
// for concurrent use.
type openRuns struct {
	mu      sync.Mutex
	runs    map[string]openRun
	last    uint64 // the newest revision that the watch has brought
	reading int    // counts the readings of the bucket, so that runs that are gone after one are found
}

type openRun struct {
	*runSummary
	revision uint64
	since    time.Time // when this process saw the revision come
	reading  int
}

func newOpenRuns() *openRuns { return &openRuns{runs: map[string]openRun{}} }

// observe takes a revision of a run. What is older than what is known changes nothing, but for a new reading of the bucket,
// which may be of one that was made anew.
func (o *openRuns) observe(s *runSummary, revision uint64) {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	known, ok := o.runs[s.ID]
	if ok && known.reading == o.reading && known.revision >= revision {
		return
	}
	if s.Status != StatusPending && s.Status != StatusRunning && s.Status != StatusCancelling {
		delete(o.runs, s.ID)
		return
	}
	if ok && known.revision == revision {
		now = known.since
	}
	o.runs[s.ID] = openRun{runSummary: s, revision: revision, since: now, reading: o.reading}
}

// forget drops a run whose record was removed.
func (o *openRuns) forget(id string, revision uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if known, ok := o.runs[id]; ok && (known.reading != o.reading || known.revision < revision) {
		delete(o.runs, id)
	}
}

// reset begins a new reading of the bucket.
func (o *openRuns) reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.reading++
	o.last = 0
}

// live ends a reading: runs that it has not brought are gone.
func (o *openRuns) live() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, known := range o.runs {
		if known.reading != o.reading {
			delete(o.runs, id)
		}
	}
}

// brought notes how far the watch is.
func (o *openRuns) brought(revision uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = max(o.last, revision)
}

// newest is the newest revision that the watch has brought.
func (o *openRuns) newest() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last
}

// await returns once the watch has brought a revision of the bucket or a newer one, and with an error where it doesn't.
func (o *openRuns) await(ctx context.Context, revision uint64) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		if o.newest() >= revision {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("the watch of the runs has not brought revision %d", revision)
		}
	}
}

func (o *openRuns) len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.runs)
}

func (o *openRuns) has(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.runs[id]
	return ok
}

// due gives the runs that nobody has written for so long that somebody should look: a run that a worker may be executing
// for its lease, any other for grace.
func (o *openRuns) due(grace, lease time.Duration) []openRun {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	var due []openRun
	for _, run := range o.runs {
		if now.Sub(run.since) >= run.patience(grace, lease) {
			due = append(due, run)
		}
	}
	return due
}

// patience is how long a run may stay unwritten before it counts as lost.
func (r openRun) patience(grace, lease time.Duration) time.Duration {
	if !r.held() {
		return grace
	}
	return r.lease(lease)
}

// lease is how long the run's owner may be silent. A Python worker names no lease, and is given fallback.
func (r openRun) lease(fallback time.Duration) time.Duration {
	if r.hold.LeaseSec > 0 {
		return seconds(min(max(r.hold.LeaseSec, minLease.Seconds()), maxLease.Seconds()))
	}
	return fallback
}

// held says that a worker may be executing the run. One of ours that has handed it back has emptied its worker_id; a
// snapshot of a Python worker may name nobody.
func (r openRun) held() bool {
	switch r.Status {
	case StatusRunning:
		return r.WorkerID != "" || r.hold.Attempt == 0
	case StatusCancelling:
		return r.WorkerID != "" || r.hold.Attempt == 0 && r.hold.StartTime != 0
	default:
		return false
	}
}
