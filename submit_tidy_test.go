// This file owns the tests of what is left behind by submissions that were refused: no goroutine, no run, no end of them.

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

// losingGateway is a running gateway that loses the answers to its writes of runs as often as dropper says.
func losingGateway(t *testing.T, server *natstest.Server) (g *Gateway, dropper *natstest.LossyDialer, stop func(), ended chan error) {
	t.Helper()
	dropper = natstest.LoseAnswers(`"stream":"KV_pyoco_runs"`)
	g, err := NewGateway(server.Connect(t, append(ConnectOptions("test", nil), dropper.Option())...), GatewayConfig{})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended = make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ended <- g.Run(ctx)
	}()
	t.Cleanup(func() {
		dropper.Lose(0)
		stop()
		<-done
	})
	require.NoError(t, g.Ready(t.Context()))
	return g, dropper, stop, ended
}

func (t *tidier) counts() (inFlight, due int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inFlight, len(t.due)
}

func TestAStopWaitsForSubmissionsAndTakesBackWhatTheyLeave(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	g, dropper, stop, ended := losingGateway(t, server)
	dropper.Lose(1 << 30)
	submitted := make(chan error, 1)
	go func() {
		call, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Second)
		defer cancel()
		_, err := g.Submit(call, Submission{Flow: "f"})
		dropper.Lose(0)
		submitted <- err
	}()
	require.Eventually(t, func() bool { inFlight, _ := g.refused.counts(); return inFlight == 1 }, 10*time.Second, time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	inFlight, due := g.refused.counts()
	require.Zero(t, inFlight)
	require.Zero(t, due)
	var refused *unavailableError
	require.ErrorAs(t, <-submitted, &refused)
	_, err := g.Submit(t.Context(), Submission{Flow: "f"})
	require.ErrorIs(t, err, errStopping)
	keys, err := g.runs.bucket.Keys(t.Context())
	require.NoError(t, err)
	for _, key := range keys {
		_, err = g.runs.get(t.Context(), key)
		require.ErrorIs(t, err, jet.ErrNotFound)
	}
}

func TestSubmissionsWhileNATSIsAwayLeaveNothingToTakeBack(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	g, _, _, _ := losingGateway(t, server)
	server.Stop(t)
	require.Eventually(t, func() bool { return !g.jet.Connected() }, 10*time.Second, time.Millisecond)
	var calls sync.WaitGroup
	for range 500 {
		calls.Go(func() {
			call, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 125*time.Millisecond)
			defer cancel()
			_, _ = g.Submit(call, Submission{Flow: "f"})
		})
	}
	calls.Wait()
	_, due := g.refused.counts()
	require.Less(t, due, 25, "those whose time was over in the moment of sending")
}

func TestASubmissionOverTheBoundIsRefusedBeforeItWrites(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	g, _, _, _ := losingGateway(t, server)
	var places []func()
	for range maxUnsettled {
		leave, err := g.refused.enter()
		require.NoError(t, err)
		places = append(places, leave)
	}
	_, err := g.Submit(t.Context(), Submission{Flow: "f"})
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorContains(t, err, "10000 submissions wait")
	keys, err := g.runs.bucket.Keys(t.Context())
	require.NoError(t, err)
	require.Empty(t, keys)
	for _, leave := range places {
		leave()
	}
	_, err = g.Submit(t.Context(), Submission{Flow: "f"})
	require.NoError(t, err)
}
