// This file owns the measurement of how fast a gateway removes runs that are not to be kept.

package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pyoco/pyoco"
)

// retention measures a gateway that is told to keep a part of what is there, beside purges of as many keys.
func (b *bench) retention(ctx context.Context) error {
	runs := b.size(8*smallBucket, 2*smallBucket)
	var ours, limits, ratios []float64
	for range b.rounds {
		limit, err := b.purged(ctx, runs)
		if err != nil {
			return err
		}
		rate, err := b.removed(ctx, runs)
		if err != nil {
			return err
		}
		ours, limits, ratios = append(ours, rate), append(limits, limit), append(ratios, rate/limit)
	}
	b.add(Result{Name: "runs removed that are not to be kept", Mode: interval, Unit: perSecond, Value: median(ours),
		Limit: median(limits), Ratio: median(ratios), Against: "64 that purge by compare-and-set"})
	return nil
}

// removed counts from the first removal that is seen on.
func (b *bench) removed(ctx context.Context, runs int) (_ float64, err error) {
	r, err := b.rig(ctx, interval)
	if err != nil {
		return 0, err
	}
	defer r.close()
	if err := fill(ctx, r, runs); err != nil {
		return 0, err
	}
	gateway, err := startPart(ctx, r, "gateway", "-kept", strconv.Itoa(smallBucket))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, gateway.close()) }()
	client, err := pyoco.NewClient(gateway.URL, pyoco.ClientConfig{Timeout: time.Minute})
	if err != nil {
		return 0, err
	}
	defer client.Close()
	var began time.Time
	err = until(ctx, seldom, func() (bool, error) {
		found, err := countRuns(ctx, client)
		if found.kept < runs && began.IsZero() {
			began = time.Now()
		}
		return found.kept <= smallBucket, err
	})
	return float64(runs-smallBucket) / time.Since(began).Seconds(), err
}

func (b *bench) purged(ctx context.Context, runs int) (float64, error) {
	r, err := b.rig(ctx, interval)
	if err != nil {
		return 0, err
	}
	defer r.close()
	if err := fill(ctx, r, runs); err != nil {
		return 0, err
	}
	js, err := r.jetStream()
	if err != nil {
		return 0, err
	}
	kv, err := js.KeyValue(ctx, runsBucket)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	n := runs - smallBucket
	err = each(ctx, n, func(ctx context.Context, i int) error {
		entry, err := kv.Get(ctx, stockID(i))
		if err != nil {
			return err
		}
		return kv.Purge(ctx, entry.Key(), jetstream.LastRevision(entry.Revision()))
	})
	return float64(n) / time.Since(began).Seconds(), err
}
