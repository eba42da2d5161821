// This file owns our side: a gateway and a worker in this process, called as users call them.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco"
)

// system is ours as a side.
type system struct {
	rig     *rig
	gateway *pyoco.Gateway
	client  *pyoco.Client
	url     string
	load    load
	done    atomic.Int64 // runs whose last task was executed
	parts   *errgroup.Group
	stop    context.CancelFunc
}

func newSystem(ctx context.Context, r *rig, l load) (side, error) { return startSystem(ctx, r, l) }

// startSystem returns when the gateway is ready; the worker serves every tag of the load.
func startSystem(ctx context.Context, r *rig, l load) (_ *system, err error) {
	s := &system{rig: r, load: l}
	ctx, s.stop = context.WithCancel(ctx)
	s.parts, ctx = errgroup.WithContext(ctx)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	nc, err := r.connect()
	if err != nil {
		return nil, err
	}
	if s.gateway, err = pyoco.NewGateway(nc, pyoco.GatewayConfig{}); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.url = "http://" + listener.Addr().String()
	if s.client, err = pyoco.NewClient(s.url, pyoco.ClientConfig{Timeout: time.Minute}); err != nil {
		return nil, err
	}
	s.parts.Go(func() error { return s.gateway.Run(ctx) })
	s.parts.Go(func() error { return s.gateway.Serve(ctx, listener) })
	if l.slots > 0 {
		if err := s.work(ctx, r); err != nil {
			return nil, err
		}
	}
	return s, s.gateway.Ready(ctx)
}

// work starts the worker.
func (s *system) work(ctx context.Context, r *rig) error {
	nc, err := r.connect()
	if err != nil {
		return err
	}
	cfg, err := workerConfig(s.load, func() { s.done.Add(1) })
	if err != nil {
		return err
	}
	worker, err := pyoco.NewWorker(nc, cfg)
	if err != nil {
		return err
	}
	s.parts.Go(func() error { return worker.Run(ctx) })
	return nil
}

func (s *system) submit(ctx context.Context, i int) error {
	_, err := s.submitted(ctx, i)
	return err
}

func (s *system) submitted(ctx context.Context, i int) (*pyoco.Submitted, error) {
	submission := pyoco.Submission{Flow: "main", Tag: tag(i % max(1, s.load.tags)), Params: map[string]int{"n": i}}
	if s.load.params > 0 {
		submission.Params = json.RawMessage(`{"x":` + s.load.text() + `}`)
	}
	switch s.load.way {
	case httpJSON:
		return s.client.Submit(ctx, submission)
	case httpYAML:
		return s.client.SubmitYAML(ctx, []byte(flowFile), "main", submission.Tag)
	default:
		return s.gateway.Submit(ctx, submission)
	}
}

// ended waits for the last tasks, and then for the gateway to have seen the ends.
func (s *system) ended(ctx context.Context, n int) error {
	if err := until(ctx, often, func() (bool, error) { return s.done.Load() >= int64(n), nil }); err != nil {
		return err
	}
	return until(ctx, often, func() (bool, error) {
		runs, err := countRuns(ctx, s.client)
		return runs.completed >= n, err
	})
}

// carry submits a run and follows the stream of its events to the end.
func (s *system) carry(ctx context.Context, i int) error {
	accepted, err := s.submitted(ctx, i)
	if err != nil {
		return err
	}
	run, err := s.client.Wait(ctx, accepted.ID)
	if err == nil && run.Status != pyoco.StatusCompleted {
		err = fmt.Errorf("run %s is %s: %s", run.ID, run.Status, run.Error)
	}
	return err
}

func (s *system) close() error {
	s.stop()
	if s.client != nil {
		s.client.Close()
	}
	return s.parts.Wait()
}
