// This file owns the records that the watch has brought last, so that the stream of a run under way begins without a read.

package pyoco

import "sync"

const (
	// maxRecent is how many records are kept, and maxRecentBytes how large one may be: 4 MiB in all.
	maxRecent      = 256
	maxRecentBytes = 16 << 10
)

// recentRecords holds the newest records of the runs that have changed last. It is safe for concurrent use.
type recentRecords struct {
	mu    sync.Mutex
	runs  map[string]recentRecord
	order [maxRecent]string // of their coming
	next  int               // whose place is the next one's
}

type recentRecord struct {
	revision uint64
	record   []byte
}

func newRecentRecords() *recentRecords { return &recentRecords{runs: map[string]recentRecord{}} }

// put takes a run's newest record, which nobody may change any more. One that is too large, or nil, is only no longer there.
func (r *recentRecords) put(run string, revision uint64, record []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if record == nil || len(record) > maxRecentBytes {
		delete(r.runs, run)
		return
	}
	if _, known := r.runs[run]; !known {
		delete(r.runs, r.order[r.next])
		r.order[r.next] = run
		r.next = (r.next + 1) % maxRecent
	}
	r.runs[run] = recentRecord{revision: revision, record: record}
}

// at gives the record of a run at a revision, or nil.
func (r *recentRecords) at(run string, revision uint64) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if recent := r.runs[run]; recent.revision == revision {
		return recent.record
	}
	return nil
}

// reset forgets all: the bucket is read anew.
func (r *recentRecords) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.runs)
}
