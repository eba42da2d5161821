// This file owns the calls whose times must not depend on the number of runs.

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/pyoco/pyoco"
)

// stockCall is a call whose time must not depend on the number of runs.
type stockCall struct {
	name string
	n    int // how often it is made
	do   func(ctx context.Context, s *stock, i int) error
}

func stockCalls() []stockCall {
	list := func(query func(i int) url.Values) func(context.Context, *stock, int) error {
		return func(ctx context.Context, s *stock, i int) error {
			_, err := s.client.Raw(ctx, "GET", "/runs", query(i))
			return err
		}
	}
	return []stockCall{
		{"a page of 50 runs", 400, list(func(int) url.Values { return nil })},
		{"a page of a status", 400, list(func(int) url.Values { return url.Values{"status": {"FAILED"}} })},
		{"a page of a flow and a status", 400, list(func(i int) url.Values {
			return url.Values{"flow": {stockFlow(i)}, "status": {"COMPLETED"}}
		})},
		{"metrics", 200, func(ctx context.Context, s *stock, _ int) error { _, err := s.client.Metrics(ctx); return err }},
		{"a submission", 400, func(ctx context.Context, s *stock, i int) error {
			run, err := s.client.Submit(ctx, pyoco.Submission{Flow: "main", Tag: tag(0), Params: map[string]int{"n": i}})
			if err == nil {
				s.made = append(s.made, run.ID)
			}
			return err
		}},
		{"the first event of a new run's stream", 400, func(ctx context.Context, s *stock, i int) error {
			for _, err := range s.client.Watch(ctx, s.made[i]) {
				return err
			}
			return errors.New("the stream has no event")
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
			times, err := timed(n, func(i int) error { return c.do(ctx, s, round*n+i) })
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

// oldRun compares the reading of a run that ended long ago with that of its record by a bare KV get. Both wait for
// nats-server to fetch it from the disk, or from what the system keeps of that; each reads other runs.
func (b *bench) oldRun(ctx context.Context, large *stock) error {
	js, err := large.rig.jetStream()
	if err != nil {
		return err
	}
	kv, err := js.KeyValue(ctx, runsBucket)
	if err != nil {
		return err
	}
	var all [2][]float64
	var ratios []float64
	n := b.size(400, 40)
	for round := range b.rounds {
		var medians [2]float64
		for side, read := range []func(id string) error{
			func(id string) error { _, err := kv.Get(ctx, id); return err },
			func(id string) error { _, err := large.client.Get(ctx, id); return err },
		} {
			times, err := timed(n, func(i int) error { return read(stockID((2*(round*n+i) + side) % b.runs)) })
			if err != nil {
				return err
			}
			medians[side], all[side] = percentile(times, 50), append(all[side], times...)
		}
		ratios = append(ratios, medians[1]/medians[0])
	}
	slices.Sort(all[0])
	slices.Sort(all[1])
	b.add(Result{Name: fmt.Sprintf("an old run at %s runs, p50", count(b.runs)), Mode: interval, Unit: "ms",
		Value: percentile(all[1], 50), Limit: percentile(all[0], 50), Ratio: median(ratios), Against: "a bare KV get"})
	return nil
}
