// This file owns the measurements of what should not depend on how many tags or tasks there are.

package main

import (
	"context"
)

// manyTags is measured with one worker that serves all tags, in one round: thousands of consumers are long in the making.
// The limit is that of one tag.
func (b *bench) manyTags(ctx context.Context) error {
	counts := []int{1, 100, 1000, 10_000}
	if b.quick {
		counts = counts[:2]
	}
	one := 0.0
	for _, tags := range counts {
		n := b.size(5000, 1000)
		if tags > 1000 {
			n = 1000 // at each ack, nats-server looks at every consumer of a work queue
		}
		rate, err := b.fresh(ctx, interval, load{slots: slots, tags: tags}, newSystem, func(s side, from int) (float64, error) {
			return finished(ctx, s, from, n)
		})
		if err != nil {
			return err
		}
		r := Result{Name: "end to end, tags: " + count(tags), Mode: interval, Unit: runsPerSecond, Value: rate}
		if tags == 1 {
			one = rate
		} else {
			r.Limit, r.Ratio, r.Against = one, rate/one, "one tag"
		}
		b.add(r)
	}
	return nil
}

// manyTasks shows that a flow costs linear in its tasks: what a task takes of a run, with its part of the run's own.
func (b *bench) manyTasks(ctx context.Context) error {
	sizes, executed := []int{100, 1000, 4000}, b.size(400_000, 20_000)
	found, ratios := make([][]float64, len(sizes)), make([][]float64, len(sizes))
	for round := range b.rounds {
		for i, tasks := range sizes {
			rate, err := b.fresh(ctx, interval, load{slots: slots, tasks: tasks}, newSystem, func(s side, from int) (float64, error) {
				return finished(ctx, s, from, max(1, executed/tasks))
			})
			if err != nil {
				return err
			}
			found[i] = append(found[i], 1e6/rate/float64(tasks))
			ratios[i] = append(ratios[i], found[i][round]/found[0][round])
		}
	}
	for i, tasks := range sizes {
		r := Result{Name: "a task in a flow of " + count(tasks), Mode: interval, Unit: "µs", Value: median(found[i])}
		if i > 0 {
			r.Limit, r.Ratio, r.Against, r.Goals = median(found[0]), median(ratios[i]), "a flow of 100", []Goal{atMost("ratio", 1.2)}
		}
		b.add(r)
	}
	return nil
}
