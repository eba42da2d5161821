// This file owns the measurements of many runs at once.

package main

import (
	"context"
	"slices"
)

// against names the skeleton as the limit.
func against(w way) string {
	if w == library {
		return "skeleton"
	}
	return "skeleton over HTTP"
}

func (b *bench) submissions(ctx context.Context) error {
	for _, w := range []way{library, httpJSON, httpYAML} {
		found, err := b.compare(ctx, interval, load{way: w}, b.size(20_000, 1000), accepted)
		if err != nil {
			return err
		}
		r := Result{Name: "submissions, " + string(w), Mode: interval, Unit: "a second",
			Value: found.ours, Limit: found.limit, Ratio: found.ratio, Against: against(w)}
		if w == httpJSON {
			r.Goals = []Goal{atLeast("ratio", 0.8)}
		}
		b.add(r)
	}
	return nil
}

func (b *bench) endToEnd(ctx context.Context) error {
	return b.both(ctx, interval, b.size(20_000, 1000), atLeast("ratio", 0.7))
}

// River on Postgres, which is durable, carries out 1,580 jobs a second.
func (b *bench) endToEndDurable(ctx context.Context) error {
	return b.both(ctx, durable, b.size(3000, 300), atLeast("ratio", 2.5), atLeast("value", 1580))
}

// both measures runs with a no-op flow of two tasks, submitted in this process and over HTTP.
func (b *bench) both(ctx context.Context, m mode, n int, goals ...Goal) error {
	for _, w := range []way{library, httpJSON} {
		found, err := b.compare(ctx, m, load{way: w, slots: slots}, n, finished)
		if err != nil {
			return err
		}
		b.add(Result{Name: "end to end, " + string(w), Mode: m, Unit: "runs/s", Goals: slices.Clone(goals),
			Value: found.ours, Limit: found.limit, Ratio: found.ratio, Against: against(w)})
	}
	return nil
}

func (b *bench) bigParams(ctx context.Context) error {
	for _, w := range []way{library, httpJSON} {
		found, err := b.compare(ctx, interval, load{way: w, slots: slots, params: 100 << 10}, b.size(2000, 200), finished)
		if err != nil {
			return err
		}
		b.add(Result{Name: "end to end with 100 KiB of params, " + string(w), Mode: interval, Unit: "runs/s",
			Value: found.ours, Limit: found.limit, Ratio: found.ratio, Against: "skeleton with the same"})
	}
	return nil
}

// manyTags is measured with one worker that serves all tags. The limit is that of one tag.
func (b *bench) manyTags(ctx context.Context) error {
	n, counts := b.size(20_000, 1000), []int{1, 100, 1000, 10_000}
	if b.quick {
		counts = []int{1, 100}
	}
	return b.series(ctx, counts, "one tag", nil, func(tags int) (string, string, load) {
		return "end to end, tags: " + count(tags), "runs/s", load{slots: slots, tags: tags}
	}, func(s side, from, _ int) (float64, error) { return finished(ctx, s, from, n) })
}

// manyTasks shows that a flow costs linear in its tasks.
func (b *bench) manyTasks(ctx context.Context) error {
	executed := b.size(400_000, 20_000)
	return b.series(ctx, []int{100, 1000, 4000}, "a flow of 100", []Goal{atMost("ratio", 1.2)}, func(tasks int) (string, string, load) {
		return "a task in a flow of " + count(tasks), "µs", load{slots: slots, tasks: tasks}
	}, func(s side, from, tasks int) (float64, error) {
		rate, err := finished(ctx, s, from, max(1, executed/tasks))
		return 1e6 / rate / float64(tasks), err
	})
}

// series measures ours at several sizes in turns; the limit of each is the first.
func (b *bench) series(ctx context.Context, sizes []int, against string, goals []Goal,
	describe func(size int) (name, unit string, l load), measure func(s side, from, size int) (float64, error),
) error {
	found := make([][]float64, len(sizes))
	for range b.rounds {
		for i, size := range sizes {
			_, _, l := describe(size)
			value, err := b.fresh(ctx, interval, l, newSystem, func(s side, from int) (float64, error) { return measure(s, from, size) })
			if err != nil {
				return err
			}
			found[i] = append(found[i], value)
		}
	}
	for i, size := range sizes {
		name, unit, _ := describe(size)
		r := Result{Name: name, Mode: interval, Unit: unit, Value: median(found[i])}
		if i > 0 {
			ratios := make([]float64, b.rounds)
			for round := range ratios {
				ratios[round] = found[i][round] / found[0][round]
			}
			r.Limit, r.Ratio, r.Against, r.Goals = median(found[0]), median(ratios), against, slices.Clone(goals)
		}
		b.add(r)
	}
	return nil
}
