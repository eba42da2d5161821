// This file owns feeds: the changes of all keys, for readers that follow everything.

package runindex

import (
	"maps"
	"slices"
	"sync"
)

// Feed gathers the changes of all keys, the newest of each, until they are taken. A reader that is slow skips to the
// newest; one that leaves more than the limit is told that it has lost some. Its methods are safe for concurrent use.
type Feed[V any] struct {
	hub   *hub[V]
	limit int
	c     chan struct{}

	mu      sync.Mutex
	pending map[string]Update[V]
	lost    bool
}

// Feed begins to gather, at most limit keys at once, until Close. Each costs every change a little: they are for few.
func (x *Index[V]) Feed(limit int) *Feed[V] {
	f := &Feed[V]{hub: &x.hub, limit: limit, c: make(chan struct{}, 1), pending: map[string]Update[V]{}}
	x.hub.mu.Lock()
	defer x.hub.mu.Unlock()
	x.hub.feeds = append(slices.Clone(x.hub.feeds), f) // readers of the old slice go on undisturbed
	return f
}

// C returns the channel that has an element when Take has something, or had until just now. It is never closed.
func (f *Feed[V]) C() <-chan struct{} { return f.c }

// Take returns the changes since the last call in the order of their revisions, without payloads. lost says that there
// were others: more than the limit, or the index was read anew.
func (f *Feed[V]) Take() (changes []Update[V], lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	changes, lost = slices.Collect(maps.Values(f.pending)), f.lost
	slices.SortFunc(changes, func(a, b Update[V]) int {
		switch {
		case a.Entry.Revision < b.Entry.Revision:
			return -1
		case a.Entry.Revision > b.Entry.Revision:
			return 1
		}
		return 0
	})
	clear(f.pending)
	f.lost = false
	return changes, lost
}

// Close ends the feed. It may be called again.
func (f *Feed[V]) Close() {
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()
	f.hub.feeds = slices.DeleteFunc(slices.Clone(f.hub.feeds), func(other *Feed[V]) bool { return other == f })
}

// put takes one change, where there is room for its key.
func (f *Feed[V]) put(u Update[V]) {
	f.mu.Lock()
	if _, known := f.pending[u.Entry.Key]; known || len(f.pending) < f.limit {
		f.pending[u.Entry.Key] = u
	} else {
		f.lost = true
	}
	f.mu.Unlock()
	f.wake()
}

// lose drops what was gathered: all of it may have changed.
func (f *Feed[V]) lose() {
	f.mu.Lock()
	clear(f.pending)
	f.lost = true
	f.mu.Unlock()
	f.wake()
}

func (f *Feed[V]) wake() {
	select {
	case f.c <- struct{}{}:
	default: // it has been told and hasn't looked yet
	}
}

// followers are the feeds that there are now. They are told while the index is locked, so that they keep the order of
// changes.
func (h *hub[V]) followers() []*Feed[V] {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.feeds
}
