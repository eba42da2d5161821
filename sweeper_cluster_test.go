// This file owns the test of the sweeper over a replicated store, which refuses and answers in other ways than one server.

package pyoco

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestSeveralGatewaysSweepAReplicatedStore(t *testing.T) {
	t.Parallel()
	cluster := natstest.StartCluster(t, 3)
	j, err := jet.New(cluster.Connect(t, 2))
	require.NoError(t, err)
	rig := &workerRig{t: t, jet: j}
	gateways := make([]*rigGateway, 2)
	for i := range gateways {
		log := &rigLog{}
		g, err := NewGateway(cluster.Connect(t, i), GatewayConfig{
			Resources:   Resources{Replicas: 3, DeadLetterMaxBytes: 1 << 20, AckWait: 300 * time.Millisecond, MaxDeliver: 1},
			SweepPeriod: sweepPeriod, RunLease: time.Second, RunRetention: 2 * time.Second, Log: log.logger(),
		})
		require.NoError(t, err)
		gateways[i] = rig.runGateway(g, log)
	}
	rig.resources = gateways[0].cfg.Resources
	rig.runs = &runStore{bucket: j.Bucket(rig.resources.RunsBucket), maxSnapshot: 900 << 10, log: logger(nil)}
	const lost = 5
	for range lost {
		rig.store(rig.newRun("main", "{}"))
	}
	cancelled := rig.newRun("main", "{}")
	cancelled.Status = StatusCancelling
	rig.store(cancelled)
	rig.waitJobs(lost)
	acted(t, 1, actionCancelled, gateways...)
	acted(t, lost, actionRequeued, gateways...)

	// A worker that dies on every job.
	require.NoError(t, rig.resources.ensureConsumer(t.Context(), j, consumerName("default")))
	consumer, err := j.JetStream().Consumer(t.Context(), workStream, consumerName("default"))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var dying sync.WaitGroup
	dying.Go(func() {
		for ctx.Err() == nil {
			if msg, err := consumer.Next(); err == nil {
				_ = msg.Nak()
			}
		}
	})
	acted(t, lost, actionFailed, gateways...)
	rig.waitJobs(0)
	stop()
	rig.store(rig.newRun("main", "{}")) // ends the worker's last pull
	dying.Wait()
	rig.eventually("removed", func() bool { return gateways[1].index.Count(facetStatus, string(StatusFailed)) == 0 })
	letters, err := j.StreamMessages(t.Context(), rig.resources.DeadLetterStream)
	require.NoError(t, err)
	require.EqualValues(t, lost, letters)
}
