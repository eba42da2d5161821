// This file owns how often the worker says that a job is in progress: well inside the AckWait that its consumer really
// has. A consumer that existed keeps its own, and a Python worker that starts overwrites it.

package pyoco

import (
	"context"
	"sync"
	"time"
)

const (
	// ackWaitPause is the time between two looks at the consumers.
	ackWaitPause = 15 * time.Second
	// maxAckWaitsAsked bounds the consumers that are asked in one look; with more tags they take turns.
	maxAckWaitsAsked = 100
)

// ackWaits is what is known of the consumers. It is safe for concurrent use.
type ackWaits struct {
	longest time.Duration // between two signs of life, whatever the consumers allow

	mu    sync.Mutex
	every map[string]time.Duration // by consumer: half of its AckWait
}

func newAckWaits(longest time.Duration) *ackWaits {
	return &ackWaits{longest: longest, every: map[string]time.Duration{}}
}

// of is the time between two in-progress acks of a consumer's jobs.
func (a *ackWaits) of(consumer string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if every, known := a.every[consumer]; known {
		return min(every, a.longest)
	}
	return a.longest
}

// shortest is the time that suits every consumer.
func (a *ackWaits) shortest() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	shortest := a.longest
	for _, every := range a.every {
		shortest = min(shortest, every)
	}
	return shortest
}

func (a *ackWaits) learn(consumer string, ackWait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ackWait > 0 {
		a.every[consumer] = ackWait / 2
	}
}

// lookAtAckWait asks for the AckWait of one consumer. What can't be asked now stays as it was known.
func (w *Worker) lookAtAckWait(ctx context.Context, consumer string) {
	if state, err := w.jet.ConsumerState(ctx, workStream, consumer); err == nil {
		w.ackWaits.learn(consumer, state.AckWait)
	}
}

// followAckWaits looks at the consumers until ctx ends.
func (w *Worker) followAckWaits(ctx context.Context) {
	ticker := time.NewTicker(min(ackWaitPause, w.cfg.WorkerHeartbeat))
	defer ticker.Stop()
	for next := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for range min(len(w.cfg.Tags), maxAckWaitsAsked) {
			w.lookAtAckWait(ctx, consumerName(w.cfg.Tags[next%len(w.cfg.Tags)]))
			next++
		}
	}
}
