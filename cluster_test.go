// This file owns the tests of a gateway and a worker on a cluster of NATS servers whose leaders move.

package pyoco_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestNothingAcceptedIsLostWhileLeadersMove(t *testing.T) {
	t.Parallel()
	cluster := natstest.StartCluster(t, 3)
	resources := pyoco.Resources{Replicas: 3}
	b := pyoco.NewFlow("main")
	first := b.Task("first", pyoco.Func(func(context.Context) error { return nil }))
	b.Then(first, b.Task("second", pyoco.Func(func(context.Context) error { return nil })))
	flow, err := b.Build()
	require.NoError(t, err)
	gateway, err := pyoco.NewGateway(cluster.Connect(t, 0), pyoco.GatewayConfig{Resources: resources, SweepPeriod: 200 * time.Millisecond})
	require.NoError(t, err)
	worker, err := pyoco.NewWorker(cluster.Connect(t, 1), pyoco.WorkerConfig{Resources: resources, Flows: pyoco.FlowMap(flow)})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = gateway.Run(ctx) })
	running.Go(func() { _ = worker.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(stop)
	ready, done := context.WithTimeout(t.Context(), 30*time.Second)
	defer done()
	require.NoError(t, gateway.Ready(ready))

	nc := cluster.Connect(t, 2)
	accepted := map[string]bool{}
	refused := 0
	for i := range 120 {
		if i%10 == 0 {
			for _, stream := range []string{"KV_pyoco_runs", "PYOCO_WORK"} { // whether it moves now or is moving already
				_, _ = nc.Request("$JS.API.STREAM.LEADER.STEPDOWN."+stream, nil, 2*time.Second)
			}
			_, _ = nc.Request("$JS.API.CONSUMER.LEADER.STEPDOWN.PYOCO_WORK.pyoco_workers_default", nil, 2*time.Second)
		}
		run, err := gateway.Submit(t.Context(), pyoco.Submission{Flow: "main"})
		if err == nil {
			accepted[run.ID] = true
			continue
		}
		require.ErrorIs(t, err, pyoco.ErrUnavailable)
		refused++
	}
	require.Greater(t, len(accepted), 60, "refused: %d", refused)
	require.Eventually(t, func() bool {
		page, err := gateway.List(t.Context(), pyoco.ListOptions{Status: pyoco.StatusCompleted, Limit: 200})
		return err == nil && len(page.Items) == len(accepted)
	}, 60*time.Second, 50*time.Millisecond)
	for id := range accepted {
		run, err := gateway.Get(t.Context(), id)
		for errors.Is(err, pyoco.ErrUnavailable) { // a leader may still be on its way
			run, err = gateway.Get(t.Context(), id)
		}
		require.NoError(t, err)
		require.Equal(t, pyoco.StatusCompleted, run.Status)
	}
}
