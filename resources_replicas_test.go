// This file owns the tests of replicas: how many there are, and how they are changed where streams exist.

package pyoco_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestReplicasAreRaisedWhereSomethingExists(t *testing.T) {
	t.Parallel()
	cluster := natstest.StartCluster(t, 3)
	nc := cluster.Connect(t, 0)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	for _, name := range []string{"PYOCO_WORK", "KV_mine", "OBJ_pyoco_wheels", "OTHER"} {
		_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{"a." + name}})
		require.NoError(t, err)
	}
	resources := pyoco.Resources{RunsBucket: "mine"}
	list, err := resources.Replication(t.Context(), nc)
	require.NoError(t, err)
	require.Equal(t, []pyoco.Replication{{"KV_mine", 1}, {"OBJ_pyoco_wheels", 1}, {"PYOCO_WORK", 1}}, list)

	logged := clitest.NewOutput()
	log := slog.New(slog.NewTextHandler(logged, nil))
	gateway, err := pyoco.NewGateway(nc, pyoco.GatewayConfig{Resources: pyoco.Resources{Replicas: 3}, Log: log})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = gateway.Run(ctx) })
	logged.Wait(t, "keep them until pyoco-server-admin replicas --set\" asked=3 streams=\"[OBJ_pyoco_wheels PYOCO_WORK]\"")
	stop()
	running.Wait()

	list, err = resources.SetReplicas(t.Context(), nc, 3)
	require.NoError(t, err)
	for _, stream := range list {
		require.Equal(t, 3, stream.Replicas, stream.Stream)
	}
	require.Eventually(t, func() bool {
		now, err := resources.Replication(t.Context(), nc)
		return err == nil && slices.Equal(list, now)
	}, 10*time.Second, 50*time.Millisecond)
	other, err := js.Stream(t.Context(), "OTHER")
	require.NoError(t, err)
	require.Equal(t, 1, other.CachedInfo().Config.Replicas, "it is not the system's")
}

func TestReplicasThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	nc := server.Connect(t)
	for _, replicas := range []int{-1, 0, 6} {
		_, err := pyoco.Resources{}.SetReplicas(t.Context(), nc, replicas)
		require.ErrorIs(t, err, pyoco.ErrInvalid)
		require.ErrorContains(t, err, "Replicas: must be 1 to 5, got")
	}
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "PYOCO_WORK"})
	require.NoError(t, err)
	_, err = pyoco.Resources{}.SetReplicas(t.Context(), nc, 3)
	require.ErrorContains(t, err, "replicas > 1 not supported in non-clustered mode")
	server.Stop(t)
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = pyoco.Resources{}.Replication(short, nc)
	require.ErrorIs(t, err, pyoco.ErrUnavailable)
}
