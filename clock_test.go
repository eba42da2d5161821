// This file owns the tests of wall clocks that jump: they may change what is shown and nothing else.

package pyoco

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// jumpyClock is a wall clock that can be set.
type jumpyClock struct{ offset atomic.Int64 }

func (c *jumpyClock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

func (c *jumpyClock) jump(by time.Duration) { c.offset.Add(int64(by)) }

func TestJumpsOfTheClockChangeNothingButTimes(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{AckWait: 2 * time.Second})
	var atGateway, atWorker jumpyClock
	g, err := NewGateway(rig.server.Connect(t), GatewayConfig{
		Resources: rig.resources, SweepPeriod: 50 * time.Millisecond, RunLease: time.Second, WorkerDisconnectTimeout: 3 * time.Second,
	})
	require.NoError(t, err)
	g.now = atGateway.now
	tasks := newGate()
	w, err := NewWorker(rig.server.Connect(t), WorkerConfig{
		ID: "w1", Resources: rig.resources, Flows: FlowMap(rigFlow(t, "main", tasks.run)), Lease: 2 * time.Second,
		RunHeartbeat: 50 * time.Millisecond, WorkerHeartbeat: 200 * time.Millisecond, DrainTimeout: -1,
	})
	require.NoError(t, err)
	w.now = atWorker.now
	gateway := rig.runGateway(g, nil)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, rigReceive(t, ended))
	})

	running, err := g.Submit(t.Context(), Submission{Flow: "main"})
	require.NoError(t, err)
	task := tasks.next(t)
	for _, jump := range []time.Duration{time.Hour, -2 * time.Hour, time.Hour} {
		atWorker.jump(jump)
		atGateway.jump(-jump)
		before := rig.read(running.ID)
		rig.wait(running.ID, func(r *Run) bool { return r.Revision > before.Revision+3 && r.UpdatedAt > before.UpdatedAt })
		require.NoError(t, task.Err(), "the lease is held by the monotonic clock")
		rig.eventually("the worker is alive to readers", func() bool {
			workers, err := g.Workers(t.Context(), WorkerListOptions{})
			return err == nil && len(workers) == 1 && workers[0].State == WorkerRunning
		})
	}
	atGateway.jump(-time.Hour)
	queued, err := g.Submit(t.Context(), Submission{Flow: "main"})
	require.NoError(t, err)
	tasks.next(t)
	atGateway.jump(3 * time.Hour)
	_, err = g.Cancel(t.Context(), queued.ID)
	require.NoError(t, err)
	rig.waitStatus(queued.ID, StatusCancelled)
	tasks.release <- struct{}{}
	run := rig.waitStatus(running.ID, StatusCompleted)
	require.Equal(t, 1, run.Attempt)
	rig.waitJobs(0)
	for _, action := range []string{actionRequeued, actionFailed, actionCancelled, actionBuried, actionJobRemoved} {
		require.Zero(t, actions(t, action, gateway), action)
	}
}
