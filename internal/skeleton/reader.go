// This file owns the reader: one ordered consumer that reads every change, as a gateway does.

package skeleton

import (
	"bytes"
	"context"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// Reader counts the runs that have ended. It is safe for concurrent use.
type Reader struct {
	consuming jetstream.ConsumeContext

	mu      sync.Mutex
	ended   int
	waiting map[int][]chan struct{} // by the number that they wait for
}

// Read starts a reader; Close ends it.
func Read(ctx context.Context, js jetstream.JetStream) (*Reader, error) {
	consumer, err := js.OrderedConsumer(ctx, "KV_"+bucket, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, err
	}
	r := &Reader{waiting: map[int][]chan struct{}{}}
	r.consuming, err = consumer.Consume(func(msg jetstream.Msg) { // a revision that is replaced before it is read never comes
		if bytes.HasPrefix(msg.Data(), []byte(`{"status":"COMPLETED"`)) {
			r.end()
		}
	})
	return r, err
}

func (r *Reader) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended++
	for _, wait := range r.waiting[r.ended] {
		close(wait)
	}
	delete(r.waiting, r.ended)
}

// Ended returns when so many runs have been seen to end since the beginning, or with the error of ctx.
func (r *Reader) Ended(ctx context.Context, n int) error {
	wait := make(chan struct{})
	r.mu.Lock()
	if r.ended >= n {
		close(wait)
	} else {
		r.waiting[n] = append(r.waiting[n], wait)
	}
	r.mu.Unlock()
	select {
	case <-wait:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends the reading.
func (r *Reader) Close() {
	r.consuming.Stop()
	<-r.consuming.Closed()
}
