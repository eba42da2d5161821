// This file owns the tests of runs that wait and have no job.

package pyoco

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

const sweptFlow = "version: 1\nflow: {graph: \"a >> b\", defaults: {k: 1}}\ntasks: {a: {callable: \"t:a\"}, b: {callable: \"t:a\"}}\n"

func TestARunWhoseGatewayDiedBeforeItQueuedItIsQueuedOnceByAnyOfSeveral(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	one, two := rig.sweep(GatewayConfig{}), rig.sweep(GatewayConfig{})
	// Both writes of a submission but the publish.
	plain := rig.newRun("main", `{"n":12345678901234567890}`)
	plain.Tags, plain.TenantID, plain.APIKeyID, plain.ScheduleID = []string{"l"}, "t1", "k1", "s1"
	rig.store(plain)
	filed, _, err := one.prepare(t.Context(), Submission{Flow: "main", Workflow: []byte(sweptFlow)})
	require.NoError(t, err)
	require.NoError(t, one.texts.keep(t.Context(), filed.WorkflowSHA256, []byte(sweptFlow)))
	rig.store(filed)

	rig.waitJobs(2)
	one.swept(rig)
	jobs := map[string]rigJob{}
	for _, j := range rig.queued() {
		jobs[j.RunID] = j
	}
	require.Len(t, jobs, 2)
	for _, run := range []*Run{plain, filed} {
		text := ""
		if run == filed {
			text = sweptFlow
		}
		want := jobOf(run, text)
		require.Equal(t, want, jobs[run.ID].job, "the job is the one that was to be published")
		require.Equal(t, fmt.Sprintf("%s.%d", run.ID, run.Revision), jobs[run.ID].id)
		require.Empty(t, jobs[run.ID].header[headerRunRevision])
		require.Equal(t, run.Revision, rig.read(run.ID).Revision, "the run stays as it is")
	}
	acted(t, 2, actionRequeued, one, two)
	require.True(t, one.log.has("queued anew") || two.log.has("queued anew"))

	calls, task := rigCounter()
	tasks := NewTasks()
	require.NoError(t, tasks.Register("t:a", Func(task)))
	rig.start(WorkerConfig{Tasks: tasks, Flows: FlowMap(rigFlow(t, "main", task))})
	rig.ends(plain.ID, StatusCompleted)
	rig.ends(filed.ID, StatusCompleted)
	require.EqualValues(t, 3, calls.Load())
	require.Equal(t, 1, rig.read(filed.ID).Attempt)
}

func TestARunThatWaitsForAWorkerIsLeftAlone(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	one := rig.sweep(GatewayConfig{})
	_, err := one.Submit(t.Context(), Submission{Flow: "main"})
	require.NoError(t, err)
	rig.submit("main", "{}") // of another gateway: the queue has to be read
	two := rig.sweep(GatewayConfig{})
	for _, g := range []*rigGateway{one, two} {
		g.swept(rig)
	}
	require.Len(t, rig.queued(), 2)
	require.Zero(t, actions(t, actionRequeued, one, two))
}

func TestAJobThatWasRemovedIsQueuedAnew(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.sweep(GatewayConfig{})
	run, err := g.Submit(t.Context(), Submission{Flow: "main", Params: map[string]int{"n": 7}})
	require.NoError(t, err)
	other, err := g.Submit(t.Context(), Submission{Flow: "main"})
	require.NoError(t, err)
	g.swept(rig)
	require.NoError(t, rig.jet.DeleteMessage(t.Context(), workStream, rig.queued()[0].sequence))
	rig.waitJobs(2)
	g.swept(rig)
	jobs := rig.queued()
	require.Equal(t, []string{other.ID, run.ID}, []string{jobs[0].RunID, jobs[1].RunID})
	require.JSONEq(t, `{"n":7}`, string(jobs[1].Params))
	acted(t, 1, actionRequeued, g)
}

func TestAJobThatWasQueuedAnewAndIsRemovedAtOnceIsQueuedAnewAgain(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	one, two := rig.sweep(GatewayConfig{}), rig.sweep(GatewayConfig{})
	run := rig.store(rig.newRun("main", "{}"))
	for round := range 3 {
		rig.waitJobs(1)
		require.NoError(t, rig.jet.DeleteMessage(t.Context(), workStream, rig.queued()[0].sequence))
		acted(t, round+1, actionRequeued, one, two)
	}
	rig.waitJobs(1) // though the stream takes an id once in two minutes
	require.Equal(t, StatusPending, rig.read(run.ID).Status)
	one.swept(rig)
	require.Len(t, rig.queued(), 1)
}

func TestAQueueThatWasLostIsMadeAndFilledAnew(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*workerRig){
		"gone": func(*workerRig) {},
		"made anew by somebody else": func(rig *workerRig) {
			require.NoError(rig.t, rig.resources.ensureWork(rig.t.Context(), rig.jet))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newWorkerRig(t, Resources{})
			one, two := rig.sweep(GatewayConfig{}), rig.sweep(GatewayConfig{})
			want := map[string]bool{}
			for range 20 {
				run, err := one.Submit(t.Context(), Submission{Flow: "main"})
				require.NoError(t, err)
				want[run.ID] = true
			}
			one.swept(rig)
			require.NoError(t, rig.jet.JetStream().DeleteStream(t.Context(), workStream))
			lose(rig)
			rig.waitJobs(20)
			one.swept(rig)
			for _, j := range rig.queued() {
				require.True(t, want[j.RunID])
				delete(want, j.RunID)
			}
			require.Empty(t, want)
			acted(t, 20, actionRequeued, one, two)
		})
	}
}

func TestARunWhoseTextIsNotKeptFailsWithADeadLetterWhenItsJobIsLost(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	one, two := rig.sweep(GatewayConfig{}), rig.sweep(GatewayConfig{})
	run := rig.newRun("main", "{}") // as a Python gateway stores it: the text was in the job alone
	run.WorkflowSHA256, run.WorkflowBytes = sha256Hex([]byte(sweptFlow)), len(sweptFlow)
	rig.store(run)
	failed := rig.waitStatus(run.ID, StatusFailed)
	require.Equal(t, "flow_not_found: the run's job is lost, and the text of its flow file is not kept (SHA-256 "+run.WorkflowSHA256+")", failed.Error)
	require.Positive(t, failed.EndTime)
	letter := rig.letters(1)[0]
	require.Equal(t, []any{"flow_not_found", failed.Error, run.ID}, []any{letter["reason"], letter["error"], letter["run_id"]})
	acted(t, 1, actionFailed, one, two)
	require.Empty(t, rig.queued())
}

func TestARunThatIsBeingTakenBackIsNotQueued(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.sweep(GatewayConfig{})
	run := rig.newRun("main", "{}")
	done := g.sweeper.refusing(run.ID)
	rig.store(run)
	g.swept(rig)
	require.Empty(t, rig.queued())
	done()
	rig.waitJobs(1)
}

func TestWhereTooManyMessagesAreGoneJobsAreAskedForOneByOne(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.sweep(GatewayConfig{})
	first, err := g.Submit(t.Context(), Submission{Flow: "main"})
	require.NoError(t, err)
	js := rig.jet.JetStream()
	for range 10_050 {
		_, err := js.PublishAsync(rig.resources.subject("other"), []byte("x"))
		require.NoError(t, err)
	}
	<-js.PublishAsyncComplete()
	_, err = g.Submit(t.Context(), Submission{Flow: "main"})
	require.NoError(t, err)
	stream, err := js.Stream(t.Context(), workStream)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeSubject(rig.resources.subject("other"))))
	g.swept(rig)
	require.Zero(t, actions(t, actionRequeued, g))
	sequence, _ := g.sweeper.jobs.of(first.ID)
	require.NoError(t, rig.jet.DeleteMessage(t.Context(), workStream, sequence[0]))
	acted(t, 1, actionRequeued, g)
	g.swept(rig)
	acted(t, 1, actionRequeued, g)
	state, err := rig.jet.StreamState(t.Context(), workStream)
	require.NoError(t, err)
	require.EqualValues(t, 2, state.Messages)
}

func TestJobsThatAPowerCutTookFromTheQueueAreQueuedAnew(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.sweep(GatewayConfig{})
	ids := map[string]bool{}
	submit := func() string {
		run, err := g.Submit(t.Context(), Submission{Flow: "main"})
		require.NoError(t, err)
		ids[run.ID] = true
		return run.ID
	}
	kept := submit()
	for range 3 {
		submit()
	}
	g.swept(rig)
	// The server has lost the last three, which it had acknowledged, and gives their sequences to others.
	g.sweeper.jobs.mu.Lock()
	first := rig.queued()[0]
	require.Equal(t, kept, first.RunID)
	require.NoError(t, rig.jet.JetStream().DeleteStream(t.Context(), workStream))
	require.NoError(t, rig.resources.ensureWork(t.Context(), rig.jet))
	rig.queue(rig.read(kept), "", false, kept)
	for range 3 {
		id := rig.submit("main", "{}")
		ids[id] = true
	}
	state, err := rig.jet.StreamContent(t.Context(), workStream)
	require.NoError(t, err)
	g.sweeper.jobs.state.Created = state.Created // as that of a stream which is rolled back
	g.sweeper.jobs.mu.Unlock()

	rig.waitJobs(7)
	g.swept(rig)
	for _, j := range rig.queued() {
		require.True(t, ids[j.RunID], j.RunID)
		delete(ids, j.RunID)
	}
	require.Empty(t, ids, "each has its job")
	acted(t, 3, actionRequeued, g)
}

func TestAnOutageIsNoReasonToActOnARunThatLives(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.sweep(GatewayConfig{})
	gate := newGate()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", gate.run)), Lease: 2 * time.Second, RunHeartbeat: 100 * time.Millisecond})
	run, err := g.Submit(t.Context(), Submission{Flow: "main"})
	require.NoError(t, err)
	gate.next(t)
	rig.server.Restart(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // longer than the lease
	defer cancel()
	<-ctx.Done()
	gate.release <- struct{}{}
	require.Equal(t, 1, rig.ends(run.ID, StatusCompleted).Attempt)
	for _, action := range []string{actionRequeued, actionFailed, actionCancelled, actionBuried} {
		require.Zero(t, actions(t, action, g), action)
	}
}
