// This file owns the rebuild: new content that is gathered beside the old one and
// takes its place in one step.

package runindex

import "sync"

// Build gathers the new content of an index, while readers see the old one. Its
// methods are safe for concurrent use.
type Build[V any] struct {
	index *Index[V]

	mu      sync.Mutex
	content *content[V] // nil once it has been swapped in
}

// Rebuild begins with empty content that knows no revision, for the records may
// come from a bucket that was made anew and counts from one again. It may simply
// be dropped. Changes applied to the index meanwhile are not in it: a caller
// that writes beside the feed applies such a change to both.
func (x *Index[V]) Rebuild() *Build[V] {
	return &Build[V]{index: x, content: newContent[V](len(x.facets))}
}

// Apply is Index.Apply for the new content. Nobody is told before Swap, and the
// payload is not kept. After Swap it is the same as on the index.
func (b *Build[V]) Apply(e Entry[V], payload []byte) bool {
	b.mu.Lock()
	if b.content != nil {
		defer b.mu.Unlock()
		return b.content.apply(e)
	}
	b.mu.Unlock()
	return b.index.Apply(e, payload)
}

// Remove is Index.Remove for the new content. After Swap it is the same as on the
// index.
func (b *Build[V]) Remove(key string, revision uint64) bool {
	b.mu.Lock()
	if b.content != nil {
		defer b.mu.Unlock()
		return b.content.remove(key, revision)
	}
	b.mu.Unlock()
	return b.index.Remove(key, revision)
}

// Swap puts the new content in the place of the old and tells every subscriber
// whose key is in either of them: a revision that is the same need not mean the
// same record. A second Swap does nothing.
func (b *Build[V]) Swap() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.content == nil {
		return
	}
	x := b.index
	x.mu.Lock()
	old := x.content
	x.content, b.content = b.content, nil
	woken := x.hub.republish(old, x.content)
	for _, f := range x.hub.followers() {
		f.lose()
	}
	x.mu.Unlock()
	for _, t := range woken {
		t.wake()
	}
}

// republish makes the new content's entries the newest changes of all keys that
// somebody is subscribed to, and returns the topics to wake.
func (h *hub[V]) republish(from, to *content[V]) []*topic[V] {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var woken []*topic[V]
	for key, t := range h.topics {
		is, exists := to.get(key)
		was, existed := from.get(key)
		switch {
		case exists:
			t.latest.Store(&Update[V]{Entry: is})
		case existed:
			t.latest.Store(removal(key, was.Revision, was.Value))
		default:
			continue
		}
		woken = append(woken, t)
	}
	return woken
}
