// This file owns the one timer of a run: which node is due next, to be tried again or to be given up.

package engine

import (
	"container/heap"
	"time"
)

// timetable orders nodes by the time at which something is due for them. A node stands in it at most once: it waits
// either for its next attempt or for the end of the running one.
type timetable struct {
	due   dueHeap
	timer *time.Timer // made at the first use: most runs need none
}

// set puts n down for at, or moves it there.
func (t *timetable) set(n *nodeRun, at time.Time) {
	n.due = at
	if n.duePos >= 0 {
		heap.Fix(&t.due, n.duePos)
		return
	}
	heap.Push(&t.due, n)
}

// drop takes n out, if it is in.
func (t *timetable) drop(n *nodeRun) {
	if n.duePos >= 0 {
		heap.Remove(&t.due, n.duePos)
	}
}

// next gives the channel that ticks when the first node is due, or nil for none.
func (t *timetable) next() <-chan time.Time {
	if len(t.due) == 0 {
		return nil
	}
	wait := time.Until(t.due[0].due)
	if t.timer == nil {
		t.timer = time.NewTimer(wait)
	} else {
		t.timer.Reset(wait)
	}
	return t.timer.C
}

// pop takes out a node that is due by now, or gives nil.
func (t *timetable) pop(now time.Time) *nodeRun {
	if len(t.due) == 0 || t.due[0].due.After(now) {
		return nil
	}
	return heap.Pop(&t.due).(*nodeRun)
}

func (t *timetable) pending() bool { return len(t.due) > 0 }

func (t *timetable) stop() {
	if t.timer != nil {
		t.timer.Stop()
	}
}

// dueHeap is a heap of nodes, the earliest first; each node knows its place in it.
type dueHeap []*nodeRun

// Len is heap.Interface's.
func (h dueHeap) Len() int { return len(h) }

// Less is heap.Interface's.
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

// Swap is heap.Interface's.
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].duePos, h[j].duePos = i, j
}

// Push is heap.Interface's.
func (h *dueHeap) Push(x any) {
	n := x.(*nodeRun)
	n.duePos = len(*h)
	*h = append(*h, n)
}

// Pop is heap.Interface's.
func (h *dueHeap) Pop() any {
	old := *h
	n := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	n.duePos = -1
	return n
}
