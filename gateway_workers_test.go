// This file owns the tests of what the gateway tells of workers.

package pyoco_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// seenWorker writes a Python worker's record that was last seen so long ago.
func (r *gatewayRig) seenWorker(t testing.TB, id, state string, ago time.Duration, more string) {
	t.Helper()
	seen := float64(time.Now().Add(-ago).UnixMicro()) / 1e6
	r.putWorker(t, id, fmt.Sprintf(`{"worker_id":%q,"instance_id":"i","state":%q,"tags":["x"],"last_seen_at":%f,"last_heartbeat_at":%f,
		"heartbeat_at":%f,"updated_at":%f,"current_run_id":null,"wheel_sync":{"enabled":false,"big":12345678901234567890}%s}`,
		id, state, seen, seen, seen, seen, more))
}

// workers are the ids that a list shows.
func (r *gatewayRig) workers(t testing.TB, query string) string {
	t.Helper()
	answer := r.get(t, "/workers?"+query)
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	var ids []string
	for _, item := range answer.list(t) {
		ids = append(ids, item["worker_id"].(string))
	}
	return strings.Join(ids, " ")
}

func (r *gatewayRig) patchWorker(t testing.TB, id, body string) httpAnswer {
	t.Helper()
	return r.do(t, http.MethodPatch, "/workers/"+id, strings.NewReader(body), "Content-Type", "application/json")
}

func TestWorkersAreListedByStateNewestFirst(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	require.Equal(t, "[]", rig.get(t, "/workers").body)
	rig.seenWorker(t, "stopped", "STOPPED_GRACEFUL", time.Hour, `,"stop_reason":"graceful_shutdown","stopped_at":5`)
	rig.seenWorker(t, "lost", "RUNNING", time.Minute, `,"hidden":false`)
	rig.seenWorker(t, "idle", "IDLE", 3*time.Second, "")
	rig.seenWorker(t, "run", "RUNNING", time.Second, `,"concurrency":4,"current_run_ids":["r"]`)
	rig.seenWorker(t, "hid", "IDLE", 2*time.Second, `,"hidden":true`)
	require.Eventually(t, func() bool { return rig.workers(t, "scope=all&include_hidden=1") == "run hid idle lost stopped" }, 5*time.Second, 5*time.Millisecond)
	for query, want := range map[string]string{
		"": "run idle", "scope=active": "run idle", "scope=all": "run idle lost stopped", "include_hidden=true": "run hid idle",
		"state=IDLE": "idle", "state=RUNNING": "run", "state=RUNNING&scope=all": "run", "state=DISCONNECTED&scope=all": "lost",
		"state=STOPPED_GRACEFUL&scope=all": "stopped", "state=DISCONNECTED": "", "limit=1": "run", "limit=500": "run idle",
		"include_hidden=no&limit=2&scope=all": "run idle", "state=idle": "idle", "state=+Idle+": "idle", "state=": "run idle",
		"scope=ALL": "run idle lost stopped", "scope=+All": "run idle lost stopped", "scope=": "run idle", "state=+": "run idle",
	} {
		require.Equal(t, want, rig.workers(t, query), query)
	}
	item := rig.get(t, "/workers?state=IDLE").list(t)[0]
	require.Equal(t, false, item["hidden"])
	require.Equal(t, []any{"x"}, item["tags"])
	require.Contains(t, rig.get(t, "/workers?state=IDLE").body, `"wheel_sync":{"enabled":false,"big":12345678901234567890}`)
	require.NotContains(t, item, "concurrency", "a Python worker has none")
}

func TestWorkersRefuseBadQueriesAndBodies(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.seenWorker(t, "w", "IDLE", 0, "")
	for query, detail := range map[string]string{
		"limit=0":          "limit: must be 1 to 500, got 0",
		"limit=501":        "limit: must be 1 to 500, got 501",
		"limit=x":          `limit: must be 1 to 500, got "x"`,
		"scope=none":       `scope: must be one of active, all, got "none"`,
		"state=idler":      `state: must be one of RUNNING, IDLE, STOPPED_GRACEFUL, DISCONNECTED, got "idler"`,
		"include_hidden=2": `include_hidden: must be true or false, got "2"`,
		"limit=0&scope=x":  `scope: must be one of active, all, got "x"; limit: must be 1 to 500, got 0`,
	} {
		rig.get(t, "/workers?"+query).requireProblem(t, 422, "ERR-PYOCO-0019", detail)
	}
	for body, detail := range map[string]string{
		"":                "body: must be a JSON document, got nothing",
		"null":            "body: must be a JSON document, got null",
		"[]":              "body: must be an object, got a list",
		"{}":              "hidden: is required: true or false",
		`{"hidden":null}`: "hidden: is required: true or false",
		`{"hidden":1}`:    "hidden: must be true or false, got a number",
		`{"hidden":"x"}`:  "hidden: must be true or false, got a text",
	} {
		rig.patchWorker(t, "w", body).requireProblem(t, 422, "ERR-PYOCO-0019", detail)
	}
	for _, id := range []string{"nobody", "*", "%3E", "a%20b", "a..b", ".a", strings.Repeat("a", 201)} {
		rig.patchWorker(t, id, `{"hidden":true}`).requireProblem(t, 404, "ERR-PYOCO-0020", "worker_id: there is no such worker")
	}
}

func TestHidingAWorkerChangesNothingElseOfItsRecord(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for _, id := range []string{"w", "host.example=1"} { // Python workers may have any key as their id
		rig.seenWorker(t, id, "IDLE", time.Second, `,"later":{"x":1.0}`)
		before := rig.workerRecord(t, id)
		answer := rig.patchWorker(t, id, `{"hidden":true,"state":"RUNNING"}`)
		require.Equal(t, http.StatusOK, answer.status, answer.body)
		shown := answer.object(t)
		require.Equal(t, map[string]any{"worker_id": id, "hidden": true, "updated_at": shown["updated_at"]}, shown)
		require.Greater(t, shown["updated_at"], before["updated_at"])
		after := rig.workerRecord(t, id)
		require.Equal(t, true, after["hidden"])
		before["hidden"], before["updated_at"] = true, shown["updated_at"]
		require.Equal(t, before, after)
		require.NotContains(t, rig.workers(t, ""), id, "hidden at once")
		require.Contains(t, rig.workers(t, "include_hidden=true"), id)
	}
	require.Equal(t, http.StatusOK, rig.patchWorker(t, "w", `{"hidden":false}`).status)
	require.Equal(t, "w", rig.workers(t, ""))
}

func (r *gatewayRig) workerRecord(t testing.TB, id string) map[string]any {
	t.Helper()
	entry, err := r.bucket(t, "pyoco_workers").Get(t.Context(), id)
	require.NoError(t, err)
	return httpAnswer{body: string(entry.Value())}.object(t)
}

func TestHidingALostWorkerDoesNotBringItBackToLife(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.seenWorker(t, "w", "RUNNING", time.Minute, "")
	require.Eventually(t, func() bool { return rig.workers(t, "state=DISCONNECTED&scope=all") == "w" }, 5*time.Second, 5*time.Millisecond)
	require.Equal(t, http.StatusOK, rig.patchWorker(t, "w", `{"hidden":true}`).status)
	require.Equal(t, http.StatusOK, rig.patchWorker(t, "w", `{"hidden":false}`).status)
	require.Equal(t, "w", rig.workers(t, "state=DISCONNECTED&scope=all"))
	require.Empty(t, rig.workers(t, ""))
}

func TestAWorkerWithAWrongClockIsJudgedByItsSignsOfLife(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.gateway.WorkerDisconnectTimeout = time.Second })
	rig.seenWorker(t, "w", "IDLE", time.Hour, "")
	require.Eventually(t, func() bool { return rig.workers(t, "scope=all&state=DISCONNECTED") == "w" }, 5*time.Second, 5*time.Millisecond)
	rig.seenWorker(t, "w", "IDLE", time.Hour-time.Second, "")
	require.Eventually(t, func() bool { return rig.workers(t, "") == "w" }, 5*time.Second, 5*time.Millisecond, "its record moved")
	require.Eventually(t, func() bool { return rig.workers(t, "scope=all&state=DISCONNECTED") == "w" }, 5*time.Second, 5*time.Millisecond)
	require.NoError(t, rig.bucket(t, "pyoco_workers").Purge(t.Context(), "w"))
	require.Eventually(t, func() bool { return rig.workers(t, "scope=all") == "" }, 5*time.Second, 5*time.Millisecond)
}
