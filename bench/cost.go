// This file owns the measurements of CPU and memory, of parts in processes of their own.

package main

import (
	"context"
	"errors"
	"time"

	"github.com/pyoco/pyoco"
)

// cost measures what a run takes of the worker and of the gateway: no-op runs that are submitted over HTTP.
func (b *bench) cost(ctx context.Context) error {
	n := b.size(10_000, 1000)
	var worker, skeleton, gateway, memory []float64
	for range b.rounds {
		found, err := b.costOfOurs(ctx, n)
		if err != nil {
			return err
		}
		bare, err := b.costOfSkeleton(ctx, n)
		if err != nil {
			return err
		}
		worker, gateway = append(worker, found.worker), append(gateway, found.gateway)
		memory, skeleton = append(memory, found.memory), append(skeleton, bare)
	}
	b.add(Result{Name: "CPU of the worker for a no-op run", Mode: interval, Unit: "µs", Value: median(worker), Limit: median(skeleton),
		Ratio: median(worker) / median(skeleton), Against: "skeleton's worker", Goals: []Goal{atMost("difference", 40)}})
	b.add(Result{Name: "CPU of the gateway for a run over HTTP", Mode: interval, Unit: "µs", Value: median(gateway)})
	b.add(Result{Name: "memory of the worker after the runs", Mode: interval, Unit: "MiB", Value: median(memory)})
	return nil
}

// costs are CPU in µs a run, and the worker's memory in MiB.
type costs struct{ worker, gateway, memory float64 }

func (b *bench) costOfOurs(ctx context.Context, n int) (_ costs, err error) {
	r, err := b.rig(ctx, interval)
	if err != nil {
		return costs{}, err
	}
	defer r.close()
	gateway, err := startPart(ctx, r, "gateway")
	if err != nil {
		return costs{}, err
	}
	defer func() { err = errors.Join(err, gateway.close()) }()
	worker, err := startPart(ctx, r, "worker")
	if err != nil {
		return costs{}, err
	}
	defer func() { err = errors.Join(err, worker.close()) }()
	client, err := pyoco.NewClient(gateway.URL, pyoco.ClientConfig{Timeout: time.Minute})
	if err != nil {
		return costs{}, err
	}
	defer client.Close()
	carryOut := func(from, n int) error {
		err := each(ctx, n, func(ctx context.Context, i int) error {
			_, err := client.Submit(ctx, pyoco.Submission{Flow: "main", Tag: tag(0), Params: map[string]int{"n": i}})
			return err
		})
		if err != nil {
			return err
		}
		return until(ctx, seldom, func() (bool, error) {
			runs, err := countRuns(ctx, client)
			return runs.completed >= from+n, err
		})
	}
	if err := carryOut(0, warm); err != nil {
		return costs{}, err
	}
	gatewayUsed, _, err := spent(gateway)
	if err != nil {
		return costs{}, err
	}
	workerUsed, _, err := spent(worker)
	if err != nil {
		return costs{}, err
	}
	if err := carryOut(warm, n); err != nil {
		return costs{}, err
	}
	workerNow, memory, err := spent(worker)
	if err != nil {
		return costs{}, err
	}
	gatewayNow, _, err := spent(gateway)
	perRun := 1e6 / float64(n)
	return costs{
		worker: (workerNow - workerUsed) * perRun, gateway: (gatewayNow - gatewayUsed) * perRun, memory: memory / (1 << 20),
	}, err
}

// spent is the CPU that a part has used, in seconds, and the memory that it holds, in bytes.
func spent(c *child) (cpu, memory float64, err error) {
	used, err := c.usage()
	return used.CPUSeconds, float64(used.Heap), err
}

// costOfSkeleton is the CPU of the skeleton's worker in µs a run.
func (b *bench) costOfSkeleton(ctx context.Context, n int) (_ float64, err error) {
	return b.fresh(ctx, interval, load{way: httpJSON}, func(ctx context.Context, r *rig, l load) (side, error) {
		s, err := newBare(ctx, r, l)
		return &partedBare{bare: s.(*bare), rig: r}, err
	}, func(s side, from int) (_ float64, err error) {
		worker, err := startPart(ctx, s.(*partedBare).rig, "skeleton")
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, worker.close()) }()
		if err := s.ended(ctx, from); err != nil {
			return 0, err
		}
		before, _, err := spent(worker)
		if err != nil {
			return 0, err
		}
		if _, err := finished(ctx, s, from, n); err != nil {
			return 0, err
		}
		now, _, err := spent(worker)
		return (now - before) * 1e6 / float64(n), err
	})
}

// partedBare is a skeleton whose worker is a part.
type partedBare struct {
	*bare
	rig *rig
}
