// Package runindex keeps a summary of every record of a bucket in memory, so that
// lists, counts and change notices cost what they return, whatever the number of
// records. It knows keys, revisions, an order and facets (the properties that
// lists are filtered by), and holds a value of the caller's for each.
//
// Figures at 1,000,000 entries are in bench_test.go's benchmarks.
//
// This file owns the index as its callers see it: one lock around the content
// (content.go), and the order in which a change becomes visible and is announced
// (subscribe.go).
package runindex

import "sync"

// Entry is what the index holds for a key.
type Entry[V any] struct {
	// Key names the record. The index keeps the string: where it is cut from a
	// larger buffer, pass a copy.
	Key string

	// Revision orders the changes, over all keys: a later change of any record
	// has a larger one, as in a KV bucket.
	Revision uint64

	// Order is what lists are sorted by, Key deciding between equals. It may go
	// back. NaN counts as negative infinity.
	Order float64

	// Facets are the values of the facets in the order they were named to New.
	// "" or a missing one is no value: no filter finds it and no count has it.
	Facets []string

	// Value is the caller's. Readers get copies, so that what it points to
	// must not change.
	Value V
}

// Index is the ordered index. Its methods are safe for concurrent use.
type Index[V any] struct {
	facets []string
	hub    hub[V]

	mu      sync.RWMutex
	content *content[V]
}

// New returns an empty index with the named facets. A filter or a count over two
// properties together, say the states within a tenant, is a facet of its own
// whose values the caller joins.
func New[V any](facets ...string) *Index[V] {
	return &Index[V]{
		facets:  facets,
		hub:     hub[V]{topics: map[string]*topic[V]{}},
		content: newContent[V](len(facets)),
	}
}

// Apply stores an entry in place of the key's older one and tells its
// subscribers. It returns false, and does nothing, when the index knows the key
// at the same or a newer revision, be it as removed.
//
// payload goes to those who subscribe to the key and is kept for them alone;
// neither it nor e.Facets may be changed afterwards. A change that arrives twice is announced the
// first time, so that both ways should bring the payload.
func (x *Index[V]) Apply(e Entry[V], payload []byte) bool {
	x.mu.Lock()
	if !x.content.apply(e) {
		x.mu.Unlock()
		return false
	}
	t := x.hub.topic(e.Key)
	if t != nil {
		t.latest.Store(&Update[V]{Entry: e, Payload: payload})
	}
	for _, f := range x.hub.followers() {
		f.put(Update[V]{Entry: e})
	}
	x.mu.Unlock()
	t.wake()
	return true
}

// Remove removes a key and tells its subscribers. It returns false when there is
// no such entry, or one of the same or a newer revision. In either case, an
// Apply with a revision up to this one won't bring the key back: see tombstones
// for how long that holds.
func (x *Index[V]) Remove(key string, revision uint64) bool {
	x.mu.Lock()
	last := x.content.value(key)
	if !x.content.remove(key, revision) {
		x.mu.Unlock()
		return false
	}
	removed := removal(key, revision, last)
	t := x.hub.topic(key)
	if t != nil {
		t.latest.Store(removed)
	}
	for _, f := range x.hub.followers() {
		f.put(*removed)
	}
	x.mu.Unlock()
	t.wake()
	return true
}

// Get returns the entry of a key.
func (x *Index[V]) Get(key string) (Entry[V], bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.content.get(key)
}

// Len returns the number of entries.
func (x *Index[V]) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.content.all.size
}

// facet returns the position of a named facet, or -1.
func (x *Index[V]) facet(name string) int {
	for i, f := range x.facets {
		if f == name {
			return i
		}
	}
	return -1
}
