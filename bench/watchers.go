// This file owns the measurement of many watchers of one run, beside a bare server of event streams.

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco"
)

// audience is a number of clients, each on a connection of its own, that read a stream of events.
type audience struct {
	heard atomic.Int64 // events by all clients
	due   int64        // how many there will have been
	mu    sync.Mutex
	began time.Time
	times []float64
}

// listen opens the streams and returns when each has brought an event. They end with ctx.
func (a *audience) listen(ctx context.Context, group *errgroup.Group, clients int, url string) error {
	client := &http.Client{Transport: &http.Transport{}}
	for range clients {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request) //nolint:bodyclose // closed by the goroutine that reads it
		if err != nil {
			return err
		}
		group.Go(func() error {
			defer answer.Body.Close()
			defer client.CloseIdleConnections()
			a.read(answer)
			return nil
		})
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", url, answer.Status)
		}
	}
	if err := a.hear(ctx, clients); err != nil {
		return err
	}
	a.times = nil
	return nil
}

// hear waits until each client has read one more event.
func (a *audience) hear(ctx context.Context, clients int) error {
	a.due += int64(clients)
	return until(ctx, often, func() (bool, error) { return a.heard.Load() >= a.due, nil })
}

func (a *audience) read(answer *http.Response) {
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if line := lines.Bytes(); bytes.HasPrefix(line, []byte("data:")) && bytes.Contains(line, []byte(`"snapshot"`)) {
			a.mu.Lock()
			a.times = append(a.times, milliseconds(time.Since(a.began)))
			a.mu.Unlock()
			a.heard.Add(1)
		}
	}
}

// tell gives the times in which all clients had each of n changes.
func (a *audience) tell(ctx context.Context, clients, n int, change func() error) ([]float64, error) {
	for range n {
		a.mu.Lock()
		a.began = time.Now()
		a.mu.Unlock()
		if err := change(); err != nil {
			return nil, err
		}
		if err := a.hear(ctx, clients); err != nil {
			return nil, err
		}
	}
	slices.Sort(a.times)
	return a.times, nil
}

func (b *bench) watchers(ctx context.Context) error {
	clients, changes := b.size(1000, 100), b.size(50, 10)
	var ours, limits, ratios []float64
	for range b.rounds {
		limit, err := b.toldBare(ctx, clients, changes)
		if err != nil {
			return err
		}
		found, err := b.told(ctx, clients, changes)
		if err != nil {
			return err
		}
		limits, ours = append(limits, limit...), append(ours, found...)
		ratios = append(ratios, percentile(found, 99)/percentile(limit, 99))
	}
	slices.Sort(ours)
	slices.Sort(limits)
	b.add(Result{Name: fmt.Sprintf("from a change to all of %s watchers, p99", count(clients)), Mode: interval, Unit: "ms",
		Value: percentile(ours, 99), Limit: percentile(limits, 99), Ratio: median(ratios), Against: "bare SSE from memory"})
	return nil
}

// told measures ours: from a worker's write of a snapshot of 1 KiB.
func (b *bench) told(ctx context.Context, clients, changes int) (times []float64, err error) {
	_, err = b.fresh(ctx, interval, load{}, newSystem, func(s side, _ int) (float64, error) {
		ours := s.(*system)
		accepted, err := ours.client.Submit(ctx, pyoco.Submission{Flow: "main", Tag: tag(0), Params: map[string]string{"x": strings.Repeat("x", 800)}})
		if err != nil {
			return 0, err
		}
		run, err := ours.gateway.Get(ctx, accepted.ID)
		if err != nil {
			return 0, err
		}
		js, err := ours.rig.jetStream()
		if err != nil {
			return 0, err
		}
		kv, err := js.KeyValue(ctx, "pyoco_runs")
		if err != nil {
			return 0, err
		}
		reading, end := context.WithCancel(ctx)
		var group errgroup.Group
		defer func() { end(); _ = group.Wait() }() // readers have no errors
		var a audience
		if err := a.listen(reading, &group, clients, ours.url+"/runs/"+accepted.ID+"/watch?timeout_sec=600"); err != nil {
			return 0, err
		}
		times, err = a.tell(ctx, clients, changes, func() error {
			run.Status, run.Attempt, run.WorkerID = pyoco.StatusRunning, 1, "bench"
			run.HeartbeatAt = pyoco.Timestamp(float64(time.Now().UnixMilli()) / 1000)
			record, err := json.Marshal(run)
			if err == nil {
				_, err = kv.Put(ctx, accepted.ID, record)
			}
			return err
		})
		return 0, err
	})
	return times, err
}
