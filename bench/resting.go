// This file owns the measurements of what costs while nothing runs.

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// resting measures a worker with many slots, and a gateway with many workers, that have nothing to do.
func (b *bench) resting(ctx context.Context) error {
	during := time.Duration(b.size(10, 1)) * time.Second
	share, err := b.restingShare(ctx, during, "worker", "-slots", "1000")
	if err != nil {
		return err
	}
	b.add(Result{Name: "an idle worker with 1,000 slots", Mode: interval, Unit: "% of a core", Value: share, Goals: []Goal{atMost("value", 1)}})
	workers := b.size(1000, 100)
	share, err = b.restingShare(ctx, during, "gateway", "-slots", "16", "-tags", "10", "-workers", strconv.Itoa(workers))
	if err != nil {
		return err
	}
	b.add(Result{Name: fmt.Sprintf("a gateway with %s idle workers over 10 tags", count(workers)), Mode: interval, Unit: "% of a core", Value: share,
		Goals: []Goal{atMost("value", 5)}})
	return nil
}

// restingShare starts a gateway and workers, and gives the part of a core that one of them takes after its first seconds.
func (b *bench) restingShare(ctx context.Context, during time.Duration, of string, workerArgs ...string) (_ float64, err error) {
	r, err := b.rig(ctx, interval)
	if err != nil {
		return 0, err
	}
	defer r.close()
	parts := map[string]*child{}
	for _, role := range []string{"gateway", "worker"} {
		var args []string
		if role == "worker" {
			args = workerArgs
		}
		part, err := startPart(ctx, r, role, args...)
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, part.close()) }()
		parts[role] = part
	}
	pause(ctx, during/2)
	before, _, err := spent(parts[of])
	if err != nil {
		return 0, err
	}
	began := time.Now()
	pause(ctx, during)
	after, _, err := spent(parts[of])
	return 100 * (after - before) / time.Since(began).Seconds(), err
}

// pause lets time pass: it is what is measured.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
