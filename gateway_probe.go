// This file owns whether submissions can be stored: a real write, made while somebody asks, and what the last submission
// met. A server whose store is full, or that lost its quorum, looks well otherwise.

package pyoco

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pyoco/pyoco/internal/jet"
)

const (
	// probeBucket holds the one key that is written. It is a bucket of its own, for others hold only their records, and is
	// made where somebody asks.
	probeBucket = "pyoco_ready"
	probeKey    = "probe"
	// probeAge is how long a result counts.
	probeAge = time.Second
	// probeTime bounds one probe, and the time that somebody waits for it.
	probeTime = 2 * time.Second
	// refusalAge is how long it counts that the server has refused a submission, if none was taken since.
	refusalAge = 10 * time.Second
)

// probe writes when somebody asks. It is safe for concurrent use.
type probe struct {
	gateway *Gateway
	wake    chan struct{}

	mu      sync.Mutex
	result  error
	at      time.Time     // when the result was there
	next    chan struct{} // closed when the next result is there
	refusal error         // of the last submission
	refused time.Time

	// Of the goroutine of run:
	made     bool // the bucket is there
	revision uint64
}

func newProbe(g *Gateway) *probe {
	return &probe{gateway: g, wake: make(chan struct{}, 1), next: make(chan struct{})}
}

// submitted notes what came of a submission: its streams may have limits of their own.
func (p *probe) submitted(err error) {
	var answered *jetstream.APIError
	if err != nil && !errors.As(err, &answered) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusal, p.refused = err, time.Now()
}

// ask says why nothing can be stored now, if it can't.
func (p *probe) ask(ctx context.Context) error {
	p.mu.Lock()
	result, fresh, next := p.result, time.Since(p.at) < probeAge, p.next
	if p.refusal != nil && time.Since(p.refused) < refusalAge {
		result, fresh = p.refusal, true
	}
	p.mu.Unlock()
	if fresh {
		return result
	}
	poke(p.wake)
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	select {
	case <-next:
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.result
}

// run probes until ctx ends, at most once a probeAge.
func (p *probe) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		}
		p.mu.Lock()
		fresh := time.Since(p.at) < probeAge
		p.mu.Unlock()
		if fresh {
			continue
		}
		call, cancel := context.WithTimeout(ctx, probeTime)
		err := p.write(call)
		cancel()
		p.made = p.made && err == nil // it may be gone
		p.mu.Lock()
		if err != nil && p.result == nil && ctx.Err() == nil {
			p.gateway.cfg.Log.Error("NATS takes no writes: is its store full?", "error", err, "err_id", errNATSUnavailable)
		}
		p.result, p.at = err, time.Now()
		close(p.next)
		p.next = make(chan struct{})
		p.mu.Unlock()
	}
}

// write changes the key by compare-and-set. Where other gateways do so too, one of the writes was made.
func (p *probe) write(ctx context.Context) error {
	bucket := p.gateway.jet.Bucket(probeBucket)
	if !p.made {
		if _, err := p.gateway.cfg.Resources.ensureBucket(ctx, p.gateway.jet, probeBucket); err != nil {
			return err
		}
		p.made = true
	}
	now, err := encode(timestamp(p.gateway.now()))
	if err != nil {
		return err
	}
	for range 2 {
		var revision uint64
		revision, err = bucket.Update(ctx, probeKey, now, p.revision)
		var conflict *jet.ConflictError
		if !errors.As(err, &conflict) {
			p.revision = revision
			return err
		}
		p.revision = conflict.Current.Revision
	}
	return nil
}
