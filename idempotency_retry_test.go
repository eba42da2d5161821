// This file owns the tests of what a repeated request finds: a run whose gateway died between its two writes, one that is
// being taken back, one that has ended.

package pyoco

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// keyedGateway is a running gateway over a rig's NATS.
func keyedGateway(rig *workerRig) *Gateway {
	rig.t.Helper()
	g := looseGateway(rig)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	rig.t.Cleanup(func() {
		stop()
		require.NoError(rig.t, rigReceive(rig.t, ended))
	})
	require.NoError(rig.t, g.Ready(rig.t.Context()))
	return g
}

func TestARepeatedRequestQueuesARunThatItsGatewayCouldNot(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := keyedGateway(rig)
	s := Submission{Flow: "main", IdempotencyKey: "k"}
	run, _, err := g.prepare(t.Context(), s)
	require.NoError(t, err)
	require.NoError(t, g.runs.create(t.Context(), run)) // and there it died
	accepted, err := g.Submit(t.Context(), s)
	require.NoError(t, err)
	require.Equal(t, run.ID, accepted.ID)
	rig.waitJobs(1)
	require.NoError(t, g.takeBack(t.Context(), run), "the gateway that refused the first request is late")
	require.Equal(t, StatusPending, rig.read(run.ID).Status, "the run was accepted since")

	calls, task := rigCounter()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", task))})
	rig.ends(run.ID, StatusCompleted)
	ended := rig.read(run.ID)
	require.NotEmpty(t, ended.RequestSHA256, "kept by the worker")
	again, err := g.Submit(t.Context(), s)
	require.NoError(t, err)
	require.Equal(t, accepted, again, "the first answer, also when the run has ended")
	require.Equal(t, ended.Revision, rig.read(run.ID).Revision)
	rig.waitJobs(0)
	require.EqualValues(t, 1, calls.Load())
}

func TestARunUnderAKeyThatWasClaimedIsNotTakenBack(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := looseGateway(rig)
	run, _, err := g.prepare(t.Context(), Submission{Flow: "main", IdempotencyKey: "k"})
	require.NoError(t, err)
	rig.store(run)
	rig.rewrite(run.ID, func(r *Run) {
		_, err := r.claim("w1", time.Minute, 1, time.Now())
		require.NoError(t, err)
	})
	require.NoError(t, g.takeBack(t.Context(), run))
	require.Equal(t, StatusRunning, rig.read(run.ID).Status, "a repeated request may have been told that it is accepted")
}

func TestARepeatedRequestIsQueuedAlsoWhereTheFirstJobHasComeAndGone(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := keyedGateway(rig)
	s := Submission{Flow: "main", IdempotencyKey: "k"}
	run, _, err := g.prepare(t.Context(), s)
	require.NoError(t, err)
	require.NoError(t, g.runs.create(t.Context(), run))
	message, err := g.message(run, "")
	require.NoError(t, err)
	require.NoError(t, g.publish(t.Context(), t.Context(), run, message))
	require.NoError(t, g.takeBack(t.Context(), run), "as where the answer to the publish was lost")
	first, err := rig.jet.NextMessage(t.Context(), workStream, message.Subject, 0)
	require.NoError(t, err)
	require.NoError(t, rig.jet.DeleteMessage(t.Context(), workStream, first.Sequence), "as a worker that finds no run")

	_, err = g.Submit(t.Context(), s)
	require.NoError(t, err)
	queued, err := rig.jet.StreamMessages(t.Context(), workStream)
	require.NoError(t, err)
	require.EqualValues(t, 1, queued)
}
