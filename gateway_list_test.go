// This file owns the tests of what submissions, single reads and lists answer when all is well, and of bad list queries.

package pyoco_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestSubmissionsAnswerWithTheRun(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	flow := formPart{"workflow", "version: 1\nflow: {graph: a, defaults: {n: 1}}\ntasks: {a: {}, b: {}}\n", true}
	for name, c := range map[string]struct {
		answer httpAnswer
		more   string
	}{
		"by name":        {rig.post(t, "/runs", `{"flow_name":"f"}`), ""},
		"unknown fields": {rig.post(t, "/runs", `{"flow_name":"f","priority":{"x":1},"tag":null,"tags":null,"params":null}`), ""},
		"a flow file":    {rig.postForm(t, "/runs/yaml", flow, formPart{"flow_name", "f", false}), "b: stands nowhere"},
		"with all its parts": {rig.postForm(t, "/runs/yaml", formPart{"flow_name", "f", false}, formPart{"tag", "gpu", false},
			formPart{"params", ` {"m": 2} `, false}, formPart{"other", "x", false}, flow), "b: stands nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, http.StatusOK, c.answer.status, c.answer.body)
			require.Equal(t, "application/json", c.answer.header.Get("Content-Type"))
			body := c.answer.object(t)
			require.Regexp(t, `^[0-9a-f-]{36}$`, body["run_id"])
			if c.more != "" {
				require.Len(t, body["warnings"], 1)
				require.Contains(t, body["warnings"].([]any)[0], c.more)
				delete(body, "warnings")
			}
			require.Equal(t, map[string]any{"run_id": body["run_id"], "status": "PENDING", "bundle_hash": nil}, body)
		})
	}
}

func TestARunReadsAsItWasSubmitted(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	id := rig.submit(t, `{"flow_name":"f","params":{"big":123456789012345678901234567890,"one":1.0},"tags":["a b"]}`)
	answer := rig.get(t, "/runs/"+id)
	require.Equal(t, http.StatusOK, answer.status)
	require.Contains(t, answer.body, `{"big":123456789012345678901234567890,"one":1.0}`)
	body := answer.object(t)
	require.ElementsMatch(t, []string{"run_id", "flow_name", "tag", "tags", "status", "params", "updated_at", "pending_reason", "queue_position"}, slices.Collect(maps.Keys(body)))
	require.JSONEq(t, fmt.Sprintf(
		`{"run_id":%q,"flow_name":"f","status":"PENDING","tasks":{},"task_records":{},"task_records_truncated":false}`, id),
		rig.get(t, "/runs/"+id+"/tasks").body)
	require.Equal(t, http.StatusOK, rig.do(t, http.MethodHead, "/runs/"+id, nil).status)
}

func TestTaskRecordsAreShownWhereAskedFor(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putRun(t, "r1", `{"run_id":"r1","flow_name":"f","tag":"x","status":"COMPLETED","updated_at":5,"params":{"p":1},
		"tasks":{"a":"SUCCEEDED"},"task_records":{"a":{"state":"SUCCEEDED","output":1.0}}}`)
	rig.listedRun(t, "r1", hasStatus(pyoco.StatusCompleted))
	for include, shows := range map[string]bool{"": false, "nonsense": false, "records": true, "full": true, "all": true, "task_records": true} {
		body := rig.get(t, "/runs/r1?include="+include)
		require.Equal(t, http.StatusOK, body.status)
		require.Equal(t, shows, body.object(t)["task_records"] != nil, include)
	}
	require.Contains(t, rig.get(t, "/runs/r1/tasks").body, `"task_records":{"a":{"state":"SUCCEEDED","output":1.0}}`)

	short := []string{"run_id", "flow_name", "tag", "status", "updated_at"}
	for include, keys := range map[string][]string{
		"": short, "nonsense": short,
		"records": append([]string{"task_records"}, short...), "task_records": append([]string{"task_records"}, short...),
		"full": append([]string{"task_records", "tasks", "params"}, short...), "all": append([]string{"task_records", "tasks", "params"}, short...),
	} {
		items := rig.get(t, "/runs?include="+include).list(t)
		require.Len(t, items, 1)
		require.ElementsMatch(t, keys, slices.Collect(maps.Keys(items[0])), "include=%q", include)
	}
}

func TestListsRefuseBadQueries(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	const badCursor = "cursor: is none that this list has given: take next_cursor of the page before"
	text := func(s string) string { return "cursor=" + base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for query, detail := range map[string]string{
		"limit=0":                   "limit: must be 1 to 200, got 0",
		"limit=201":                 "limit: must be 1 to 200, got 201",
		"limit=-1":                  "limit: must be 1 to 200, got -1",
		"limit=x":                   `limit: must be 1 to 200, got "x"`,
		"limit=":                    `limit: must be 1 to 200, got ""`,
		"updated_after=x":           `updated_after: must be a number, got "x"`,
		"updated_after=inf":         `updated_after: must be a number, got "inf"`,
		"updated_after=x&limit=0":   `limit: must be 1 to 200, got 0; updated_after: must be a number, got "x"`,
		"cursor=%21":                badCursor,
		"cursor=abc":                badCursor,
		text(`[]`):                  badCursor,
		text(`{}`):                  badCursor,
		text(`{"u":1}`):             badCursor,
		text(`{"u":"1","r":"x"}`):   badCursor,
		text(`{"u":1,"r":2}`):       badCursor,
		text(`{"u":1e999,"r":"x"}`): badCursor,
		"status=%zz":                "query: must be name=value pairs joined by &, with %XX for other characters",
	} {
		rig.get(t, "/runs?"+query).requireProblem(t, 422, "ERR-PYOCO-0017", detail)
	}
}

func TestListsFilterAndTurnPages(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	put := func(id, more string, updated float64) {
		rig.putRun(t, id, fmt.Sprintf(`{"run_id":%q,"flow_name":"f","tag":"x","status":"COMPLETED","updated_at":%v%s}`, id, updated, more))
	}
	put("a", `,"tag":"y"`, 10)
	put("b", `,"status":"FAILED","error":"boom","end_time":7`, 30.5)
	put("c", `,"schedule_id":"s1","tags":["l1","l2"],"heartbeat_at":3,"worker_id":"w"`, 20)
	put("d", `,"flow_name":"g","workflow_yaml_sha256":"abc"`, 20)
	put("e", `,"status":"FAILED","flow_name":"g"`, 40)
	rig.listedRun(t, "e", hasStatus(pyoco.StatusFailed))
	ids := func(items []map[string]any) (out string) {
		for _, item := range items {
			out += item["run_id"].(string)
		}
		return out
	}
	for query, want := range map[string]string{
		"": "ebdca", "status=FAILED": "eb", "status=failed": "", "status=NOPE": "", "flow=g": "ed", "tag=y": "a", "tag=": "ebdca",
		"schedule_id=s1": "c", "flow=g&status=FAILED": "e", "flow=g&status=FAILED&tag=y": "", "limit=2": "eb",
		"workflow_yaml_sha256=": "ebdca", "other=1": "ebdca", "limit=1&limit=3": "ebd",
	} {
		require.Equal(t, want, ids(rig.get(t, "/runs?"+query).list(t)), query)
	}
	page := func(query string) (string, any) {
		body := rig.get(t, "/runs?"+query).object(t)
		require.ElementsMatch(t, []string{"items", "next_cursor"}, slices.Collect(maps.Keys(body)))
		var items []map[string]any
		for _, item := range body["items"].([]any) {
			items = append(items, item.(map[string]any))
		}
		return ids(items), body["next_cursor"]
	}
	for query, want := range map[string]string{
		"cursor=": "ebdca", "updated_after=20": "eb", "updated_after=30.5": "e", "updated_after=19.9&flow=f": "bc", "updated_after=40": "",
		"workflow_yaml_sha256=abc": "d", "workflow_yaml_sha256=no": "", "updated_after=0": "ebdca", "updated_after=-1&tag=y": "a",
		"cursor=&limit=5": "ebdca",
	} {
		got, next := page(query)
		require.Equal(t, want, got, query)
		require.Nil(t, next, query)
	}
	walked, cursors := "", 0
	for next := any(""); next != nil; cursors++ {
		var items string
		items, next = page("limit=2&cursor=" + url.QueryEscape(next.(string)))
		walked += items
	}
	require.Equal(t, "ebdca", walked)
	require.Equal(t, 3, cursors)

	_, next := page("limit=3&cursor=")
	place, err := base64.RawURLEncoding.DecodeString(next.(string))
	require.NoError(t, err)
	require.JSONEq(t, `{"u":20,"r":"d"}`, string(place))
	python := base64.RawURLEncoding.EncodeToString([]byte(`{"u": 20.0, "r": "d"}`))
	got, _ := page("cursor=" + python)
	require.Equal(t, "ca", got, "a cursor of the other gateway")

	require.JSONEq(t, `{"run_id":"c","schedule_id":"s1","flow_name":"f","tag":"x","tags":["l1","l2"],"status":"COMPLETED",
		"updated_at":20,"heartbeat_at":3,"worker_id":"w"}`, rig.get(t, "/runs?schedule_id=s1").body[1:len(rig.get(t, "/runs?schedule_id=s1").body)-1])
	require.Equal(t, "boom", rig.get(t, "/runs?status=FAILED").list(t)[1]["error"])
	require.Equal(t, "[]", rig.get(t, "/runs?status=NOPE").body)
}

func TestOwnSubmissionsAndCancelsAreListedAtOnce(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for range 20 {
		id := rig.submit(t, `{"flow_name":"f"}`)
		require.Equal(t, id, rig.get(t, "/runs?limit=1").list(t)[0]["run_id"])
		require.Equal(t, http.StatusOK, rig.post(t, "/runs/"+id+"/cancel", "").status)
		require.Equal(t, id, rig.get(t, "/runs?status=CANCELLING").list(t)[0]["run_id"])
	}
	require.Len(t, rig.get(t, "/runs?status=CANCELLING").list(t), 20)
	require.Empty(t, rig.get(t, "/runs?status=PENDING").list(t))
}

func TestCancelChangesOnlyWhatHasNotEnded(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for status, becomes := range map[string]string{
		"PENDING": "CANCELLING", "RUNNING": "CANCELLING", "PENDING_APPROVAL": "CANCELLED", "CANCELLING": "CANCELLING",
		"COMPLETED": "COMPLETED", "FAILED": "FAILED", "CANCELLED": "CANCELLED",
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			before := rig.putRun(t, status, fmt.Sprintf(`{"run_id":%q,"flow_name":"f","tag":"x","status":%q,"updated_at":5,"approval_status":"pending"}`, status, status))
			answer := rig.post(t, "/runs/"+status+"/cancel", "")
			require.Equal(t, http.StatusOK, answer.status)
			shown := answer.object(t)
			require.Equal(t, becomes, shown["status"])
			require.Equal(t, rig.stored(t, status), shown)
			require.Equal(t, "pending", shown["approval_status"])
			entry, err := rig.bucket(t, "pyoco_runs").Get(t.Context(), status)
			require.NoError(t, err)
			if becomes == status {
				require.Equal(t, before, entry.Revision(), "nothing was written")
				return
			}
			require.Greater(t, shown["updated_at"], 5.0)
			require.NotNil(t, shown["cancel_requested_at"])
			require.Nil(t, shown["cancel_requested_by"])
			require.Equal(t, becomes == "CANCELLED", shown["end_time"] != nil)
			again := rig.post(t, "/runs/"+status+"/cancel", "").object(t)
			require.Equal(t, shown, again, "a second cancel changes nothing")
		})
	}
}
