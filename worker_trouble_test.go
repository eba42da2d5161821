// This file owns the tests of a worker whose flows, tasks or neighbours behave badly.

package pyoco

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

func TestAResolverMayTakeLongerThanTheLease(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{AckWait: 500 * time.Millisecond})
	calls, task := rigCounter()
	flow := rigFlow(t, "main", task)
	entered, release := make(chan struct{}), make(chan struct{})
	enter := sync.OnceFunc(func() { close(entered) })
	slow := rig.start(WorkerConfig{ID: "slow", Lease: time.Second, Flows: func(string) (*Flow, bool) {
		enter()
		<-release
		return flow, true
	}})
	id := rig.submit("main", "{}")
	<-entered
	rig.start(WorkerConfig{ID: "fast", Lease: time.Second, Flows: FlowMap(flow)})
	claimed := rig.read(id)
	rig.wait(id, func(r *Run) bool { return r.HeartbeatAt > claimed.StartTime+1.5 }) // longer than its lease
	close(release)
	run := rig.ends(id, StatusCompleted)
	require.Equal(t, 1, run.Attempt)
	require.Equal(t, slow.cfg.ID, run.WorkerID)
	require.EqualValues(t, 1, calls.Load())
}

func TestAPanicOfTheResolverFailsTheRunAlone(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	var log rigLog
	rig.start(WorkerConfig{Log: log.logger(), Flows: func(name string) (*Flow, bool) {
		if name == "bad" {
			panic("no such table")
		}
		return rigFlow(t, "main", func(context.Context) error { return nil }), true
	}})
	run := rig.ends(rig.submit("bad", "{}"), StatusFailed)
	require.Equal(t, "execution_error: the resolver of flows panicked: no such table", run.Error)
	require.True(t, log.has("worker_trouble_test.go"), "the stack is in the log")
	rig.ends(rig.submit("main", "{}"), StatusCompleted)
}

func TestARunIsNotHandedBackWhileATaskOfItStillRuns(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{AckWait: time.Second})
	release := make(chan struct{})
	var at, most atomic.Int64
	flow := rigFlow(t, "main", func(context.Context) error { // it does not look at its context
		most.Store(max(most.Load(), at.Add(1)))
		defer at.Add(-1)
		<-release
		return nil
	})
	w := rig.start(WorkerConfig{ID: "a", CancelGrace: 50 * time.Millisecond, Lease: 2 * time.Second, Flows: FlowMap(flow)})
	id := rig.submit("main", "{}")
	rig.eventually("the task runs", func() bool { return at.Load() == 1 })
	w.stop()
	run := rig.read(id)
	require.Equal(t, "a", run.WorkerID, "its lease has to end first")
	require.Equal(t, StatusRunning, run.Status)
	rig.start(WorkerConfig{ID: "b", Flows: FlowMap(flow)})
	rig.eventually("the job is with the other worker", func() bool { return rig.consumer("default").NumAckPending == 1 })
	require.EqualValues(t, 1, most.Load())
	close(release)
	rig.ends(id, StatusCompleted)
	require.EqualValues(t, 1, most.Load())
}

func TestAJobIsKeptWithinTheAckWaitThatItsConsumerReallyHas(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	_, err := rig.jet.JetStream().UpdateConsumer(t.Context(), workStream, jetstream.ConsumerConfig{ // as a Python worker does
		Durable: consumerName("default"), FilterSubject: "pyoco.work.default", AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: 2 * time.Second, MaxDeliver: 4, MaxAckPending: 200,
	})
	require.NoError(t, err)
	g := newGate()
	rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 100 * time.Millisecond})
	id := rig.submit("main", "{}")
	held := rigHeld(rig, 3000)
	g.next(t)
	began := rig.read(id).StartTime
	rig.wait(id, func(r *Run) bool { return r.HeartbeatAt > began+5 })
	require.EqualValues(t, 2, rig.consumer("default").Delivered.Consumer, "each job was delivered once")
	g.release <- struct{}{}
	rig.waitStatus(id, StatusCompleted)
	require.Equal(t, StatusRunning, rig.read(held.ID).Status)
}

func TestAnOwnerIsToldFromANamesakeAlsoWhereAttemptsBeginAnew(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	rig.start(WorkerConfig{ID: "worker", Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 300 * time.Millisecond})
	id := rig.submit("main", "{}")
	task := g.next(t)
	first := rig.read(id)
	second := rig.rewrite(id, func(r *Run) { // what a Python worker leaves, claimed by another worker of the same name
		r.Attempt, r.LeaseSec, r.JobSeq = 0, 0, 0
		_, err := r.claim("worker", time.Minute, 1, time.Now())
		require.NoError(t, err)
	})
	require.Equal(t, first.Attempt, second.Attempt)
	<-task.Done()
	require.ErrorIs(t, context.Cause(task), errLeaseLost)
	rig.eventually("the older one has left", func() bool { return len(g.started) == 0 })
	require.Equal(t, second.Revision, rig.read(id).Revision)
}

func TestAMessageThatIsNoJobIsKeptWhileItsDeadLetterCannotBe(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{MaxDeliver: 3})
	var log rigLog
	rig.start(WorkerConfig{ID: "w1", Log: log.logger()})
	rig.eventually("it has started", func() bool { return log.has("worker started") })
	require.NoError(t, rig.jet.JetStream().DeleteStream(t.Context(), rig.resources.DeadLetterStream))
	answers := rig.answers()
	rig.publish("default", "not json")
	answer, err := answers.NextMsg(rigPatience)
	require.NoError(t, err)
	require.Equal(t, `-NAK {"delay":2000000000}`, string(answer.Data))
	require.NoError(t, rig.resources.ensureDeadLetters(t.Context(), rig.jet))
	require.Equal(t, "not json", rig.letters(1)[0]["payload"])
	rig.waitJobs(0)
}

func TestAHolderOfAnUnreadableRunGivesItsJobBack(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	var log rigLog
	w := rig.start(WorkerConfig{ID: "w1", Lease: time.Second, Log: log.logger()})
	run := rigHeld(rig, 1)
	rig.eventually("it is kept", func() bool { return len(w.held) == 1 })
	_, err := rig.runs.bucket.Update(t.Context(), run.ID, []byte(`{"run_id":`), run.Revision)
	require.NoError(t, err)
	rig.eventually("the job is given back", func() bool { return log.has("the job will come again") })
}

func TestAWatchEndsAtAnEventThatItCannotRead(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte("event: snapshot\ndata: {\"snapshot\": 5}\n\n"))
	}))
	t.Cleanup(server.Close)
	c, err := NewClient(server.URL, ClientConfig{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	_, err = c.Wait(t.Context(), "x")
	require.ErrorContains(t, err, "the gateway's event is not what this client knows")
	require.EqualValues(t, 1, calls.Load())
}
