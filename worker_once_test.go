// This file owns the tests of a worker that takes one job.

package pyoco

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// once makes a worker for RunOnce.
func (rig *workerRig) once(cfg WorkerConfig) *Worker {
	rig.t.Helper()
	cfg.Resources = rig.resources
	w, err := NewWorker(rig.server.Connect(rig.t), cfg)
	require.NoError(rig.t, err)
	return w
}

func TestRunOnceCarriesOneJobToItsEnd(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	w := rig.once(WorkerConfig{
		ID: "once", PollTimeout: 50 * time.Millisecond,
		Flows: FlowMap(rigFlow(t, "main", func(context.Context) (int, error) { return 1, nil })),
	})
	ran, err := w.RunOnce(t.Context())
	require.NoError(t, err)
	require.False(t, ran, "there is no job")

	ids := []string{rig.submit("main", "{}"), rig.submit("main", "{}")}
	for left := uint64(1); ; left-- {
		ran, err = w.RunOnce(t.Context())
		require.NoError(t, err)
		require.True(t, ran)
		rig.waitJobs(left)
		if left == 0 {
			break
		}
	}
	for _, id := range ids {
		require.Equal(t, StatusCompleted, rig.read(id).Status)
		require.Equal(t, 1, rig.read(id).Attempt)
	}
	entry, err := rig.jet.Bucket(rig.resources.WorkersBucket).Get(t.Context(), "once")
	require.NoError(t, err)
	require.Contains(t, string(entry.Value), `"state":"STOPPED_GRACEFUL"`)
	require.Contains(t, string(entry.Value), `"last_run_id":"`+ids[1]+`"`)
}

func TestRunOnceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	flows := FlowMap(rigFlow(t, "main", g.run))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran, err := rig.once(WorkerConfig{Flows: flows}).RunOnce(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, ran)

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	id := rig.submit("main", "{}")
	w := rig.once(WorkerConfig{ID: "stopped", Flows: flows, DrainTimeout: -1})
	go func() {
		<-g.started
		cancel()
	}()
	ran, err = w.RunOnce(ctx)
	require.NoError(t, err)
	require.True(t, ran)
	require.Empty(t, rig.read(id).WorkerID, "handed back")
	rig.waitJobs(1)
}

func TestRunOnceWaitsForTheRunOfSomebodyElse(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	run := rig.newRun("main", "{}")
	run.Status, run.WorkerID, run.Attempt, run.LeaseSec = StatusRunning, "dead", 1, 1
	rig.queue(rig.store(run), "", false, run.ID)
	ran, err := rig.once(WorkerConfig{
		PollTimeout: 50 * time.Millisecond, Lease: time.Second,
		Flows: FlowMap(rigFlow(t, "main", func(context.Context) error { return nil })),
	}).RunOnce(t.Context())
	require.NoError(t, err)
	require.True(t, ran)
	require.Equal(t, StatusCompleted, rig.read(run.ID).Status)
	require.Equal(t, 2, rig.read(run.ID).Attempt)
}
