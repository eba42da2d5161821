// This file owns the tests of jobs without an open run, and of runs that Python workers execute.

package pyoco

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAJobWhoseRunIsGoneIsBuriedOnce(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	one, two := rig.sweep(GatewayConfig{}), rig.sweep(GatewayConfig{})
	run := rig.newRun("main", "{}")
	run.Tags, run.TenantID = []string{"a"}, "t1"
	rig.queue(run, "", false, run.ID)
	rig.publish("default", "no job") // is a worker's to judge
	rig.waitJobs(1)
	letter := rig.letters(1)[0]
	delete(letter, "timestamp")
	require.Equal(t, map[string]any{
		"on": "pyoco.dlq.default", "reason": "run_not_found", "error": "the run has no snapshot", "run_id": run.ID, "flow_name": "main",
		"tag": "default", "tags": []any{"a"}, "tenant_id": "t1",
	}, letter)
	one.swept(rig)
	letters, err := rig.jet.StreamMessages(t.Context(), rig.resources.DeadLetterStream)
	require.NoError(t, err)
	require.EqualValues(t, 1, letters)
	acted(t, 1, actionBuried, one, two)
	require.Zero(t, rig.revisions(), "no snapshot is made")
}

func TestTheJobOfAnEndedRunIsRemovedWhereNoWorkerWillAckIt(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, sweepResources)
	run := rig.left(nil)
	rig.queue(run, "", false, run.ID)
	rig.spend("default")
	rig.rewrite(run.ID, func(r *Run) { require.NoError(t, r.finish(StatusCompleted, "", time.Now())) })
	ended := rig.read(run.ID)
	g := rig.sweep(GatewayConfig{})
	rig.waitJobs(0)
	acted(t, 1, actionJobRemoved, g)
	require.Equal(t, ended.Revision, rig.read(run.ID).Revision)
}

// putPython writes a record as Python processes do: whole, and without compare-and-set.
func (rig *workerRig) putPython(bucket, key, record string, args ...any) {
	rig.t.Helper()
	kv, err := rig.jet.JetStream().KeyValue(rig.t.Context(), bucket)
	require.NoError(rig.t, err)
	record = fmt.Sprintf(record, args...)
	require.True(rig.t, json.Valid([]byte(record)), record)
	_, err = kv.Put(rig.t.Context(), key, []byte(record))
	require.NoError(rig.t, err)
}

const pythonSnapshot = `{"run_id":%q,"flow_name":"main","tag":"py","tags":["py"],"tenant_id":null,"status":%q,"params":{"n":1.0},"tasks":{"a":"RUNNING"},
	"task_records":{},"start_time":1764000000.25,"heartbeat_at":%f,"updated_at":%f,"end_time":null,"error":null,"worker_id":null}`

const pythonWorker = `{"worker_id":%q,"instance_id":"i","state":"RUNNING","hidden":false,"tags":["py"],"last_seen_at":%f,"last_heartbeat_at":%f,
	"heartbeat_at":%f,"current_run_id":%q}`

// pythonLives writes what a live Python worker writes while it is too busy for the run's own heartbeat.
func (rig *workerRig) pythonLives(worker, run string) {
	now := float64(timestamp(time.Now()))
	rig.putPython(rig.resources.WorkersBucket, worker, pythonWorker, worker, now, now, now, run)
}

func TestARunOfALivePythonWorkerIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, status := range []Status{StatusRunning, StatusCancelling} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			rig := newWorkerRig(t, Resources{})
			g := rig.sweep(GatewayConfig{WorkerDisconnectTimeout: 2 * time.Second})
			const id = "r1"
			rig.putPython(rig.resources.RunsBucket, id, pythonSnapshot, id, status, 1.0, 1.0)
			revision := rig.read(id).Revision
			ticker := time.NewTicker(200 * time.Millisecond)
			defer ticker.Stop()
			for range 6 { // three times the lease
				rig.pythonLives("py1", id)
				<-ticker.C
			}
			require.NotEmpty(t, g.sweeper.runs.due(time.Hour, pythonLease))
			require.Equal(t, revision, rig.read(id).Revision)
			require.Empty(t, rig.queued())
			// Its worker falls silent.
			if status == StatusCancelling {
				require.Equal(t, "cancelled: no worker was executing the run", rig.ends(id, StatusCancelled).Error)
				return
			}
			rig.waitJobs(1)
			require.Equal(t, "py", rig.queued()[0].Tag)
			require.Equal(t, revision, rig.read(id).Revision)
			acted(t, 1, actionRequeued, g)
		})
	}
}

func TestAPythonRunThatBeatsIsLeftAlone(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.sweep(GatewayConfig{RunLease: time.Second})
	ticker := time.NewTicker(150 * time.Millisecond)
	defer ticker.Stop()
	for i := range 10 { // longer than the lease; its worker's record is not there at all
		rig.putPython(rig.resources.RunsBucket, "r1", pythonSnapshot, "r1", StatusRunning, float64(i), float64(i))
		<-ticker.C
	}
	require.Empty(t, rig.queued())
	require.Zero(t, actions(t, actionRequeued, g))
}

func TestAnEndThatAPythonWorkerWroteOverIsNoOpenRun(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.sweep(GatewayConfig{})
	rig.putPython(rig.resources.RunsBucket, "r1", pythonSnapshot, "r1", StatusCompleted, 1.0, 1.0)
	rig.eventually("its end was seen", func() bool { return g.index.Count(facetStatus, string(StatusCompleted)) == 1 })
	rig.putPython(rig.resources.RunsBucket, "r1", pythonSnapshot, "r1", StatusRunning, 2.0, 2.0)
	rig.eventually("written over", func() bool { e, _ := g.index.Get("r1"); return e.Revision == rig.read("r1").Revision })
	require.Zero(t, g.sweeper.runs.len())
}
