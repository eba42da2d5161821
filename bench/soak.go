// This file owns the soak: the system at half of its maximum for a long time, with workers coming and going, and what
// grows meanwhile.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco"
)

const (
	soakSample = 30 * time.Second // between two looks, each of which is a garbage collection of all
	// soakKept is how many runs are kept, so that the lists have their full size early in the soak: what a run takes is
	// measured elsewhere.
	soakKept = 20_000
)

// soaked is the system under the soak: NATS in this process, a gateway and a worker that stay, and workers that don't.
type soaked struct {
	bench   *bench
	rig     *rig
	gateway *child
	steady  *child
	client  *pyoco.Client
	js      jetstream.JetStream
	meter   meter
	sent    atomic.Int64
	refused atomic.Int64 // submissions, while the system could not follow
}

func (b *bench) soak(ctx context.Context, during time.Duration, out io.Writer) (err error) {
	s := &soaked{bench: b}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.start(ctx); err != nil {
		return err
	}
	rate, err := s.maximum(ctx)
	if err != nil {
		return err
	}
	b.say("the maximum is %s runs/s: %s for half of it", figure(rate), during)
	ctx, end := context.WithCancel(ctx)
	defer end()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.submit(ctx, rate/2) })
	group.Go(func() error { return s.comeAndGo(ctx) })
	var samples []sample
	group.Go(func() (err error) {
		defer end() // of all others
		samples, err = s.watch(ctx, during)
		return err
	})
	err = group.Wait()
	writeCurve(out, samples)
	if err == nil {
		writeGrowth(out, samples)
		fmt.Fprintf(out, "submissions answered with 503, and made again: %s\n", count(int(s.refused.Load())))
	}
	return err
}

func (s *soaked) start(ctx context.Context) (err error) {
	if s.rig, err = s.bench.rig(ctx, interval); err != nil {
		return err
	}
	if s.js, err = s.rig.jetStream(); err != nil {
		return err
	}
	if s.gateway, err = startPart(ctx, s.rig, "gateway", "-kept", fmt.Sprint(soakKept)); err != nil {
		return err
	}
	if s.steady, err = startPart(ctx, s.rig, "worker", "-id", "steady"); err != nil {
		return err
	}
	s.client, err = pyoco.NewClient(s.gateway.URL, pyoco.ClientConfig{Timeout: time.Minute})
	return err
}

func (s *soaked) close() (err error) {
	if s.client != nil {
		s.client.Close()
	}
	for _, part := range []*child{s.steady, s.gateway} {
		if part != nil {
			err = errors.Join(err, part.close())
		}
	}
	if s.rig != nil {
		s.rig.close()
	}
	return err
}

// maximum is the rate at which a burst is carried out.
func (s *soaked) maximum(ctx context.Context) (float64, error) {
	n := s.bench.size(10_000, 1000)
	began := time.Now()
	if err := each(ctx, n, func(ctx context.Context, _ int) error { return s.one(ctx) }); err != nil {
		return 0, err
	}
	err := until(ctx, seldom, func() (bool, error) {
		runs, err := countRuns(ctx, s.client)
		return runs.completed >= n, err
	})
	return float64(n) / time.Since(began).Seconds(), err
}

// watch takes samples until the time is over.
func (s *soaked) watch(ctx context.Context, during time.Duration) ([]sample, error) {
	var samples []sample
	every := min(soakSample, during/18)
	for began := time.Now(); ctx.Err() == nil && time.Since(began) < during; {
		pause(ctx, every)
		now, err := s.sample(ctx)
		if err != nil {
			return samples, err
		}
		now.seconds = time.Since(began).Seconds()
		samples = append(samples, now)
		s.bench.say("  %s", now)
	}
	return samples, nil
}
