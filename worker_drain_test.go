// This file owns the tests of a worker's end: the intake stops, running work gets its time, and what is left goes on
// elsewhere.

package pyoco

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// rigStopping stops a worker in the background; the channel is closed when it has ended.
func rigStopping(w *rigWorker) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		w.stop()
		close(ended)
	}()
	return ended
}

func TestAStoppingWorkerTakesNothingNewAndFinishesWhatRuns(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	log := &rigLog{}
	w := rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", g.run)), DrainTimeout: time.Minute, Log: log.logger()})
	id := rig.submit("main", "{}")
	task := g.next(t)
	ended := rigStopping(w)
	rig.eventually("the intake has stopped", func() bool { return errors.Is(context.Cause(w.taking), errDrained) })
	later := rig.submit("main", "{}")
	rig.wait(id, func(r *Run) bool { return r.HeartbeatAt > rig.read(later).UpdatedAt }) // it lives on
	require.NoError(t, task.Err())
	g.release <- struct{}{}
	rigReceive(t, ended)
	require.Equal(t, StatusCompleted, rig.read(id).Status)
	require.Equal(t, StatusPending, rig.read(later).Status)
	require.Empty(t, g.started)
	require.Zero(t, rig.consumer("default").NumAckPending)
	require.False(t, log.has("drain timeout"))
}

func TestWhatIsLeftAfterTheDrainGoesOnElsewhereAtOnce(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	flows := FlowMap(rigFlow(t, "main", g.run))
	first := rig.start(WorkerConfig{ID: "w1", Flows: flows, DrainTimeout: 50 * time.Millisecond, Lease: time.Minute})
	id := rig.submit("main", "{}")
	task := g.next(t)
	ended := rigStopping(first)
	<-task.Done()
	require.ErrorIs(t, context.Cause(task), errDrained)
	rigReceive(t, ended)
	run := rig.read(id)
	require.Equal(t, StatusRunning, run.Status)
	require.Empty(t, run.WorkerID)
	require.Equal(t, 1, run.Attempt)

	began := time.Now()
	rig.start(WorkerConfig{ID: "w2", Flows: flows, Lease: time.Minute})
	g.next(t)
	require.Less(t, time.Since(began), 10*time.Second)
	g.release <- struct{}{}
	run = rig.ends(id, StatusCompleted)
	require.Equal(t, "w2", run.WorkerID)
	require.Equal(t, 2, run.Attempt)
}

func TestACancelledRunThatIsHandedBackEndsCancelled(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	flows := FlowMap(rigFlow(t, "main", g.run))
	first := rig.start(WorkerConfig{ID: "w1", Flows: flows, RunHeartbeat: 5 * time.Second})
	id := rig.submit("main", "{}")
	g.next(t)
	rig.rewrite(id, func(r *Run) { r.requestCancel("test", time.Now()) }) // the worker does not know it yet
	first.stop()
	rig.start(WorkerConfig{ID: "w2", Flows: flows})
	rig.ends(id, StatusCancelled)
	require.Empty(t, g.started)
}

func TestAJobThatIsKeptForAnothersRunDoesNotHoldUpTheStop(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	w := rig.start(WorkerConfig{DrainTimeout: time.Minute})
	rigHeld(rig, 600)
	rig.eventually("the job is kept", func() bool { return rig.consumer("default").NumAckPending == 1 })
	began := time.Now()
	w.stop()
	require.Less(t, time.Since(began), 10*time.Second)
	log := &rigLog{}
	rig.start(WorkerConfig{Log: log.logger()})
	rig.eventually("the job is given back", func() bool { return log.has("somebody else may be executing") })
	require.Less(t, time.Since(began), 20*time.Second, "before its AckWait has passed")
}

// It is not parallel: what other tests run would look like a leak.
func TestWorkersStartAndStopWithoutALeak(t *testing.T) {
	rig := newWorkerRig(t, Resources{})
	calls, task := rigCounter()
	flows := FlowMap(rigFlow(t, "main", task))
	var ids []string
	for range 20 {
		known := goleak.IgnoreCurrent()
		nc := rig.server.Connect(t)
		w, err := NewWorker(nc, WorkerConfig{Flows: flows, DrainTimeout: -1, Resources: rig.resources, PollTimeout: 100 * time.Millisecond})
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		ids = append(ids, rig.submit("main", "{}"))
		stop()
		require.NoError(t, rigReceive(t, ended))
		nc.Close()
		goleak.VerifyNone(t, known)
	}
	rig.start(WorkerConfig{Flows: flows})
	rig.waitJobs(0)
	for _, id := range ids {
		require.Equal(t, StatusCompleted, rig.read(id).Status)
	}
	require.GreaterOrEqual(t, calls.Load(), int64(20), "none was lost")
}

func (rig *workerRig) workerInfo(id string, is func(*WorkerInfo) bool) *WorkerInfo {
	rig.t.Helper()
	var info WorkerInfo
	bucket := rig.jet.Bucket(rig.resources.WorkersBucket)
	rig.eventually("the worker's record", func() bool {
		entry, err := bucket.Get(rig.t.Context(), id)
		return err == nil && info.UnmarshalJSON(entry.Value) == nil && is(&info)
	})
	return &info
}

func TestTheRecordOfAWorkerFollowsItsLife(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	w := rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", g.run)), Concurrency: 3, Tags: []string{"default", "b"}})
	info := rig.workerInfo("w1", func(i *WorkerInfo) bool { return i.State == WorkerIdle })
	require.Equal(t, []string{"default", "b"}, info.Tags)
	require.Equal(t, 3, info.Concurrency)
	require.Equal(t, w.instance, info.InstanceID)
	require.Equal(t, []string{}, info.CurrentRunIDs)
	require.Positive(t, info.LastSeenAt)
	require.Equal(t, info.LastSeenAt, info.LastHeartbeatAt)
	require.Equal(t, info.LastSeenAt, info.HeartbeatAt)

	first := rig.submit("main", "{}")
	g.next(t)
	second := rig.submit("main", "{}")
	g.next(t)
	info = rig.workerInfo("w1", func(i *WorkerInfo) bool { return len(i.CurrentRunIDs) == 2 })
	require.Equal(t, WorkerRunning, info.State)
	require.ElementsMatch(t, []string{first, second}, info.CurrentRunIDs)
	require.Equal(t, first, info.CurrentRunID, "the oldest")
	g.release <- struct{}{}
	g.release <- struct{}{}
	info = rig.workerInfo("w1", func(i *WorkerInfo) bool { return i.State == WorkerIdle })
	require.Contains(t, []string{first, second}, info.LastRunID)
	require.Equal(t, StatusCompleted, info.LastRunStatus)
	require.GreaterOrEqual(t, info.LastRunFinishedAt, info.LastRunStartedAt)
	require.Empty(t, info.CurrentRunID)

	w.stop()
	info = rig.workerInfo("w1", func(*WorkerInfo) bool { return true })
	require.Equal(t, WorkerStopped, info.State)
	require.Equal(t, "graceful_shutdown", info.StopReason)
	require.Positive(t, info.StoppedAt)
	require.Equal(t, []string{}, info.CurrentRunIDs)
}

func TestTheOperatorsFieldsSurviveAWorkersWritesAndItsRestart(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	log := &rigLog{}
	w := rig.start(WorkerConfig{ID: "w1", WorkerHeartbeat: 50 * time.Millisecond})
	rig.workerInfo("w1", func(i *WorkerInfo) bool { return i.State == WorkerIdle })
	bucket := rig.jet.Bucket(rig.resources.WorkersBucket)
	rig.eventually("the operator's write", func() bool {
		entry, err := bucket.Get(t.Context(), "w1")
		require.NoError(t, err)
		value := strings.Replace(string(entry.Value), `"hidden":false`, `"hidden":true,"note":{"n":1e400}`, 1)
		_, err = bucket.Update(t.Context(), "w1", []byte(value), entry.Revision)
		return err == nil
	})
	kept := func(i *WorkerInfo) bool { return i.Hidden && string(i.extra["note"]) == `{"n":1e400}` }
	written := rig.workerInfo("w1", kept)
	rig.workerInfo("w1", func(i *WorkerInfo) bool { return kept(i) && i.LastSeenAt > written.LastSeenAt })
	w.stop()
	rig.workerInfo("w1", func(i *WorkerInfo) bool { return kept(i) && i.State == WorkerStopped })
	w = rig.start(WorkerConfig{ID: "w1", Log: log.logger()})
	info := rig.workerInfo("w1", func(i *WorkerInfo) bool { return kept(i) && i.State == WorkerIdle })
	require.Equal(t, w.instance, info.InstanceID)
	require.Zero(t, info.StoppedAt)
	require.Empty(t, info.StopReason)
	require.False(t, log.has("another live worker"))
}

func TestOnlyTwoLiveWorkersUnderOneIDWarn(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	_, err := rig.jet.Bucket(rig.resources.WorkersBucket).Create(t.Context(), "w1",
		[]byte(`{"worker_id":"w1","instance_id":"crashed","state":"RUNNING"}`))
	require.NoError(t, err)
	one, two := &rigLog{}, &rigLog{}
	w := rig.start(WorkerConfig{ID: "w1", WorkerHeartbeat: 20 * time.Millisecond, Log: one.logger()})
	first := rig.workerInfo("w1", func(i *WorkerInfo) bool { return i.InstanceID == w.instance })
	rig.workerInfo("w1", func(i *WorkerInfo) bool { return i.LastSeenAt > first.LastSeenAt })
	require.False(t, one.has("another live worker"), "what a crash has left is no live worker")
	rig.start(WorkerConfig{ID: "w1", WorkerHeartbeat: 20 * time.Millisecond, Log: two.logger()})
	rig.eventually("one warns", func() bool { return one.has("another live worker") })
	rig.eventually("two warns", func() bool { return two.has("another live worker") })
}

func TestARunThatCannotBeHandedBackKeepsItsJob(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	var log rigLog
	g := newGate()
	w := rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 5 * time.Second, Log: log.logger()})
	id := rig.submit("main", "{}")
	g.next(t)
	answers := rig.answers()
	rig.refuseWrites()
	w.stop()
	require.True(t, log.has("run not handed back"))
	require.NoError(t, rig.jet.Conn().Flush())
	n, _, err := answers.Pending()
	require.NoError(t, err)
	require.Zero(t, n, "a job that is given back while the snapshot names an owner would only spend deliveries")
	require.Equal(t, StatusRunning, rig.read(id).Status)
}
