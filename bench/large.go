// This file owns the measurements of a gateway over a bucket of many runs, beside one over few: what grows with the number
// of runs, and what must not.

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pyoco/pyoco"
)

// smallBucket is the number of runs that a large bucket is compared with.
const smallBucket = 1000

// stock is a bucket of runs, with a gateway of its own.
type stock struct {
	rig     *rig
	gateway *child
	client  *pyoco.Client
	read    time.Duration // that a bare reader took to see every record
	memory  float64       // of the gateway, in bytes
	made    []string      // runs that were submitted since
}

func (b *bench) large(ctx context.Context) (err error) {
	var stocks [2]*stock
	for i, runs := range []int{smallBucket, b.runs} {
		s, err := b.stock(ctx, runs)
		if s != nil {
			defer func() { err = errors.Join(err, s.close()) }()
		}
		if err != nil {
			return err
		}
		stocks[i] = s
	}
	small, large := stocks[0], stocks[1]
	b.add(Result{Name: fmt.Sprintf("a gateway ready at %s runs", count(b.runs)), Mode: interval, Unit: "s",
		Value: large.gateway.Seconds, Limit: large.read.Seconds(), Ratio: large.gateway.Seconds / large.read.Seconds(),
		Against: "an ordered consumer that reads them"})
	b.add(Result{Name: "memory of the gateway for a run", Mode: interval, Unit: "B", Goals: []Goal{atMost("value", 600)},
		Value: (large.memory - small.memory) / float64(b.runs-smallBucket)})
	for _, c := range stockCalls() {
		if err := b.flat(ctx, c, small, large); err != nil {
			return err
		}
	}
	return b.oldRun(ctx, large)
}

// stock fills a bucket and starts a gateway on it. It is closed also after an error, where it is not nil.
func (b *bench) stock(ctx context.Context, runs int) (*stock, error) {
	r, err := b.rig(ctx, interval)
	if err != nil {
		return nil, err
	}
	s := &stock{rig: r}
	began := time.Now()
	if err := fill(ctx, r, runs); err != nil {
		return s, err
	}
	b.say("  filled a bucket with %s runs of 1 KiB in %.1f s", count(runs), time.Since(began).Seconds())
	if s.read, err = readAll(ctx, r, runs); err != nil {
		return s, err
	}
	if s.gateway, err = startPart(ctx, r, "gateway"); err != nil {
		return s, err
	}
	if s.client, err = pyoco.NewClient(s.gateway.URL, pyoco.ClientConfig{Timeout: time.Minute}); err != nil {
		return s, err
	}
	_, s.memory, err = spent(s.gateway)
	return s, err
}

func (s *stock) close() error {
	defer s.rig.close()
	if s.client != nil {
		s.client.Close()
	}
	if s.gateway == nil {
		return nil
	}
	return s.gateway.close()
}
