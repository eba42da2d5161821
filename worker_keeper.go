// This file owns when the keeping of a claimed run begins and ends: most runs are over before there is anything to keep.

package pyoco

import (
	"context"
	"sync"
	"time"
)

// leaseKeeper runs the keeping of a run while it is executed: from the first time at which something may have to be
// written, or as soon as it is called. It is safe for concurrent use.
type leaseKeeper struct {
	mu     sync.Mutex
	run    *claimedRun // nil while it is not executed
	called bool        // before it was executed
	timer  *time.Timer
	end    func() // ends the keeping and waits for that; nil: it has not begun
}

// open begins the execution of c.
func (k *leaseKeeper) open(c *claimedRun) {
	first := min(writePause, c.worker.heartbeat())
	k.mu.Lock()
	defer k.mu.Unlock()
	k.run = c
	if k.called {
		k.begin()
		return
	}
	k.timer = time.AfterFunc(first, k.call)
}

// call begins the keeping, if not yet.
func (k *leaseKeeper) call() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.called = true
	k.begin()
}

// begin begins it where there is an execution. The caller holds the lock.
func (k *leaseKeeper) begin() {
	if k.run == nil || k.end != nil {
		return
	}
	ctx, cancel := context.WithCancel(k.run.base()) // a cancelled run keeps its lease while its tasks return
	done, keep := make(chan struct{}), k.run.keep
	go func() {
		defer close(done)
		keep(ctx)
	}()
	k.end = func() {
		cancel()
		<-done
	}
}

// close ends the execution, and the keeping with it.
func (k *leaseKeeper) close() {
	k.mu.Lock()
	k.run = nil
	if k.timer != nil {
		k.timer.Stop()
	}
	end := k.end
	k.mu.Unlock()
	if end != nil {
		end()
	}
}
