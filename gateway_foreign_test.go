// This file owns the tests of the gateway beside Python processes, whose records look different, go back in time and are
// written without compare-and-set.

package pyoco_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// pythonRun is a snapshot as a Python worker rebuilds it from its message: nulls for what is absent, tags filled in,
// and nothing of ours.
func pythonRun(id, status, more string) string {
	return fmt.Sprintf(`{"run_id": %q, "flow_name": "main", "tag": "x", "tags": ["x"], "tenant_id": null, "api_key_id": null,
		"status": %q, "params": {"n": 1.0}, "tasks": {"a": "RUNNING"}, "task_records": {"a": {"state": "RUNNING", "started_at": 1.5,
		"ended_at": null, "duration_ms": null, "error": null, "traceback": null, "inputs": {}, "output": null, "artifacts": []}},
		"start_time": 1764000000.25, "heartbeat_at": 1764000001.5, "workflow_yaml_sha256": null, "workflow_yaml_bytes": null,
		"schedule_id": null, "worker_id": null%s}`, id, status, more)
}

func TestUnknownFieldsSurviveACancel(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putRun(t, "r", `{"run_id":"r","flow_name":"f","status":"RUNNING","updated_at":1e9,"tags":null,"end_time":null,
		"run_budget":{"usd":1.0,"big":123456789012345678901234567890,"score":NaN},"child_run_ids":["c1"],"spawn_count":2,
		"result_summary":{"outputs":{"a":Infinity,"text":"NaN and -Infinity"}},"approval_comment":"say \"NaN\"",
		"task_records":{"a":{"state":"RUNNING","output":-Infinity,"gpu":7,"attempts":1}}}`)
	require.Equal(t, http.StatusOK, rig.post(t, "/runs/r/cancel", "").status)
	entry, err := rig.bucket(t, "pyoco_runs").Get(t.Context(), "r")
	require.NoError(t, err)
	require.True(t, json.Valid(entry.Value()), "bare NaN is read and never written")
	for _, part := range []string{
		`"run_budget":{"usd":1.0,"big":123456789012345678901234567890,"score":null}`, `"child_run_ids":["c1"]`, `"spawn_count":2`,
		`"result_summary":{"outputs":{"a":null,"text":"NaN and -Infinity"}}`, `"approval_comment":"say \"NaN\""`, `"gpu":7`, `"status":"CANCELLING"`,
	} {
		require.Contains(t, string(entry.Value()), part)
	}
	require.Equal(t, rig.stored(t, "r"), rig.get(t, "/runs/r?include=full").object(t))
}

func TestRecordsOfOtherShapesAreShownAsFarAsTheyGo(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for id, c := range map[string]struct{ record, status string }{
		"wrong-types": {`{"run_id":"wrong-types","flow_name":7,"status":"RUNNING","tags":"x","params":[1],"tasks":[],"updated_at":"now",
			"end_time":{},"task_records":3,"error":{"a":1}}`, "RUNNING"},
		"nan-times":   {`{"run_id":"nan-times","flow_name":"f","status":"COMPLETED","updated_at":NaN,"end_time":Infinity,"heartbeat_at":-Infinity}`, "COMPLETED"},
		"no-end-time": {pythonRun("no-end-time", "FAILED", `, "updated_at": 5, "end_time": null, "error": "boom"`), "FAILED"},
		"new-status":  {`{"run_id":"new-status","flow_name":"f","status":"PAUSED","updated_at":3}`, "PAUSED"},
		"python":      {pythonRun("python", "RUNNING", `, "updated_at": 1764000001.5`), "RUNNING"},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			rig.putRun(t, id, c.record)
			rig.listedRun(t, id, hasStatus(pyoco.Status(c.status)))
			for _, path := range []string{"/runs/" + id + "?include=full", "/runs/" + id, "/runs/" + id + "/tasks"} {
				answer := rig.get(t, path)
				require.Equal(t, http.StatusOK, answer.status, answer.body)
				require.Equal(t, c.status, answer.object(t)["status"])
			}
		})
	}
	t.Run("unreadable", func(t *testing.T) {
		t.Parallel()
		rig.putRun(t, "broken", `{"run_id":`)
		rig.putRun(t, "after", `{"run_id":"after","flow_name":"f","status":"FAILED"}`)
		rig.listedRun(t, "after", hasStatus(pyoco.StatusFailed))
		require.GreaterOrEqual(t, rig.get(t, "/runs/broken").status, 500, "there is something, and it can't be shown")
	})
}

func TestACancelThatIsWrittenOverIsWrittenAgainUntilItSticks(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	id := rig.submit(t, `{"flow_name":"main","tag":"x"}`)
	rig.putRun(t, id, pythonRun(id, "RUNNING", `, "updated_at": 1764000001.5`))
	rig.listedRun(t, id, hasStatus(pyoco.StatusRunning))
	require.Equal(t, http.StatusOK, rig.post(t, "/runs/"+id+"/cancel", "").status)
	for beat := range 3 {
		over := rig.putRun(t, id, pythonRun(id, "RUNNING", fmt.Sprintf(`, "updated_at": %d.5`, 1764000002+beat)))
		require.Eventually(t, func() bool {
			entry, err := rig.bucket(t, "pyoco_runs").Get(t.Context(), id)
			return err == nil && entry.Revision() == over+1
		}, 5*time.Second, 5*time.Millisecond)
		stored := rig.stored(t, id)
		require.Equal(t, "CANCELLING", stored["status"])
		require.NotNil(t, stored["cancel_requested_at"])
		require.Greater(t, stored["updated_at"], 1764000002.5, "every write moves it")
	}
	rig.putRun(t, id, pythonRun(id, "COMPLETED", `, "updated_at": 1764000009.5, "end_time": 1764000009.5`))
	rig.listedRun(t, id, hasStatus(pyoco.StatusCompleted))
	rig.putRun(t, id, pythonRun(id, "RUNNING", `, "updated_at": 1764000010.5`))
	after := rig.putRun(t, "other", pythonRun("other", "FAILED", ""))
	rig.listedRun(t, "other", hasStatus(pyoco.StatusFailed))
	entry, err := rig.bucket(t, "pyoco_runs").Get(t.Context(), id)
	require.NoError(t, err)
	require.Less(t, entry.Revision(), after, "nobody cancels a run that has ended")
	require.Equal(t, "COMPLETED", rig.get(t, "/runs/"+id).object(t)["status"])
}

func TestARunLeftCancellingWithAnEndIsCancelled(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putRun(t, "r", pythonRun("r", "CANCELLING", `, "updated_at": 1764000005, "end_time": 1764000005, "cancel_requested_at": 1764000004`))
	rig.listedRun(t, "r", hasStatus(pyoco.StatusCancelled))
	stored := rig.stored(t, "r")
	require.Equal(t, "CANCELLED", stored["status"])
	require.NotNil(t, stored["end_time"])
	require.Equal(t, map[string]any{"a": "RUNNING"}, stored["tasks"])
}

func TestTheFirstEndThatWasSeenIsTheOneThatCounts(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	const end = `, "updated_at": 100, "end_time": 99, "error": "boom"`
	for name, over := range map[string]string{
		"repeated":     pythonRun("repeated", "FAILED", `, "updated_at": 100, "end_time": 99, "error": "boom", "result_summary": {"status": "FAILED"}`),
		"running":      pythonRun("running", "RUNNING", `, "updated_at": 200`),
		"pending":      pythonRun("pending", "PENDING", `, "updated_at": 200`),
		"cancelling":   pythonRun("cancelling", "CANCELLING", `, "updated_at": 200, "end_time": 199`),
		"another end":  pythonRun("another-end", "COMPLETED", `, "updated_at": 200, "end_time": 199`),
		"back in time": pythonRun("back-in-time", "RUNNING", `, "updated_at": 50`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var id string
			require.NoError(t, json.Unmarshal([]byte(over), &struct {
				ID *string `json:"run_id"`
			}{&id}))
			rig.putRun(t, id, pythonRun(id, "FAILED", end))
			rig.listedRun(t, id, hasStatus(pyoco.StatusFailed))
			events := rig.watch(t, "/runs/"+id+"/watch?include=full")
			require.Equal(t, "FAILED", events.snapshot(t)["status"])
			revision := rig.putRun(t, id, over)
			shown := events.snapshot(t)
			for _, shown := range []map[string]any{shown, rig.get(t, "/runs/"+id).object(t), rig.post(t, "/runs/"+id+"/cancel", "").object(t)} {
				require.Equal(t, "FAILED", shown["status"])
				require.Equal(t, "boom", shown["error"])
				require.InDelta(t, 99, shown["end_time"], 0)
				require.InDelta(t, 100, shown["updated_at"], 0)
			}
			item := rig.listedRun(t, id, func(r *pyoco.Run) bool { return r.Revision == revision })
			require.Equal(t, pyoco.StatusFailed, item.Status)
			full := rig.get(t, "/runs?include=full").list(t)
			for _, item := range full {
				require.Equal(t, "FAILED", item["status"])
			}
			entry, err := rig.bucket(t, "pyoco_runs").Get(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, revision, entry.Revision(), "nobody writes it back")
		})
	}
}

func TestWhoRunsARunIsFoundThroughTheWorkersRecord(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	now := float64(time.Now().UnixMicro()) / 1e6
	worker := func(id, state, more string, seen float64) {
		rig.putWorker(t, id, fmt.Sprintf(`{"worker_id":%q,"instance_id":"i","state":%q,"hidden":false,"tags":["x"],"last_seen_at":%f,
			"last_heartbeat_at":%f,"heartbeat_at":%f,"wheel_sync":{"enabled":false}%s}`, id, state, seen, seen, seen, more))
	}
	worker("dead", "RUNNING", `,"current_run_id":"r"`, now-3600)
	worker("py", "RUNNING", `,"current_run_id":"r"`, now)
	worker("go", "RUNNING", `,"concurrency":4,"current_run_id":"r9","current_run_ids":["r8","r9"]`, now)
	rig.putRun(t, "r", pythonRun("r", "RUNNING", `, "updated_at": 5`))
	rig.putRun(t, "r8", pythonRun("r8", "CANCELLING", `, "updated_at": 5, "cancel_requested_at": 4`))
	rig.putRun(t, "named", `{"run_id":"named","flow_name":"f","status":"FAILED","worker_id":"dead"}`)
	rig.putRun(t, "gone", `{"run_id":"gone","flow_name":"f","status":"RUNNING","worker_id":"nobody"}`)
	rig.putRun(t, "done", pythonRun("done", "COMPLETED", `, "updated_at": 5`))
	rig.listedRun(t, "done", hasStatus(pyoco.StatusCompleted))
	require.Eventually(t, func() bool { return len(rig.get(t, "/workers?scope=all").list(t)) == 3 }, 5*time.Second, 5*time.Millisecond)
	for id, want := range map[string]map[string]any{
		"r":     {"worker_id": "py", "worker_alive": true, "worker_state": "RUNNING", "worker_hidden": false, "worker_tags": []any{"x"}},
		"r8":    {"worker_id": "go", "worker_alive": true, "worker_state": "RUNNING", "worker_hidden": false, "worker_tags": []any{"x"}},
		"named": {"worker_id": "dead", "worker_alive": false, "worker_state": "DISCONNECTED", "worker_hidden": false, "worker_tags": []any{"x"}},
		"gone":  {"worker_id": "nobody", "worker_alive": false, "worker_state": "DISCONNECTED", "worker_hidden": nil, "worker_tags": nil},
		"done":  {"worker_id": nil, "worker_alive": nil, "worker_state": nil, "worker_hidden": nil, "worker_tags": nil},
	} {
		shown := rig.get(t, "/runs/"+id).object(t)
		for field, value := range want {
			require.Equal(t, value, shown[field], "%s of %s", field, id)
		}
		require.Equal(t, want["worker_hidden"] != nil, shown["worker_heartbeat_at"] != nil, id)
		_, told := shown["worker_heartbeat_at"]
		require.Equal(t, want["worker_alive"] != nil, told, "null where the record is gone: %s", id)
	}
	require.Nil(t, rig.stored(t, "r")["worker_alive"], "shown, not stored")
}

func TestAFileWithOurAdditionsIsRefusedWhereALivePythonWorkerServesTheTag(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	now := float64(time.Now().UnixMicro()) / 1e6
	worker := func(id, state, tags, more string, seen float64) {
		rig.putWorker(t, id, fmt.Sprintf(`{"worker_id":%q,"state":%q,"tags":[%s],"last_seen_at":%f%s}`, id, state, tags, seen, more))
	}
	worker("py", "IDLE", `"a","old"`, "", now)
	worker("ours", "IDLE", `"b"`, `,"concurrency":16`, now)
	worker("gone", "STOPPED_GRACEFUL", `"c"`, "", now)
	worker("silent", "RUNNING", `"d"`, "", now-3600)
	require.Eventually(t, func() bool { return len(rig.get(t, "/workers?scope=all").list(t)) == 4 }, 10*time.Second, 5*time.Millisecond)
	submit := func(tag, task string) httpAnswer {
		file := "version: 1\nflow: {graph: x}\ntasks: {x: {" + task + "}}\n"
		return rig.postForm(t, "/runs/yaml", formPart{"workflow", file, true}, formPart{"flow_name", "f", false}, formPart{"tag", tag, false})
	}
	for field, task := range map[string]string{
		"use": "use: n/x", "retries": `callable: "m:x", retries: 0`, "retry_delay_sec": `callable: "m:x", retry_delay_sec: 1`,
		"timeout_sec": `callable: "m:x", timeout_sec: 1`, "fail_policy": `callable: "m:x", fail_policy: stop`,
	} {
		submit("a", task).requireProblem(t, 422, "ERR-PYOCO-0002", "tasks.x."+field+
			`: is not known to Python workers, and "py" serves the tag "a": take it out, use another tag, or stop that worker`)
		for _, tag := range []string{"b", "c", "d", "nobody"} {
			require.Equal(t, http.StatusOK, submit(tag, task).status, tag)
		}
	}
	require.Equal(t, http.StatusOK, submit("a", `callable: "m:x"`).status)
	for want, file := range map[string]string{
		"tasks.x.retry_backoff: ":      "flow: {graph: x}\ntasks: {x: {callable: 'm:x', retry_backoff: {factor: 2}}}",
		"pipes: ":                      "pipes: {p: x}\nflow: {graph: x}\ntasks: {x: {callable: 'm:x'}}",
		"flow.timeout_sec: ":           "flow: {graph: x, timeout_sec: 60}\ntasks: {x: {callable: 'm:x'}}",
		"flow.graph: line 1, column 1": "flow: {graph: 'repeat(count=2){ x }'}\ntasks: {x: {callable: 'm:x'}}",
		"flow.graph: line 1, column 7": "flow: {graph: 'x >> y: x'}\ntasks: {x: {callable: 'm:x'}}",
	} {
		form := func(tag string) httpAnswer {
			return rig.postForm(t, "/runs/yaml", formPart{"workflow", file, true}, formPart{"flow_name", "f", false}, formPart{"tag", tag, false})
		}
		answer := form("a")
		require.Equal(t, 422, answer.status, file)
		require.Contains(t, answer.object(t)["detail"], want)
		require.Contains(t, answer.object(t)["detail"], "is not known to Python workers")
		require.Equal(t, http.StatusOK, form("nobody").status, file)
	}
}
