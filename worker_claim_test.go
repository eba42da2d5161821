// This file owns the tests of the way from a delivered job to a claimed run.

package pyoco

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
)

// rigCounter is a task that counts its executions.
func rigCounter() (*atomic.Int64, func(context.Context) error) {
	n := new(atomic.Int64)
	return n, func(context.Context) error {
		n.Add(1)
		return nil
	}
}

func TestTheFirstClaimSaysWhoHoldsTheRunAndForHowLong(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", g.run)), Lease: 20 * time.Second})
	id := rig.submit("main", `{"n": 12345678901234567890}`)
	g.next(t)
	run := rig.read(id)
	require.Equal(t, StatusRunning, run.Status)
	require.Equal(t, 1, run.Attempt)
	require.EqualValues(t, 1, run.JobSeq)
	require.EqualValues(t, 20, run.LeaseSec)
	require.Equal(t, "w1", run.WorkerID)
	require.JSONEq(t, `{"n": 12345678901234567890}`, string(run.Params))
	require.Positive(t, run.StartTime)
	g.release <- struct{}{}
	run = rig.ends(id, StatusCompleted)
	require.Equal(t, 1, run.Attempt)
	require.Equal(t, "w1", run.WorkerID)
}

func TestTheFirstClaimNeedsNoRead(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	reads, err := rig.jet.Conn().SubscribeSync("$JS.API.STREAM.MSG.GET.KV_pyoco_runs")
	require.NoError(t, err)
	require.NoError(t, rig.jet.Conn().Flush())
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", func(context.Context) error { return nil }))})
	id := rig.submit("main", "{}")
	rig.waitStatus(id, StatusCompleted)
	rig.waitJobs(0)
	require.NoError(t, rig.jet.Conn().Flush())
	n, _, err := reads.Pending()
	require.NoError(t, err)
	require.Zero(t, n, "reads of snapshots")

	// a job of another gateway has no header: its run is read
	run := rig.store(rig.newRun("main", "{}"))
	rig.queue(run, "", false, run.ID)
	rig.ends(run.ID, StatusCompleted)
	require.NoError(t, rig.jet.Conn().Flush())
	n, _, err = reads.Pending()
	require.NoError(t, err)
	require.Positive(t, n)
}

func TestARunCancelledBeforeItsClaimEndsWithoutATask(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]bool{"claimed without a read": true, "read first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newWorkerRig(t, Resources{})
			calls, task := rigCounter()
			run := rig.store(rig.newRun("main", "{}"))
			rig.queue(run, "", header, run.ID)
			rig.cancel(run.ID)
			rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", task))})
			ended := rig.ends(run.ID, StatusCancelled)
			require.Zero(t, calls.Load())
			require.Zero(t, ended.Attempt)
			require.Equal(t, "test", ended.CancelRequestedBy)
			require.Positive(t, ended.EndTime)
			require.EqualValues(t, 3, rig.revisions(), "created, cancelled, ended")
		})
	}
}

func TestACancelReachesARunningTaskAtOnce(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	gateway, err := NewGateway(rig.server.Connect(t), GatewayConfig{Resources: rig.resources})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- gateway.Run(ctx) }()
	defer func() {
		stop()
		require.NoError(t, rigReceive(t, ended))
	}()
	g := newGate()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 10 * time.Second, Lease: time.Minute})
	fastest := time.Hour
	for range 5 { // the machine may be busy once
		accepted, err := gateway.Submit(t.Context(), Submission{Flow: "main"})
		require.NoError(t, err)
		task := g.next(t)
		began := time.Now()
		_, err = gateway.Cancel(t.Context(), accepted.ID)
		require.NoError(t, err)
		<-task.Done()
		fastest = min(fastest, time.Since(began))
		require.ErrorIs(t, context.Cause(task), errCancelRequested)
		run := rig.ends(accepted.ID, StatusCancelled)
		require.Equal(t, map[string]TaskState{"task": TaskCancelled}, run.Tasks)
		require.Equal(t, 1, run.Attempt)
	}
	require.Less(t, fastest, 100*time.Millisecond)
}

func TestAHeartbeatFindsACancelWithoutAHint(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 50 * time.Millisecond})
	id := rig.submit("main", "{}")
	task := g.next(t)
	rig.rewrite(id, func(r *Run) { r.requestCancel("test", time.Now()) })
	<-task.Done()
	rig.ends(id, StatusCancelled)
}

func TestACancelledRunThatFailsLeavesNoDeadLetter(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	fails := func(ctx context.Context) error {
		g.started <- ctx
		<-g.release
		return errors.New("broken")
	}
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", fails)), RunHeartbeat: 5 * time.Second})
	id := rig.submit("main", "{}")
	g.next(t)
	rig.rewrite(id, func(r *Run) { r.requestCancel("test", time.Now()) }) // without a hint: found by the last write
	g.release <- struct{}{}
	rig.ends(id, StatusCancelled)
	other := rig.submit("main", "{}")
	g.next(t)
	g.release <- struct{}{}
	rig.ends(other, StatusFailed)
	require.Equal(t, other, rig.letters(1)[0]["run_id"], "the first letter")
}

func TestAJobOfAnEndedRunIsRemovedAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	calls, task := rigCounter()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", task))})
	for _, header := range []bool{true, false} {
		for _, status := range []Status{StatusCompleted, StatusFailed, StatusCancelled} {
			created := rig.store(rig.newRun("main", "{}"))
			run := rig.rewrite(created.ID, func(r *Run) { r.Status = status })
			before := rig.revisions()
			rig.queue(created, "", header, created.ID)
			rig.waitJobs(0)
			require.Equal(t, before, rig.revisions())
			require.Equal(t, run.Revision, rig.read(run.ID).Revision)
		}
	}
	require.Zero(t, calls.Load())
}

func TestAJobThatIsQueuedTwiceRunsOnce(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	for _, id := range []string{"w1", "w2"} {
		rig.start(WorkerConfig{ID: id, Flows: FlowMap(rigFlow(t, "main", g.run)), Lease: 2 * time.Second})
	}
	run := rig.store(rig.newRun("main", "{}"))
	rig.queue(run, "", true, run.ID)
	rig.queue(run, "", true, run.ID) // swallowed
	rig.queue(run, "", true, run.ID+".7")
	rig.queue(run, "", false, run.ID+".8")
	rig.waitJobs(3)
	g.next(t)
	rig.eventually("all copies are with workers", func() bool { return rig.consumer("default").NumAckPending == 3 })
	g.release <- struct{}{}
	ended := rig.ends(run.ID, StatusCompleted)
	require.Equal(t, 1, ended.Attempt)
	require.Empty(t, g.started)
	require.EqualValues(t, 3, rig.consumer("default").Delivered.Consumer, "no delivery was spent on waiting")
}

func TestAJobWithoutARunIsBuried(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]bool{"claimed without a read": true, "read first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newWorkerRig(t, Resources{})
			calls, task := rigCounter()
			rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", task))})
			run := rig.newRun("main", "{}")
			run.Revision, run.Tags, run.TenantID = 7, []string{"a"}, "t1"
			rig.queue(run, "", header, run.ID)
			letter := rig.letters(1)[0]
			rig.waitJobs(0)
			require.Equal(t, "pyoco.dlq.default", letter["on"])
			require.Equal(t, "run_not_found", letter["reason"])
			require.Equal(t, run.ID, letter["run_id"])
			require.Equal(t, "main", letter["flow_name"])
			require.Equal(t, "default", letter["tag"])
			require.Equal(t, []any{"a"}, letter["tags"])
			require.Equal(t, "t1", letter["tenant_id"])
			require.Equal(t, "w1", letter["worker_id"])
			require.NotContains(t, letter, "payload")
			require.Zero(t, calls.Load())
			require.Zero(t, rig.revisions(), "no snapshot is made")
		})
	}
}

func TestACancelledRunThatAPythonWorkerExecutesIsLeftToIt(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	var log rigLog
	calls, task := rigCounter()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", task)), Lease: 10 * time.Second, Log: log.logger()})
	run := rig.newRun("main", "{}")
	run.Status, run.StartTime = StatusCancelling, timestamp(time.Now()) // such a snapshot names nobody
	rig.store(run)
	rig.queue(run, "", false, run.ID)
	rig.eventually("it waits", func() bool { return log.has("somebody else may be executing the run") })
	rig.rewrite(run.ID, func(r *Run) { r.EndTime = timestamp(time.Now()) }) // the way in which a Python worker is done with it
	rig.ends(run.ID, StatusCancelled)
	require.Zero(t, calls.Load())
	require.EqualValues(t, 3, rig.revisions(), "created, left by the Python worker, ended")
}

func TestAJobThatCannotBeKeptComesAgainAfterALease(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	answers := rig.answers()
	_, task := rigCounter()
	w := rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", task)), Lease: 25 * time.Second})
	for range maxHeld {
		w.held <- struct{}{}
	}
	rigHeld(rig, 25)
	answer, err := answers.NextMsg(rigPatience)
	require.NoError(t, err)
	require.Equal(t, `-NAK {"delay":25000000000}`, string(answer.Data))
}

func TestAHintThatComesWhileTheClaimIsBeingWrittenIsKept(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	w, err := NewWorker(rig.server.Connect(t), WorkerConfig{Resources: rig.resources})
	require.NoError(t, err)
	w.base, w.taking = t.Context(), t.Context()
	run := rig.store(rig.newRun("main", "{}"))
	c := &claimedRun{
		worker: w, job: jobOf(run, ""), log: w.cfg.Log, hinted: make(chan struct{}, 1),
		delivery: &jet.Delivery{Delivered: 1, Header: nats.Header{headerRunRevision: {strconv.FormatUint(run.Revision, 10)}}},
	}
	rig.server.Stop(t) // the write takes as long as that
	claimed := make(chan error, 1)
	go func() { claimed <- c.claim(t.Context()) }()
	rig.eventually("the claim is on its way", func() bool {
		w.onCancelHint(&nats.Msg{Subject: cancelHintSubject(run.ID)})
		return len(c.hinted) == 1
	})
	rig.server.Start(t)
	require.NoError(t, rigReceive(t, claimed))
	require.Len(t, c.hinted, 1, "the first thing to do is to look")
}
