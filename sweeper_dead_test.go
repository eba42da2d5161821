// This file owns the tests of runs whose worker is dead: their jobs are gone or spent, or they were to be cancelled.

package pyoco

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

func TestARunOfADeadWorkerWhoseJobIsGoneIsQueuedOnce(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	one, two := rig.sweep(GatewayConfig{}), rig.sweep(GatewayConfig{})
	began := time.Now()
	run := rig.left(nil)
	rig.waitJobs(1)
	require.GreaterOrEqual(t, time.Since(began), time.Second, "not before its lease has passed")
	one.swept(rig)
	job := rig.queued()[0]
	require.Equal(t, run.ID+"."+strconv.FormatUint(run.Revision, 10), job.id)
	require.JSONEq(t, `{"n":1.0}`, string(job.Params))
	require.Equal(t, run.Revision, rig.read(run.ID).Revision)
	acted(t, 1, actionRequeued, one, two)
	calls, task := rigCounter()
	rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", task)), Lease: time.Second})
	ended := rig.ends(run.ID, StatusCompleted)
	require.Equal(t, 2, ended.Attempt)
	require.EqualValues(t, 1, calls.Load())
}

func TestARunThatWasHandedBackWithoutItsJobIsQueuedSoon(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.sweep(GatewayConfig{})
	began := time.Now()
	rig.left(func(r *Run) { r.WorkerID, r.LeaseSec = "", 3600 })
	rig.waitJobs(1)
	require.Less(t, time.Since(began), 10*time.Second, "nobody holds it")
	acted(t, 1, actionRequeued, g)
}

func TestASpentJobIsQueuedAnewUntilTheAttemptsAreSpentToo(t *testing.T) {
	t.Parallel()
	for name, advisories := range map[string]bool{"told by an advisory": true, "told by nobody": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newWorkerRig(t, sweepResources)
			if !advisories {
				require.NoError(t, rig.jet.JetStream().DeleteStream(t.Context(), advisoryStream))
			}
			run := rig.left(func(r *Run) { r.JobSeq = 1 })
			rig.queue(run, "", false, run.ID)
			rig.spend("default")
			gateways := []*rigGateway{rig.sweep(GatewayConfig{}), rig.sweep(GatewayConfig{})}
			if !advisories {
				require.NoError(t, rig.jet.JetStream().DeleteStream(t.Context(), advisoryStream))
			}
			consumer, err := rig.jet.JetStream().Consumer(t.Context(), workStream, consumerName("default"))
			require.NoError(t, err)
			msg, err := consumer.Next() // the pull with which the server finds the first job spent; it brings the second
			require.NoError(t, err)
			jobs := rig.queued()
			require.Len(t, jobs, 1, "the spent one is gone")
			require.Equal(t, run.ID, jobs[0].RunID)
			// By the gateway that found it spent, or by the other, which found none in between: in either case, once.
			require.Equal(t, fmt.Sprintf("%s.%d", run.ID, run.Revision), jobs[0].id)
			require.Equal(t, run.Revision, rig.read(run.ID).Revision)
			acted(t, 1, actionRequeued, gateways...)
			require.Zero(t, actions(t, actionFailed, gateways...))

			// The worker claims it for the second time, which is the last, and dies.
			require.NoError(t, msg.InProgress())
			claimed := rig.rewrite(run.ID, func(r *Run) {
				_, err := r.claim("w2", time.Second, jobs[0].sequence, time.Now())
				require.NoError(t, err)
				r.Tasks = map[string]TaskState{"task": TaskRunning, "done": TaskSucceeded, "later": TaskPending}
				r.TaskRecords = map[string]*TaskRecord{"task": {State: TaskRunning}, "done": {State: TaskSucceeded, Output: []byte("1")}}
			})
			require.NoError(t, msg.Nak())
			msg, err = consumer.Next()
			require.NoError(t, err)
			require.NoError(t, msg.Nak())
			rig.pull()
			failed := rig.waitStatus(run.ID, StatusFailed)
			require.Equal(t, "max_deliver_exceeded: no worker has ended the run in 2 attempts (limit 2)", failed.Error)
			require.Equal(t, claimed.Revision+1, failed.Revision, "one write ends it")
			require.Equal(t, map[string]TaskState{"task": TaskCancelled, "done": TaskSucceeded, "later": TaskCancelled}, failed.Tasks)
			require.Equal(t, TaskCancelled, failed.TaskRecords["task"].State)
			require.JSONEq(t, "1", string(failed.TaskRecords["done"].Output))
			require.Positive(t, failed.EndTime)
			rig.waitJobs(0)
			letter := rig.letters(1)[0]
			delete(letter, "timestamp")
			require.Equal(t, map[string]any{
				"on": "pyoco.dlq.default", "reason": "max_deliver_exceeded", "error": failed.Error, "run_id": run.ID, "flow_name": "main",
				"tag": "default", "worker_id": "w2",
			}, letter)
			gateways[0].swept(rig)
			acted(t, 1, actionFailed, gateways...)
			letters, err := rig.jet.StreamMessages(t.Context(), rig.resources.DeadLetterStream)
			require.NoError(t, err)
			require.EqualValues(t, 1, letters)
		})
	}
}

func TestARunThatEveryWorkerDiesOnBeforeItsClaimFailsInTheEnd(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, sweepResources)
	gateway := rig.sweep(GatewayConfig{})
	submitted, err := gateway.Submit(t.Context(), Submission{Flow: "main"})
	require.NoError(t, err)
	consumer, err := rig.jet.JetStream().Consumer(t.Context(), workStream, consumerName("default"))
	require.NoError(t, err)
	for range 2 * rig.resources.MaxDeliver { // both deliveries of the job, and of the two that follow it
		msg, err := consumer.Next()
		require.NoError(t, err)
		require.NoError(t, msg.Nak())
	}
	msg, err := consumer.Next()
	require.NoError(t, err)
	require.Equal(t, "2", msg.Headers().Get(headerRequeued))
	require.NoError(t, msg.Nak())
	msg, err = consumer.Next()
	require.NoError(t, err)
	require.NoError(t, msg.Nak())
	rig.pull()
	require.Contains(t, rig.ends(submitted.ID, StatusFailed).Error, "max_deliver_exceeded")
}

func TestAJobThatWaitsForAWorkerIsNotSpent(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, sweepResources)
	run := rig.left(func(r *Run) { r.JobSeq = 1 })
	rig.queue(run, "", false, run.ID)
	consumer, err := rig.jet.JetStream().Consumer(t.Context(), workStream, consumerName("default"))
	require.NoError(t, err)
	msg, err := consumer.Next()
	require.NoError(t, err)
	require.NoError(t, msg.Nak()) // one delivery is left
	g := rig.sweep(GatewayConfig{})
	g.swept(rig)
	rig.eventually("its lease has passed", func() bool { return len(g.sweeper.runs.due(time.Hour, time.Second)) == 1 })
	g.swept(rig)
	require.EqualValues(t, 1, rig.queued()[0].sequence)
	require.Zero(t, actions(t, actionRequeued, g))
}

func TestAJobIsGivenItsWholeTimeHoweverLongItsRunWasSilent(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{AckWait: 10 * time.Second})
	run := rig.left(func(r *Run) { r.JobSeq = 1 })
	rig.queue(run, "", false, run.ID)
	consumer, err := rig.jet.JetStream().Consumer(t.Context(), workStream, consumerName("default"))
	require.NoError(t, err)
	_, err = consumer.Next() // by a worker that waits for the lease of the one before
	require.NoError(t, err)
	_, err = consumer.Fetch(1, jetstream.FetchContext(t.Context())) // by another
	require.NoError(t, err)
	g := rig.sweep(GatewayConfig{})
	rig.eventually("the run is known", func() bool { return g.sweeper.runs.len() == 1 })
	g.sweeper.runs.mu.Lock()
	old := g.sweeper.runs.runs[run.ID]
	old.since = old.since.Add(-time.Hour)
	g.sweeper.runs.runs[run.ID] = old
	g.sweeper.runs.mu.Unlock()
	g.swept(rig)
	require.Zero(t, actions(t, actionRequeued, g))
	require.Len(t, rig.queued(), 1)
}

func TestOnlyClaimsSpendTheAttemptsOfARun(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, sweepResources)
	run := rig.left(nil)
	data, err := encode(jobOf(run, ""))
	require.NoError(t, err)
	sequence, err := rig.jet.Publish(t.Context(), &nats.Msg{
		Subject: rig.resources.subject("default"), Data: data, Header: nats.Header{headerRequeued: []string{"9"}},
	}, "spent")
	require.NoError(t, err)
	require.NoError(t, looseGateway(rig).sweeper.retry(t.Context(), run, []uint64{sequence}))
	require.Equal(t, StatusRunning, rig.read(run.ID).Status)
	require.Len(t, rig.queued(), 1)
}

func TestACancelledRunThatNobodyExecutesEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		run   func(*Run)
		after time.Duration
	}{
		"left by a dead worker":        {func(r *Run) { r.Status = StatusCancelling }, time.Second},
		"left by a dead Python worker": {func(r *Run) { r.Status, r.WorkerID, r.Attempt, r.LeaseSec = StatusCancelling, "", 0, 0 }, pythonLease},
		"handed back":                  {func(r *Run) { r.Status, r.WorkerID, r.LeaseSec = StatusCancelling, "", 3600 }, 0},
		"never claimed": {func(r *Run) {
			*r = Run{ID: r.ID, Flow: r.Flow, Tag: r.Tag, Status: StatusCancelling, UpdatedAt: r.UpdatedAt}
		}, 0},
		"never claimed, where nobody is": {func(r *Run) {
			*r = Run{ID: r.ID, Flow: r.Flow, Tag: "nobody", Status: StatusCancelling, UpdatedAt: r.UpdatedAt}
		}, 0},
		"its job is gone":                  {func(r *Run) { r.Status, r.Tag = StatusCancelling, "none" }, time.Second},
		"with an error that it had before": {func(r *Run) { r.Status, r.Error = StatusCancelling, "earlier" }, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newWorkerRig(t, Resources{})
			one, two := rig.sweep(GatewayConfig{}), rig.sweep(GatewayConfig{})
			began := time.Now()
			run := rig.left(c.run)
			if run.Tag != "none" {
				rig.queue(run, "", false, run.ID)
				rig.queue(run, "", false, run.ID+".7") // a second one
			}
			ended := rig.ends(run.ID, StatusCancelled)
			require.GreaterOrEqual(t, time.Since(began), c.after)
			require.Equal(t, or(run.Error, "cancelled: no worker was executing the run"), ended.Error)
			require.Positive(t, ended.EndTime)
			require.NotContains(t, ended.Tasks, TaskRunning)
			require.Equal(t, run.Revision+1, ended.Revision)
			one.swept(rig)
			acted(t, 1, actionCancelled, one, two)
			state, err := rig.jet.StreamState(t.Context(), rig.resources.DeadLetterStream)
			require.NoError(t, err)
			require.Zero(t, state.Messages)
		})
	}
}
