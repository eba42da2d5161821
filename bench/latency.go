// This file owns the measurements of one run at a time: how long until its end, or its cancel, is seen.

package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pyoco/pyoco"
)

// idle compares ours over HTTP, seen over SSE, with the mean of the skeleton in process.
func (b *bench) idle(ctx context.Context) error {
	for _, m := range []mode{interval, durable} {
		n := b.size(500, 100)
		if m == durable {
			n = b.size(200, 50)
		}
		var means, all []float64
		ratios := map[int][]float64{50: nil, 95: nil, 99: nil}
		for range b.rounds {
			limit, err := b.oneByOne(ctx, m, load{slots: slots}, newBare, n)
			if err != nil {
				return err
			}
			ours, err := b.oneByOne(ctx, m, load{way: httpJSON, slots: slots}, newSystem, n)
			if err != nil {
				return err
			}
			means, all = append(means, mean(limit)), append(all, ours...)
			for p := range ratios {
				ratios[p] = append(ratios[p], percentile(ours, p)/mean(limit))
			}
		}
		slices.Sort(all)
		for _, p := range []int{50, 95, 99} {
			r := Result{Name: fmt.Sprintf("submit to end seen over SSE, p%d", p), Mode: m, Unit: "ms", Value: percentile(all, p),
				Limit: median(means), Ratio: median(ratios[p]), Against: "skeleton's mean"}
			switch p {
			case 50:
				r.Goals = []Goal{atMost("ratio", 2)}
			case 99:
				r.Goals = []Goal{atMost("ratio", 10)}
			}
			b.add(r)
		}
	}
	return nil
}

// oneByOne gives the times of runs of which each is submitted when the one before has been seen to end.
func (b *bench) oneByOne(ctx context.Context, m mode, l load, make maker, n int) (times []float64, err error) {
	_, err = b.fresh(ctx, m, l, make, func(s side, from int) (float64, error) {
		times, err = timed(n, func(i int) error { return s.carry(ctx, from+i) })
		return 0, err
	})
	return times, err
}

// cancels measures from the call over HTTP until the end is seen over SSE; the task ends with its context.
func (b *bench) cancels(ctx context.Context) error {
	for _, m := range []mode{interval, durable} {
		var times []float64
		_, err := b.fresh(ctx, m, load{way: httpJSON, slots: slots}, newSystem, func(s side, _ int) (_ float64, err error) {
			times, err = s.(*system).cancelled(ctx, b.size(300, 30))
			return 0, err
		})
		if err != nil {
			return err
		}
		b.add(Result{Name: "cancel to end seen over SSE, p50", Mode: m, Unit: "ms", Value: percentile(times, 50)})
		b.add(Result{Name: "cancel to end seen over SSE, p99", Mode: m, Unit: "ms", Value: percentile(times, 99),
			Goals: []Goal{atMost("value", 50)}})
	}
	return nil
}

func (s *system) cancelled(ctx context.Context, n int) ([]float64, error) {
	times := make([]float64, n)
	for i := range times {
		accepted, err := s.client.Submit(ctx, pyoco.Submission{Flow: "waiting", Tag: tag(0)})
		if err != nil {
			return nil, err
		}
		if times[i], err = s.cancel(ctx, accepted.ID); err != nil {
			return nil, err
		}
	}
	slices.Sort(times)
	return times, nil
}

// cancel waits for the run to be executed, cancels it, and gives the milliseconds from then until its end has been seen
// and the call answered.
func (s *system) cancel(ctx context.Context, id string) (float64, error) {
	var began time.Time
	for event, err := range s.client.Watch(ctx, id) {
		switch {
		case err != nil:
			return 0, err
		case event.Snapshot.Status == pyoco.StatusCancelled:
			return milliseconds(time.Since(began)), nil
		case event.Snapshot.Status.Terminal():
			return 0, fmt.Errorf("run %s is %s", id, event.Snapshot.Status)
		case event.Snapshot.Status == pyoco.StatusRunning && began.IsZero():
			began = time.Now()
			if _, err := s.client.Cancel(ctx, id); err != nil {
				return 0, err
			}
		}
	}
	return 0, fmt.Errorf("run %s: the stream ended before it", id)
}
