// This file owns the signals by which one goroutine wakes another.

package pyoco

import "sync/atomic"

// signal says that something has changed, once until it is taken: whoever sleeps is not woken by each change. It is safe
// for concurrent use.
type signal struct {
	set atomic.Bool
	c   chan struct{}
}

func newSignal() *signal { return &signal{c: make(chan struct{}, 1)} }

// give says it, unless it is said already.
func (s *signal) give() {
	if s.set.CompareAndSwap(false, true) {
		poke(s.c)
	}
}

// given has an element once it is said.
func (s *signal) given() <-chan struct{} { return s.c }

// take makes it be said again by the next change. It comes before what has changed is looked at.
func (s *signal) take() { s.set.Store(false) }

// poke puts an element into a channel that has one place.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
