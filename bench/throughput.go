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
		found, err := b.compare(ctx, interval, load{way: w}, b.size(10_000, 1000), accepted)
		if err != nil {
			return err
		}
		r := Result{Name: "submissions, " + string(w), Mode: interval, Unit: perSecond,
			Value: found.ours, Limit: found.limit, Ratio: found.ratio, Against: against(w)}
		if w == httpJSON {
			r.Goals = []Goal{atLeast("ratio", 0.8)}
		}
		b.add(r)
	}
	return nil
}

func (b *bench) endToEnd(ctx context.Context) error {
	return b.both(ctx, interval, b.size(10_000, 1000), atLeast("ratio", 0.7))
}

// River on Postgres, which is durable, carries out 1,580 jobs a second.
func (b *bench) endToEndDurable(ctx context.Context) error {
	return b.both(ctx, durable, b.size(2000, 300), atLeast("ratio", 2.5), atLeast("value", 1580))
}

// both measures runs with a no-op flow of two tasks, submitted in this process and over HTTP.
func (b *bench) both(ctx context.Context, m mode, n int, goals ...Goal) error {
	for _, w := range []way{library, httpJSON} {
		found, err := b.compare(ctx, m, load{way: w, slots: slots}, n, finished)
		if err != nil {
			return err
		}
		b.add(Result{Name: "end to end, " + string(w), Mode: m, Unit: runsPerSecond, Goals: slices.Clone(goals),
			Value: found.ours, Limit: found.limit, Ratio: found.ratio, Against: against(w)})
	}
	return nil
}

func (b *bench) bigParams(ctx context.Context) error {
	for _, w := range []way{library, httpJSON} {
		found, err := b.compare(ctx, interval, load{way: w, slots: slots, params: 100 << 10}, b.size(600, 100), finished)
		if err != nil {
			return err
		}
		b.add(Result{Name: "end to end with 100 KiB of params, " + string(w), Mode: interval, Unit: runsPerSecond,
			Value: found.ours, Limit: found.limit, Ratio: found.ratio, Against: "skeleton with the same"})
	}
	return nil
}
