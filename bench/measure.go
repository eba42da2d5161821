// This file owns how a figure is made: load from many goroutines, times of one call after the other, and rounds in which
// both sides take turns, for a machine's speed wanders more between minutes than the sides differ.

package main

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// each calls do with 0 to n-1, from as many goroutines as submit.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range submitters {
		group.Go(func() error {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				if err := do(ctx, int(i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// accepted is how many submissions a second a side takes; from numbers the first of n.
func accepted(ctx context.Context, s side, from, n int) (float64, error) {
	began := time.Now()
	err := each(ctx, n, func(ctx context.Context, i int) error { return s.submit(ctx, from+i) })
	return float64(n) / time.Since(began).Seconds(), err
}

// finished is how many runs a second a side takes and sees to their end. from is how many have ended before.
func finished(ctx context.Context, s side, from, n int) (float64, error) {
	began := time.Now()
	_, err := accepted(ctx, s, from, n)
	if err == nil {
		err = s.ended(ctx, from+n)
	}
	return float64(n) / time.Since(began).Seconds(), err
}

// figures are the medians of rounds.
type figures struct{ limit, ours, ratio float64 }

// compare measures the skeleton and ours on fresh servers, in each round the other one first.
func (b *bench) compare(
	ctx context.Context, m mode, l load, n int, measure func(ctx context.Context, s side, from, n int) (float64, error),
) (figures, error) {
	makers := []maker{newBare, newSystem}
	var found [2][]float64
	var ratios []float64
	for round := range b.rounds {
		for i := range makers {
			which := (i + round) % 2
			value, err := b.fresh(ctx, m, l, makers[which], func(s side, from int) (float64, error) { return measure(ctx, s, from, n) })
			if err != nil {
				return figures{}, err
			}
			found[which] = append(found[which], value)
		}
		ratios = append(ratios, found[1][round]/found[0][round])
	}
	return figures{limit: median(found[0]), ours: median(found[1]), ratio: median(ratios)}, nil
}

// warm is how many runs are submitted before what is measured: connections are opened, consumers made, code is read.
const warm = 100

// fresh measures a side on a server of its own, after the first runs: those to measure are numbered from from.
func (b *bench) fresh(
	ctx context.Context, m mode, l load, make maker, measure func(s side, from int) (float64, error),
) (_ float64, err error) {
	r, err := b.rig(ctx, m)
	if err != nil {
		return 0, err
	}
	defer r.close()
	s, err := make(ctx, r, l)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	first := finished
	if l.slots == 0 {
		first = accepted
	}
	if _, err := first(ctx, s, 0, warm); err != nil {
		return 0, err
	}
	runtime.GC() // what was measured before leaves nothing to clean up
	return measure(s, warm)
}

// The times between two looks of until. One at the metrics costs the gateway about half a millisecond.
const (
	often  = time.Millisecond
	seldom = 20 * time.Millisecond
)

// until looks again and again, until it is reached or there is an error.
func until(ctx context.Context, every time.Duration, reached func() (bool, error)) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if done, err := reached(); done || err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// timed gives the times of n calls, one after the other, in milliseconds, sorted.
func timed(n int, call func(i int) error) ([]float64, error) {
	times := make([]float64, n)
	for i := range times {
		began := time.Now()
		if err := call(i); err != nil {
			return nil, err
		}
		times[i] = milliseconds(time.Since(began))
	}
	slices.Sort(times)
	return times, nil
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// percentile is the least of the sorted values that so many percent of them do not exceed.
func percentile(sorted []float64, p int) float64 { return sorted[(len(sorted)*p+99)/100-1] }

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
