// This file owns subscriptions to single keys: who waits for what, and the newest
// change of each key that somebody waits for.

package runindex

import (
	"sync"
	"sync/atomic"
)

// Update is the newest change of a key.
type Update[V any] struct {
	// Entry is the key's new entry; of a removed key only Key, Revision
	// and the Value that it had.
	Entry Entry[V]
	// Payload is what Apply was given. It is nil where a rebuild brought the
	// change: read the record then.
	Payload []byte
	// Removed tells that the key is gone.
	Removed bool
}

func removal[V any](key string, revision uint64, last V) *Update[V] {
	return &Update[V]{Entry: Entry[V]{Key: key, Revision: revision, Value: last}, Removed: true}
}

// Subscription announces the changes of one key. A reader that is slow skips to
// the newest: nothing queues up. Its methods are safe for concurrent use.
type Subscription[V any] struct {
	hub   *hub[V]
	key   string
	topic *topic[V]
	c     chan struct{}
	seen  atomic.Pointer[Update[V]]
}

// Subscribe announces the changes of a key, whether it exists or not, until
// Close. To miss none, subscribe first and read the record then: a change that
// the read doesn't show is announced. One that it does show may be announced
// too, and is known by its revision.
func (x *Index[V]) Subscribe(key string) *Subscription[V] {
	return x.hub.subscribe(key)
}

// C returns the channel that has an element when Latest has something new, or had
// until just now. It is never closed.
func (s *Subscription[V]) C() <-chan struct{} { return s.c }

// Latest returns the newest change since the subscription, each only once: ok is
// false when there is none that an earlier call hasn't returned.
func (s *Subscription[V]) Latest() (u Update[V], ok bool) {
	latest := s.topic.latest.Load()
	if s.seen.Swap(latest) == latest {
		return Update[V]{}, false
	}
	return *latest, true
}

// Close ends the subscription; C stays silent from then on. It may be called
// again.
func (s *Subscription[V]) Close() { s.hub.unsubscribe(s) }

// hub knows the keys that somebody is subscribed to. Its lock may be taken while
// the index is locked, never the other way around.
type hub[V any] struct {
	mu     sync.RWMutex
	topics map[string]*topic[V]
	feeds  []*Feed[V]
}

// topic is a key with subscribers.
type topic[V any] struct {
	latest atomic.Pointer[Update[V]]

	mu          sync.Mutex
	subscribers map[*Subscription[V]]struct{}
}

func (h *hub[V]) subscribe(key string) *Subscription[V] {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[key]
	if t == nil {
		t = &topic[V]{subscribers: map[*Subscription[V]]struct{}{}}
		h.topics[key] = t
	}
	s := &Subscription[V]{hub: h, key: key, topic: t, c: make(chan struct{}, 1)}
	t.mu.Lock()
	t.subscribers[s] = struct{}{}
	t.mu.Unlock()
	// After joining: a change published from here on is both unseen and woken for.
	s.seen.Store(t.latest.Load())
	return s
}

func (h *hub[V]) unsubscribe(s *Subscription[V]) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.topic.mu.Lock()
	delete(s.topic.subscribers, s)
	left := len(s.topic.subscribers)
	s.topic.mu.Unlock()
	// Closed twice, it may belong to a topic that another has replaced since.
	if left == 0 && h.topics[s.key] == s.topic {
		delete(h.topics, s.key)
	}
}

// topic returns the topic of a key, nil where nobody is subscribed to it. A change
// is published to it while the index is locked, so that the order of changes is
// kept; waking, which costs by the subscriber, comes after.
func (h *hub[V]) topic(key string) *topic[V] {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.topics[key]
}

// wake tells the subscribers that there is something new; a nil topic has none.
func (t *topic[V]) wake() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for s := range t.subscribers {
		select {
		case s.c <- struct{}{}:
		default: // it has been told and hasn't looked yet
		}
	}
}
