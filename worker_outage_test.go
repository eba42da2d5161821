// This file owns the tests of answers that are lost and of servers that come and go in the middle of a run.

package pyoco

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
)

func TestARunEndsOnceThoughTheAnswerToItsClaimIsLost(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	dialer := natstest.LoseAnswers(`"stream":"KV_pyoco_runs"`)
	g := newGate()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: time.Minute, Lease: 10 * time.Minute}, dialer.Option())
	dialer.Lose(1)
	id := rig.submit("main", "{}")
	g.next(t)
	require.True(t, dialer.Lost(), "an answer was lost")
	require.Equal(t, 1, rig.read(id).Attempt)
	g.release <- struct{}{}
	require.Equal(t, 1, rig.ends(id, StatusCompleted).Attempt)
	require.Empty(t, g.started)
}

func TestARunEndsOnceThoughTheAnswerToItsEndIsLost(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	dialer := natstest.LoseAnswers(`"stream":"KV_pyoco_runs"`)
	g := newGate()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: time.Minute, Lease: 10 * time.Minute}, dialer.Option())
	id := rig.submit("main", "{}")
	g.next(t)
	rig.wait(id, func(r *Run) bool { return r.Tasks["task"] == TaskRunning }) // the last write before the end
	rig.eventually("its answer is in", func() bool { return rig.jet.Conn().Flush() == nil })
	dialer.Lose(1)
	g.release <- struct{}{}
	run := rig.ends(id, StatusCompleted)
	require.True(t, dialer.Lost(), "an answer was lost")
	require.Equal(t, run.Revision, rig.revisions(), "the end was written once")
	require.EqualValues(t, 4, rig.revisions(), "created, claimed, task running, ended")
	require.Empty(t, g.started)
}

func TestARunGoesOnOverARestartOfNATS(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	for i := range 2 {
		rig.start(WorkerConfig{ID: fmt.Sprintf("w%d", i), Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 50 * time.Millisecond})
	}
	id := rig.submit("main", "{}")
	task := g.next(t)
	rig.server.Restart(t)
	restarted := timestamp(time.Now())
	rig.wait(id, func(r *Run) bool { return r.HeartbeatAt > restarted })
	require.NoError(t, task.Err())
	g.release <- struct{}{}
	require.Equal(t, 1, rig.ends(id, StatusCompleted).Attempt)
	require.Empty(t, g.started, "the task ran once")
	g.release <- struct{}{}
	rig.ends(rig.submit("main", "{}"), StatusCompleted)
}

func TestAnEndIsWrittenWhenNATSIsBack(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", g.run)), RunHeartbeat: 5 * time.Second})
	id := rig.submit("main", "{}")
	g.next(t)
	rig.wait(id, func(r *Run) bool { return r.Tasks["task"] == TaskRunning })
	rig.server.Stop(t)
	g.release <- struct{}{}
	rig.server.Start(t)
	require.Equal(t, 1, rig.ends(id, StatusCompleted).Attempt)
	require.Empty(t, g.started)
}

func TestAWorkerThatStartsBeforeNATSServesWhenItIsThere(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	log := &rigLog{}
	_, task := rigCounter()
	rig.server.Stop(t)
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", task)), Log: log.logger()}, ConnectOptions("w", nil)...)
	rig.eventually("it says so", func() bool { return log.has("NATS is not available") })
	rig.server.Start(t)
	rig.ends(rig.submit("main", "{}"), StatusCompleted)
}
