// This file owns the tests of dead letters over HTTP: exact answers, pages, filters, replays and removal.

package pyoco_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// bury publishes a dead letter as any process does, and gives its number.
func (r *gatewayRig) bury(t testing.TB, tag, letter string) uint64 {
	t.Helper()
	ack, err := r.js.Publish(t.Context(), "pyoco.dlq."+tag, []byte(letter))
	require.NoError(t, err)
	return ack.Sequence
}

// numbers are those of the letters of a page, in its order.
func (a httpAnswer) numbers(t testing.TB) (list []int, next any) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, a.body)
	body := a.object(t)
	for _, item := range body["items"].([]any) {
		list = append(list, int(item.(map[string]any)["seq"].(float64)))
	}
	return list, body["next_cursor"]
}

const pythonLetter = `{"reason": "execution_error", "error": "boom", "timestamp": 1764000000.5, "run_id": "r1", "flow_name": "main", "tag": "x",
	"tags": ["x"], "tenant_id": null, "api_key_id": null, "worker_id": "py1", "theirs": {"n": 1.0, "bad": NaN}}`

func TestDeadLettersAreShownAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	require.JSONEq(t, `{"items":[],"next_cursor":null}`, rig.get(t, "/dlq").body)
	rig.bury(t, "x", pythonLetter)
	rig.bury(t, "y", `{"timestamp":2,"reason":"invalid_job","error":"invalid_json","num_delivered":1,"subject":"pyoco.work.y","payload":""}`)
	rig.bury(t, "z", "no JSON at all \xff")
	require.Equal(t, `{"seq":1,"timestamp":1764000000.5,"reason":"execution_error","error":"boom","run_id":"r1","flow_name":"main","tag":"x",`+
		`"tags":["x"],"worker_id":"py1","theirs":{"n":1.0,"bad":null}}`, strings.TrimSpace(rig.get(t, "/dlq/1").body))
	require.JSONEq(t, `{"seq":2,"timestamp":2,"reason":"invalid_job","error":"invalid_json","num_delivered":1,"subject":"pyoco.work.y","payload":""}`,
		rig.get(t, "/dlq/2").body)
	unreadable := rig.get(t, "/dlq/3").object(t)
	require.Contains(t, unreadable["error"], "the letter is not readable: ")
	require.Equal(t, []any{"z", "pyoco.dlq.z", "no JSON at all \ufffd", ""}, []any{unreadable["tag"], unreadable["subject"], unreadable["payload"], unreadable["reason"]})
	page := rig.get(t, "/dlq").object(t)
	require.Equal(t, []any{unreadable, rig.get(t, "/dlq/2").object(t), rig.get(t, "/dlq/1").object(t)}, page["items"])
}

func TestPagesOfDeadLettersMeetEveryFilter(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for i := range 12 {
		rig.bury(t, []string{"a", "b"}[i%2], fmt.Sprintf(`{"reason":%q,"run_id":"r%d"}`, []string{"execution_error", "flow_not_found", "run_not_found"}[i%3], i%4))
	}
	for query, want := range map[string]string{
		"":                                       "[12 11 10 9 8 7 6 5 4 3 2 1] <nil>",
		"?limit=5":                               "[12 11 10 9 8] 8",
		"?limit=5&cursor=8":                      "[7 6 5 4 3] 3",
		"?limit=5&cursor=3":                      "[2 1] <nil>",
		"?limit=12":                              "[12 11 10 9 8 7 6 5 4 3 2 1] <nil>",
		"?cursor=":                               "[12 11 10 9 8 7 6 5 4 3 2 1] <nil>",
		"?cursor=1":                              "[] <nil>",
		"?tag=b&limit=2":                         "[12 10] 10",
		"?reason=flow_not_found":                 "[11 8 5 2] <nil>",
		"?run_id=r3":                             "[12 8 4] <nil>",
		"?reason=flow_not_found&run_id=r3":       "[8] <nil>",
		"?reason=flow_not_found&run_id=r3&tag=a": "[] <nil>",
		"?reason=flow_not_found&limit=1&cursor=8": "[5] 5",
		"?reason=nosuch": "[] <nil>",
	} {
		list, next := rig.get(t, "/dlq"+query).numbers(t)
		if list == nil {
			list = []int{}
		}
		require.Equal(t, want, fmt.Sprint(list, " ", next), query)
	}
	for query, detail := range map[string]string{
		"?limit=0":   "limit: must be 1 to 200, got 0",
		"?limit=201": "limit: must be 1 to 200, got 201",
		"?limit=x":   `limit: must be 1 to 200, got "x"`,
		"?cursor=x":  "cursor: is none that this list has given: take next_cursor of the page before",
		"?cursor=-1": "cursor: is none that this list has given: take next_cursor of the page before",
	} {
		rig.get(t, "/dlq"+query).requireProblem(t, http.StatusUnprocessableEntity, "ERR-PYOCO-0017", detail)
	}
	// What is dropped, by whom ever, or ages out, is in no page any more; what is new is in the next one at once.
	require.JSONEq(t, `{"seq":11,"deleted":true}`, rig.do(t, http.MethodDelete, "/dlq/11", nil).body)
	stream, err := rig.js.Stream(t.Context(), "PYOCO_DLQ")
	require.NoError(t, err)
	require.NoError(t, stream.DeleteMsg(t.Context(), 8))
	require.NoError(t, stream.DeleteMsg(t.Context(), 1))
	rig.bury(t, "a", `{"reason":"flow_not_found"}`)
	list, _ := rig.get(t, "/dlq?reason=flow_not_found").numbers(t)
	require.Equal(t, []int{13, 5, 2}, list)
	require.NoError(t, rig.js.DeleteStream(t.Context(), "PYOCO_DLQ"))
	list, _ = rig.get(t, "/dlq").numbers(t)
	require.Empty(t, list, "the stream is made anew")
	rig.bury(t, "a", `{"reason":"later"}`)
	list, _ = rig.get(t, "/dlq").numbers(t)
	require.Equal(t, []int{1}, list)
}

func TestADeadLetterThatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for _, seq := range []string{"1", "0", "x", "-1", "1.0", "99999999999999999999"} {
		for _, call := range []func() httpAnswer{
			func() httpAnswer { return rig.get(t, "/dlq/"+seq) },
			func() httpAnswer { return rig.post(t, "/dlq/"+seq+"/replay", "") },
			func() httpAnswer { return rig.do(t, http.MethodDelete, "/dlq/"+seq, nil) },
		} {
			call().requireProblem(t, http.StatusNotFound, "ERR-PYOCO-0002", "seq: there is no such dead letter")
		}
	}
	require.Equal(t, http.StatusMethodNotAllowed, rig.post(t, "/dlq", "").status)
}

func TestAReplayMakesANewRunThatNamesTheOldOne(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	const text = "version: 1\nflow: {graph: a, defaults: {n: 1.0, k: 2}}\ntasks: {a: {}}\n"
	filed, err := rig.gw.Submit(t.Context(), pyoco.Submission{Flow: "main", Workflow: []byte(text), Tag: "x", Tags: []string{"l"}, Params: map[string]int{"k": 12345678901234567}})
	require.NoError(t, err)
	named := rig.submit(t, `{"flow_name":"other","params":{"a":1.0}}`)
	for run, workflow := range map[string]string{filed.ID: text, named: ""} {
		seq := rig.bury(t, "x", fmt.Sprintf(`{"reason":"execution_error","run_id":%q}`, run))
		old := rig.stored(t, run)
		answer := rig.post(t, fmt.Sprintf("/dlq/%d/replay", seq), "")
		require.Equal(t, http.StatusOK, answer.status, answer.body)
		made := answer.object(t)
		id := made["run_id"].(string)
		require.Equal(t, map[string]any{"run_id": id, "status": "PENDING", "bundle_hash": nil, "rerun_of": run}, made)
		require.NotEqual(t, run, id)

		stored := rig.stored(t, id)
		require.Equal(t, run, stored["rerun_of"])
		require.Equal(t, run, rig.get(t, "/runs/"+id).object(t)["rerun_of"])
		message := rig.queued(t)
		job := httpAnswer{body: string(message.Data)}.object(t)
		require.Empty(t, message.Header.Get("Pyoco-Run-Revision"), "the job doesn't hold the whole snapshot")
		require.Equal(t, id, job["run_id"])
		if workflow != "" {
			require.Equal(t, workflow, job["workflow_yaml"])
			require.Equal(t, map[string]any{"n": 1.0, "k": 12345678901234567.0}, stored["params"])
		}
		for _, field := range []string{"flow_name", "tag", "tags", "params", "workflow_yaml_sha256", "workflow_yaml_bytes"} {
			require.Equal(t, old[field], stored[field], field)
		}
		require.Equal(t, http.StatusOK, rig.get(t, fmt.Sprintf("/dlq/%d", seq)).status, "the letter stays")
	}
}

func TestAReplayThatCannotBeSaysWhy(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putRun(t, "py", pythonRun("py", "FAILED", `, "workflow_yaml_sha256": "`+strings.Repeat("0f", 32)+`"`))
	rig.putRun(t, "bundle", pythonRun("bundle", "FAILED", `, "bundle_hash": "abc"`))
	rig.putRun(t, "odd", `{"run_id":"odd","flow_name":"","status":"FAILED"}`)
	for letter, want := range map[string]string{
		`{"reason":"invalid_job"}`:                       "it is of a message that is no job, so there is no run to repeat",
		`{"reason":"run_not_found","run_id":"gone"}`:     "run gone is not kept, and its params with it",
		`{"reason":"execution_error","run_id":"py"}`:     "the text of its flow file is not kept (SHA-256 " + strings.Repeat("0f", 32) + "): submit the file again",
		`{"reason":"execution_error","run_id":"bundle"}`: "run bundle is one of a bundle: submit the bundle again",
	} {
		seq := rig.bury(t, "x", letter)
		rig.post(t, fmt.Sprintf("/dlq/%d/replay", seq), "").requireProblem(t, http.StatusConflict, "ERR-PYOCO-0002",
			fmt.Sprintf("seq: dead letter %d cannot be replayed: %s", seq, want))
	}
	seq := rig.bury(t, "x", `{"run_id":"odd"}`)
	rig.post(t, fmt.Sprintf("/dlq/%d/replay", seq), "").requireProblem(t, http.StatusUnprocessableEntity, "ERR-PYOCO-0002", "flow_name: must not be empty")
}

func TestClientHandlesDeadLetters(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	client, ctx := rig.client(t, rig.url), t.Context()
	id := rig.submit(t, `{"flow_name":"f"}`)
	for i := range 3 {
		rig.bury(t, "x", fmt.Sprintf(`{"reason":"r%d","error":"e","timestamp":%d.5,"run_id":%q,"num_delivered":2,"theirs":1.0}`, i, i, id))
	}
	page, err := client.DeadLetters(ctx, pyoco.DeadLetterOptions{Limit: 2, Tag: "x", RunID: id})
	require.NoError(t, err)
	require.Equal(t, []uint64{3, 2}, []uint64{page.Items[0].Seq, page.Items[1].Seq})
	page, err = client.DeadLetters(ctx, pyoco.DeadLetterOptions{Cursor: page.NextCursor, Reason: "r0"})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.Empty(t, page.NextCursor)
	letter, err := client.DeadLetter(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, page.Items[0], letter)
	require.Equal(t, []any{"r0", "e", pyoco.Timestamp(0.5), id, 2}, []any{letter.Reason, letter.Error, letter.Timestamp, letter.RunID, letter.NumDelivered})
	again, err := client.Replay(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, id, again.RerunOf)
	run, err := client.Get(ctx, again.ID)
	require.NoError(t, err)
	require.Equal(t, id, run.RerunOf)
	require.NoError(t, client.DropDeadLetter(ctx, 1))
	require.ErrorIs(t, client.DropDeadLetter(ctx, 1), pyoco.ErrNotFound)
	_, err = client.DeadLetter(ctx, 1)
	require.ErrorIs(t, err, pyoco.ErrNotFound)
	_, err = client.DeadLetters(ctx, pyoco.DeadLetterOptions{Limit: 500})
	require.ErrorIs(t, err, pyoco.ErrInvalid)
	_, err = rig.gw.DeadLetters(ctx, pyoco.DeadLetterOptions{Limit: 500})
	require.ErrorIs(t, err, pyoco.ErrInvalid)
	_, err = rig.gw.Replay(ctx, 9)
	require.ErrorIs(t, err, pyoco.ErrNotFound)
}

func TestWithoutRoomForDeadLettersOnlyTheyAreRefused(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.gateway.Resources.DeadLetterMaxBytes = 1 << 50 })
	const detail = "dead letters: the store has no room for the 1125899906842624 bytes that PYOCO_DLQ reserves: make room, or lower PYOCO_DLQ_MAX_BYTES"
	for _, call := range []func() httpAnswer{
		func() httpAnswer { return rig.get(t, "/dlq") },
		func() httpAnswer { return rig.get(t, "/dlq/1") },
		func() httpAnswer { return rig.post(t, "/dlq/1/replay", "") },
		func() httpAnswer { return rig.do(t, http.MethodDelete, "/dlq/1", nil) },
	} {
		call().requireProblem(t, http.StatusInsufficientStorage, "ERR-PYOCO-0011", detail)
	}
	_, err := rig.client(t, rig.url).DeadLetters(t.Context(), pyoco.DeadLetterOptions{})
	require.ErrorIs(t, err, pyoco.ErrNoRoom)
	_, err = rig.gw.DeadLetters(t.Context(), pyoco.DeadLetterOptions{})
	require.ErrorIs(t, err, pyoco.ErrNoRoom)
	id := rig.submit(t, `{"flow_name":"f"}`)
	require.Equal(t, "PENDING", rig.get(t, "/runs/"+id).object(t)["status"])
	require.Equal(t, http.StatusOK, rig.get(t, "/ready").status)
}

func TestDeadLettersWhileNATSIsAway(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.nats.Stop(t)
	for _, path := range []string{"/dlq", "/dlq/1"} {
		began := time.Now()
		rig.get(t, path).requireAway(t, began)
	}
	began := time.Now()
	rig.post(t, "/dlq/1/replay", "").requireAway(t, began)
}
