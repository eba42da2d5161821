// This file owns the worker: it takes jobs into slots, and makes of each run the two writes and the ack.

package skeleton

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// Worker takes the queued runs.
type Worker struct {
	consuming jetstream.ConsumeContext
	handlers  sync.WaitGroup
	slots     chan struct{}

	mu     sync.Mutex
	failed error
}

// Work starts a worker that has so many runs in hand at once; Close ends it.
func Work(ctx context.Context, js jetstream.JetStream, slots int) (*Worker, error) {
	consumer, err := js.Consumer(ctx, stream, durable)
	if err != nil {
		return nil, err
	}
	kv, err := js.KeyValue(ctx, bucket)
	if err != nil {
		return nil, err
	}
	w := &Worker{slots: make(chan struct{}, slots)}
	w.consuming, err = consumer.Consume(func(msg jetstream.Msg) {
		w.slots <- struct{}{}
		w.handlers.Go(func() {
			defer func() { <-w.slots }()
			if err := carryOut(ctx, kv, msg); err != nil {
				w.mu.Lock()
				w.failed = errors.Join(w.failed, err)
				w.mu.Unlock()
			}
		})
	}, jetstream.PullMaxMessages(slots))
	return w, err
}

func carryOut(ctx context.Context, kv jetstream.KeyValue, msg jetstream.Msg) error {
	rev, err := strconv.ParseUint(msg.Headers().Get(revisionHeader), 10, 64)
	if err != nil {
		return err
	}
	key, params := string(msg.Data()[:keyLength]), string(msg.Data()[keyLength:])
	if rev, err = kv.Update(ctx, key, record("RUNNING", params), rev); err != nil {
		return err
	}
	if _, err = kv.Update(ctx, key, record("COMPLETED", params), rev); err != nil {
		return err
	}
	return msg.Ack()
}

// Close takes nothing new, waits for the runs in hand, and returns what went wrong with any. The context of Work must
// outlast it.
func (w *Worker) Close() error {
	w.consuming.Stop()
	<-w.consuming.Closed() // no message comes any more, so that no handler is added
	w.handlers.Wait()
	return w.failed
}
