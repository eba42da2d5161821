// This file owns the measurements of a gateway over a bucket of many runs, beside one over few: what grows with the number
// of runs, and what must not.

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
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
	return nil
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

// stockCall is a call whose time must not depend on the number of runs.
type stockCall struct {
	name string
	n    int // how often it is made
	do   func(ctx context.Context, c *pyoco.Client, i int) error
}

func stockCalls() []stockCall {
	list := func(query func(i int) url.Values) func(context.Context, *pyoco.Client, int) error {
		return func(ctx context.Context, c *pyoco.Client, i int) error {
			_, err := c.Raw(ctx, "GET", "/runs", query(i))
			return err
		}
	}
	return []stockCall{
		{"a page of 50 runs", 400, list(func(int) url.Values { return nil })},
		{"a page of a status", 400, list(func(int) url.Values { return url.Values{"status": {"FAILED"}} })},
		{"a page of a flow and a status", 400, list(func(i int) url.Values {
			return url.Values{"flow": {stockFlow(i)}, "status": {"COMPLETED"}}
		})},
		{"metrics", 200, func(ctx context.Context, c *pyoco.Client, _ int) error { _, err := c.Metrics(ctx); return err }},
		{"a submission", 400, func(ctx context.Context, c *pyoco.Client, i int) error {
			_, err := c.Submit(ctx, pyoco.Submission{Flow: "main", Tag: tag(0), Params: map[string]int{"n": i}})
			return err
		}},
		{"a watch of a run that has ended", 400, func(ctx context.Context, c *pyoco.Client, i int) error {
			_, err := c.Wait(ctx, stockID(i%smallBucket))
			return err
		}},
	}
}

// flat compares the times of a call over both buckets, in turns.
func (b *bench) flat(ctx context.Context, c stockCall, small, large *stock) error {
	var all [2][]float64
	var ratios []float64
	n := b.size(c.n, c.n/10)
	for round := range b.rounds {
		var medians [2]float64
		for i, s := range []*stock{small, large} {
			times, err := timed(n, func(i int) error { return c.do(ctx, s.client, round*n+i) })
			if err != nil {
				return err
			}
			medians[i], all[i] = percentile(times, 50), append(all[i], times...)
		}
		ratios = append(ratios, medians[1]/medians[0])
	}
	slices.Sort(all[0])
	slices.Sort(all[1])
	name := fmt.Sprintf("%s at %s runs", c.name, count(b.runs))
	b.add(Result{Name: name + ", p50", Mode: interval, Unit: "ms", Value: percentile(all[1], 50), Limit: percentile(all[0], 50),
		Ratio: median(ratios), Against: "at 1,000 runs", Goals: []Goal{atMost("ratio", 1.5)}})
	b.add(Result{Name: name + ", p99", Mode: interval, Unit: "ms", Value: percentile(all[1], 99)})
	return nil
}
