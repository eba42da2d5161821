// This file owns the tests of what is said beside a run that has not started, and beside a worker.

package pyoco_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestARunThatHasNotStartedSaysWhy(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	now := float64(time.Now().UnixMicro()) / 1e6
	worker := func(id, tag, state, running string, concurrency int) {
		rig.putWorker(t, id, fmt.Sprintf(`{"worker_id":%q,"state":%q,"tags":[%q],"last_seen_at":%f,"current_run_ids":[%s],"concurrency":%d}`,
			id, state, tag, now, running, concurrency))
	}
	worker("free", "a", "IDLE", "", 1)
	worker("half", "b", "RUNNING", `"x"`, 2)
	worker("full", "c", "RUNNING", `"x","y"`, 2)
	worker("d1", "d", "RUNNING", `"x"`, 1)
	worker("d2", "d", "RUNNING", `"x"`, 0) // a Python one
	worker("gone", "e", "STOPPED_GRACEFUL", "", 1)
	require.Eventually(t, func() bool { return len(rig.get(t, "/workers?scope=all").list(t)) == 6 }, 10*time.Second, 5*time.Millisecond)
	why := func(id string) (any, any) {
		run := rig.get(t, "/runs/"+id).object(t)
		return run["pending_reason"], run["queue_position"]
	}
	for tag, want := range map[string]string{
		"a": "queued; it is the next of its tag",
		"b": "queued; it is the next of its tag",
		"c": `the worker of the tag "c" is busy; it is the next of its tag`,
		"d": `all 2 workers of the tag "d" are busy; it is the next of its tag`,
		"e": `no live worker serves the tag "e"; it is the next of its tag`,
	} {
		reason, position := why(rig.submit(t, fmt.Sprintf(`{"flow_name":"f","tag":%q}`, tag)))
		require.Equal(t, want, reason)
		require.EqualValues(t, 1, position)
	}
	second := rig.submit(t, `{"flow_name":"f","tag":"c"}`)
	reason, position := why(second)
	require.Equal(t, `the worker of the tag "c" is busy; 1 run of its tag is before it`, reason)
	require.EqualValues(t, 2, position)
	reason, _ = why(rig.submit(t, `{"flow_name":"f","tag":"c"}`))
	require.Equal(t, `the worker of the tag "c" is busy; 2 runs of its tag are before it`, reason)

	rig.post(t, "/runs/"+second+"/cancel", "")
	reason, position = why(second)
	require.Nil(t, reason)
	require.Nil(t, position)
	rig.putRun(t, "approval", `{"run_id":"approval","flow_name":"f","status":"PENDING_APPROVAL","updated_at":1}`)
	reason, position = why("approval")
	require.Equal(t, "waiting for approval", reason)
	require.EqualValues(t, 1, position)
	require.NotContains(t, rig.stored(t, second), "pending_reason", "it is shown and not stored")
}

func TestAWorkerIsShownWithTheRunsThatItClaimedLast(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putWorker(t, "w1", `{"worker_id":"w1","state":"STOPPED_GRACEFUL","hidden":true,"tags":["a"],"gpu":1.0,"concurrency":4}`)
	rig.putWorker(t, "w2", `{"worker_id":"w2","state":"STOPPED_GRACEFUL","tags":[]}`)
	for i := range 25 {
		rig.putRun(t, fmt.Sprintf("r%02d", i), fmt.Sprintf(`{"run_id":"r%02d","flow_name":"f","status":"COMPLETED","worker_id":"w1","updated_at":%d}`, i, i+1))
	}
	rig.putRun(t, "other", `{"run_id":"other","flow_name":"f","status":"COMPLETED","updated_at":100}`)
	rig.listedRun(t, "other", hasStatus(pyoco.StatusCompleted))
	require.Eventually(t, func() bool { return rig.get(t, "/workers/w2").status == http.StatusOK }, 10*time.Second, 5*time.Millisecond)
	worker := rig.get(t, "/workers/w1").object(t)
	require.Equal(t, "STOPPED_GRACEFUL", worker["state"])
	require.EqualValues(t, 1, worker["gpu"])
	recent := worker["recent_runs"].([]any)
	require.Len(t, recent, 20)
	require.Equal(t, "r24", recent[0].(map[string]any)["run_id"])
	require.Equal(t, "r05", recent[19].(map[string]any)["run_id"])
	require.Equal(t, []any{}, rig.get(t, "/workers/w2").object(t)["recent_runs"])
	rig.get(t, "/workers/nobody").requireProblem(t, 404, "ERR-PYOCO-0020", "worker_id: there is no such worker")

	client, err := pyoco.NewClient(rig.url, pyoco.ClientConfig{})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	detail, err := client.Worker(t.Context(), "w1")
	require.NoError(t, err)
	direct, err := rig.gw.Worker(t.Context(), "w1")
	require.NoError(t, err)
	require.Equal(t, direct.WorkerInfo, detail.WorkerInfo)
	require.Len(t, detail.RecentRuns, 20)
	require.True(t, detail.Hidden)
	_, err = client.Worker(t.Context(), "nobody")
	require.ErrorIs(t, err, pyoco.ErrNotFound)
}

func TestAStoppingGatewayRefusesNewWork(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.stop()
	refused := rig.post(t, "/runs", `{"flow_name":"f"}`)
	refused.requireProblem(t, 503, "ERR-PYOCO-0003", "the gateway is stopping: nothing was accepted, try another one, or again in a moment")
	require.Equal(t, "2", refused.header.Get("Retry-After"))
	rig.get(t, "/ready").requireProblem(t, 503, "ERR-PYOCO-0003", "the gateway is stopping")
	require.Equal(t, http.StatusOK, rig.get(t, "/health").status)
}
