// This file owns the tests of the lease: who holds a run, who may take it over, and what a worker does that has lost one.

package pyoco

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rigHeld stores a run that another worker has claimed, and queues its job.
func rigHeld(rig *workerRig, lease float64) *Run {
	rig.t.Helper()
	run := rig.newRun("main", "{}")
	run.Status, run.WorkerID, run.Attempt, run.LeaseSec = StatusRunning, "dead", 1, lease
	run.Tasks = map[string]TaskState{"task": TaskRunning}
	rig.store(run)
	rig.queue(run, "", false, run.ID)
	return run
}

func TestARunOfADeadWorkerIsTakenOverAfterItsLease(t *testing.T) {
	t.Parallel()
	// AckWait is shorter than the lease: the job is kept by signs of life. One slot: it waits without holding it.
	rig := newWorkerRig(t, Resources{AckWait: 1200 * time.Millisecond, MaxDeliver: 1})
	g := newGate()
	rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", g.run)), Concurrency: 1})
	began := time.Now()
	held := rigHeld(rig, 2)
	rig.eventually("the job is with the worker", func() bool { return rig.consumer("default").NumAckPending == 1 })
	other := rig.submit("main", "{}")
	g.next(t)
	require.Less(t, time.Since(began), 2*time.Second, "the slot is free for others while it waits")
	g.release <- struct{}{}
	rig.waitStatus(other, StatusCompleted)

	g.next(t)
	require.GreaterOrEqual(t, time.Since(began), 2*time.Second)
	run := rig.read(held.ID)
	require.Equal(t, 2, run.Attempt)
	require.Equal(t, "w1", run.WorkerID)
	require.NotEqual(t, held.Tasks, run.Tasks)
	g.release <- struct{}{}
	require.Equal(t, 2, rig.ends(held.ID, StatusCompleted).Attempt)
	require.EqualValues(t, 2, rig.consumer("default").Delivered.Consumer, "each job was delivered once")
}

func TestAnOwnerThatRenewsIsNotDisturbed(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	calls, task := rigCounter()
	rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", task))})
	run := rigHeld(rig, 1)
	rig.eventually("the job is with the worker", func() bool { return rig.consumer("default").NumAckPending == 1 })
	ticker := time.NewTicker(300 * time.Millisecond)
	defer ticker.Stop()
	for range 7 { // twice the lease
		<-ticker.C
		rig.rewrite(run.ID, func(r *Run) { r.touch(time.Now()) })
	}
	require.Equal(t, 1, rig.read(run.ID).Attempt)
	rig.rewrite(run.ID, func(r *Run) { require.NoError(t, r.finish(StatusCompleted, "", time.Now())) })
	require.Equal(t, 1, rig.ends(run.ID, StatusCompleted).Attempt)
	require.Zero(t, calls.Load())
}

func TestAnAbandonedRunThatWasCancelledEndsCancelled(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	calls, task := rigCounter()
	rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", task))})
	run := rigHeld(rig, 1)
	rig.rewrite(run.ID, func(r *Run) { r.requestCancel("test", time.Now()) })
	rig.ends(run.ID, StatusCancelled)
	require.Zero(t, calls.Load())
}

func TestAnyLeaseInASnapshotIsBorne(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{AckWait: time.Second})
	_, task := rigCounter()
	rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", task)), Lease: time.Second})
	for _, lease := range []float64{-1, 0, 1e-12, 1e300} {
		run := rigHeld(rig, lease)
		if lease > maxLease.Seconds() {
			rig.eventually("it is kept", func() bool { return rig.consumer("default").NumAckPending == 1 })
			rig.rewrite(run.ID, func(r *Run) { require.NoError(t, r.handBack(time.Now())) })
		}
		rig.ends(run.ID, StatusCompleted)
	}
}

func TestAWorkerThatHasLostItsRunStopsAndWritesAndAcksNothing(t *testing.T) {
	t.Parallel()
	lose := map[string]func(*Run){
		"claimed by another":               func(r *Run) { r.Attempt, r.WorkerID = r.Attempt+1, "other" },
		"claimed by another of its name":   func(r *Run) { r.Attempt++ },
		"ended by another":                 func(r *Run) { r.Status = StatusFailed },
		"written by one without attempts":  func(r *Run) { r.Attempt, r.LeaseSec, r.WorkerID = 0, 0, "" },
		"handed back by another, too late": func(r *Run) { r.WorkerID = "" },
	}
	for name, change := range lose {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newWorkerRig(t, Resources{})
			g := newGate()
			w := rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 20 * time.Millisecond})
			id := rig.submit("main", "{}")
			task := g.next(t)
			lost := rig.rewrite(id, change)
			<-task.Done()
			require.ErrorIs(t, context.Cause(task), errLeaseLost)
			w.stop()
			require.Equal(t, lost.Revision, rig.read(id).Revision)
			require.Equal(t, 1, rig.consumer("default").NumAckPending, "the job is neither acked nor given back")
		})
	}
}

func TestTasksStopBeforeTheLeaseEndsWhileNATSIsAway(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{AckWait: time.Second})
	g := newGate()
	const lease = 3 * time.Second
	w := rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", g.run)), Lease: lease})
	id := rig.submit("main", "{}")
	task := g.next(t)
	rig.server.Stop(t)
	gone := time.Now()
	<-task.Done()
	require.ErrorIs(t, context.Cause(task), errLeaseLost)
	require.Less(t, time.Since(gone), lease)
	last := rig.lastSeen(id)
	rig.eventually("the run is given up", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.active) == 0
	})
	rig.server.Start(t)
	run := rig.wait(id, func(r *Run) bool { return r.Attempt == 2 })
	g.release <- struct{}{} // only now: the end would replace the claim before it is read
	require.Equal(t, last.Revision+1, run.Revision, "nothing else was written before")
	require.GreaterOrEqual(t, run.StartTime, timestamp(gone.Add(lease/2)), "claimed anew when the job came again")
	rig.ends(id, StatusCompleted)
}

func TestHeartbeatsShowThatARunIsAlive(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 30 * time.Millisecond})
	id := rig.submit("main", "{}")
	g.next(t)
	first := rig.wait(id, func(r *Run) bool { return r.Tasks["task"] == TaskRunning })
	second := rig.wait(id, func(r *Run) bool { return r.HeartbeatAt > first.HeartbeatAt })
	require.Greater(t, second.UpdatedAt, first.UpdatedAt)
	require.Equal(t, first.StartTime, second.StartTime)
	g.release <- struct{}{}
	last := rig.ends(id, StatusCompleted)
	require.Equal(t, last.EndTime, last.HeartbeatAt)
}

func TestAJobStaysWithItsWorkerLongerThanAckWait(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{AckWait: 1500 * time.Millisecond})
	g := newGate()
	for i := range 2 {
		rig.start(WorkerConfig{ID: fmt.Sprintf("w%d", i), Flows: FlowMap(rigFlow(t, "main", g.run))})
	}
	id := rig.submit("main", "{}")
	g.next(t)
	began := rig.read(id).StartTime
	rig.wait(id, func(r *Run) bool { return r.HeartbeatAt > began+2.5 })
	g.release <- struct{}{}
	require.Equal(t, 1, rig.ends(id, StatusCompleted).Attempt)
	require.EqualValues(t, 1, rig.consumer("default").Delivered.Consumer)
	require.Empty(t, g.started)
}

func TestAHeartbeatThatIsRefusedCostsNothingWhileTheLeaseLasts(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	var log rigLog
	g := newGate()
	rig.start(WorkerConfig{
		Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 50 * time.Millisecond, Lease: 20 * time.Second, Log: log.logger(),
	})
	id := rig.submit("main", "{}")
	task := g.next(t)
	again := rig.refuseWrites()
	rig.eventually("a heartbeat is refused", func() bool { return log.has("lease not renewed") })
	again()
	before := rig.read(id).HeartbeatAt
	rig.wait(id, func(r *Run) bool { return r.HeartbeatAt > before })
	require.NoError(t, task.Err())
	g.release <- struct{}{}
	require.Equal(t, 1, rig.ends(id, StatusCompleted).Attempt)
}

func TestALeaseThatCannotBeRenewedUntilItEndsIsLost(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 50 * time.Millisecond, Lease: time.Second})
	rig.submit("main", "{}")
	task := g.next(t)
	rig.refuseWrites()
	<-task.Done()
	require.ErrorIs(t, context.Cause(task), errLeaseLost)
}

func TestEachOwnerIsWaitedForByItsOwnLease(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	var log rigLog
	calls, task := rigCounter()
	rig.start(WorkerConfig{
		ID: "w1", Flows: FlowMap(rigFlow(t, "main", task)), Lease: 2 * time.Second, AckProgress: 100 * time.Millisecond, Log: log.logger(),
	})
	run := rigHeld(rig, 3000)
	rig.eventually("it waits", func() bool { return log.has("somebody else may be executing the run") })
	rig.rewrite(run.ID, func(r *Run) { r.Attempt, r.WorkerID, r.LeaseSec = 2, "dead as well", 1 })
	require.Equal(t, 3, rig.ends(run.ID, StatusCompleted).Attempt)
	require.EqualValues(t, 1, calls.Load())
}
