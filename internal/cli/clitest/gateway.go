// This file owns the gateway beside a program under test.

package clitest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

// Gateway runs a gateway on a server until the test ends, and returns when it is ready.
func Gateway(t testing.TB, server *natstest.Server) *pyoco.Gateway {
	t.Helper()
	gateway, err := pyoco.NewGateway(server.Connect(t), pyoco.GatewayConfig{})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = gateway.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	require.NoError(t, gateway.Ready(t.Context()))
	return gateway
}

// WaitRun gives a run once it has ended.
func WaitRun(t testing.TB, gateway *pyoco.Gateway, id string) (run *pyoco.Run) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		run, err = gateway.Get(t.Context(), id)
		return err == nil && run.Status.Terminal()
	}, Patience, 5*time.Millisecond)
	return run
}
