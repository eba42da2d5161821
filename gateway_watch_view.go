// This file owns what the watchers of a run are told of a change: it is decoded once for all of them, and encoded once for
// each of the two forms.

package pyoco

import (
	"bytes"
	"sync"
)

// snapshotView is one revision of a run as its watchers are shown it. It is safe for concurrent use.
type snapshotView struct {
	run         *Run
	short, full func() ([]byte, error)
}

func viewOf(run *Run) *snapshotView {
	form := func(records bool) func() ([]byte, error) {
		return sync.OnceValues(func() ([]byte, error) { return encode(run.shown(records)) })
	}
	return &snapshotView{run: run, short: form(false), full: form(true)}
}

// event is the content of a snapshot event of the run with that id.
func (v *snapshotView) event(id string, records bool, ts Timestamp) ([]byte, error) {
	snapshot := v.short
	if records {
		snapshot = v.full
	}
	data, err := snapshot()
	if err != nil {
		return nil, err
	}
	name, err := encode(id)
	if err != nil {
		return nil, err
	}
	now, err := encode(ts)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{[]byte(`{"run_id":`), name, []byte(`,"snapshot":`), data, []byte(`,"ts":`), now, []byte(`}`)}, nil), nil
}

// viewCache holds the views of the last changes. Watchers of a run come for a change at about the same time; those that
// come too late make a view of their own. It is safe for concurrent use.
type viewCache [16]struct {
	mu       sync.Mutex
	revision uint64
	record   []byte
	view     *snapshotView
}

// of gives the view of a record. The revision alone does not tell it: a bucket that was made anew counts from one again.
func (c *viewCache) of(record []byte, revision uint64) (*snapshotView, error) {
	slot := &c[revision%uint64(len(c))]
	slot.mu.Lock()
	defer slot.mu.Unlock()
	if slot.view != nil && slot.revision == revision && bytes.Equal(slot.record, record) {
		return slot.view, nil
	}
	run, err := decodeRun(record, revision)
	if err != nil {
		return nil, err
	}
	slot.revision, slot.record, slot.view = revision, record, viewOf(run)
	return slot.view, nil
}
