// This file owns the tests of what commands print, to the byte.

package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	runsAnswer = `[{"run_id":"r1","status":"COMPLETED","flow_name":"main","tag":"hello","updated_at":1700000000.0,"x":1e3},` +
		`{"run_id":"あい","status":"PENDING","flow_name":"フロー","tag":null,"updated_at":1700000000.123456}]`
	workersAnswer = `[{"worker_id":"w1","state":"IDLE","tags":["a","b"],"wheel_sync":{"installed_wheels":[` +
		`{"wheel_name":"a.whl","package_name":"a","package_version":"1"},{"wheel_name":"b.whl","package_name":"b","package_version":"2"},` +
		`{"wheel_name":"c.whl","package_name":"c","package_version":"3"},{"wheel_name":"d.whl","package_name":"d","package_version":"4"}]}},` +
		`{"worker_id":"w2-longer","state":null,"tags":[]},{"worker_id":"w3","tags":"x","wheel_sync":{"installed_wheels":[{"package_name":"q"},"odd"]}}]`
)

const lettersAnswer = `{"items":[{"seq":9,"reason":"execution_error","x":1.0}],"next_cursor":"9"}`

var lettersTableAnswer = `{"items":[{"seq":9,"timestamp":1700000000.25,"reason":"execution_error","run_id":"r1","flow_name":"main","tag":"hello","error":"task a: ` +
	strings.Repeat("x", 99) + `"},{"seq":8,"timestamp":1700000000.0,"reason":"invalid_job","error":"invalid_json","payload":"p"}],"next_cursor":"8"}`

func TestCommandsPrintWhatTheGatewaySent(t *testing.T) {
	t.Parallel()
	runTable := "run_id  status     flow_name  tag    updated_at       \n" +
		"r1      COMPLETED  main       hello  1700000000.0     \n" +
		"あい      PENDING    フロー        -      1700000000.123456\n"
	runsJSON := `[{"run_id": "r1", "status": "COMPLETED", "flow_name": "main", "tag": "hello", "updated_at": 1700000000.0, "x": 1e3}, ` +
		`{"run_id": "\u3042\u3044", "status": "PENDING", "flow_name": "\u30d5\u30ed\u30fc", "tag": null, "updated_at": 1700000000.123456}]`
	for _, test := range []struct{ line, answer, want string }{
		{"get r", `{"z":1.0,"a":[]}`, "{\"z\": 1.0, \"a\": []}\n"},
		{"tasks r", `{"tasks":{"b":"SUCCEEDED","a":"PENDING"}}`, "{\"tasks\": {\"b\": \"SUCCEEDED\", \"a\": \"PENDING\"}}\n"},
		{"cancel --run-id r", `{"status":"CANCELLING"}`, "{\"status\": \"CANCELLING\"}\n"},
		{"submit", `{"run_id":"r","later":1}`, "{\"run_id\": \"r\", \"later\": 1}\n"},
		{"metrics", "1", "1\n"},
		{"list", runsAnswer, runsJSON + "\n"},
		{"list", "[]", "[]\n"},
		{"list --output table", runsAnswer, runTable},
		{"list --output table", "[]", "(no items)\n"},
		{"list-vnext", `{"items":[],"next_cursor":"c"}`, "{\"items\": [], \"next_cursor\": \"c\"}\n"},
		{"list-vnext", runsAnswer, `{"items": ` + runsJSON + `, "next_cursor": null}` + "\n"},
		{"list-vnext --output table", `{"items":` + runsAnswer + `,"next_cursor":"abc"}`, runTable + "next_cursor: abc\n"},
		{"list-vnext --output table", `{"items":[],"next_cursor":null}`, "(no items)\n"},
		{"list-vnext --output table", runsAnswer, runTable},
		{"workers", `[{"worker_id":"w1"}]`, "[{\"worker_id\": \"w1\"}]\n"},
		{"workers --output table", workersAnswer, "" +
			"worker_id  state  tags  plugins  plugin_preview   \n" +
			"w1         IDLE   a,b   4        a@1, b@2, c@3, +1\n" +
			"w2-longer  -      -     0        -                \n" +
			"w3         -      -     1        -                \n"},
		{"workers --output plugins", workersAnswer, "" +
			"worker_id  state  tags  package  version  wheel_name\n" +
			"w1         IDLE   a,b   a        1        a.whl     \n" +
			"w1         IDLE   a,b   b        2        b.whl     \n" +
			"w1         IDLE   a,b   c        3        c.whl     \n" +
			"w1         IDLE   a,b   d        4        d.whl     \n" +
			"w2-longer  -      -     -        -        -         \n" +
			"w3         -      -     q        -        -         \n"},
		{"dlq list", lettersAnswer, `{"items": [{"seq": 9, "reason": "execution_error", "x": 1.0}], "next_cursor": "9"}` + "\n"},
		{"dlq list --output table", lettersTableAnswer, "" +
			"seq  timestamp      reason           run_id  flow_name  tag    error                                                       \n" +
			"9    1700000000.25  execution_error  r1      main       hello  task a: " + strings.Repeat("x", 51) + "…\n" +
			"8    1700000000.0   invalid_job      -       -          -      invalid_json                                                \n" +
			"next_cursor: 8\n"},
		{"dlq list --output table", `{"items":[],"next_cursor":null}`, "(no items)\n"},
		{"dlq show 9", `{"seq":9,"reason":"r"}`, "{\"seq\": 9, \"reason\": \"r\"}\n"},
		{"dlq replay 9", `{"run_id":"r2","rerun_of":"r1"}`, "{\"run_id\": \"r2\", \"rerun_of\": \"r1\"}\n"},
		{"dlq drop 9", `{"seq":9,"deleted":true}`, "{\"seq\": 9, \"deleted\": true}\n"},
		{"workers --output table", "[]", "(no items)\n"},
		{"workers --output plugins", "[]", "(no items)\n"},
	} {
		t.Run(test.line, func(t *testing.T) {
			t.Parallel()
			gateway := script(t, http.StatusOK, "application/json", test.answer)
			require.Equal(t, test.want, succeed(t, append([]string{"--server", gateway.URL}, strings.Fields(test.line)...)...))
		})
	}
}

const stream = `: comment

event: snapshot
id: 7
data: {"run_id":"r","snapshot":{"run_id":"r","status":"RUNNING","n":1.0},"ts":1700000000.25}

event: heartbeat
data: {"run_id":"r","ts":1700000001.5}

event: later
data: {"run_id":"r","ts":1700000002}

event: snapshot
data: {"run_id":"r","snapshot":{"run_id":"r","status":"FAILED"},"ts":1700000003.0}

event: heartbeat
data: {"run_id":"r","ts":1700000004.5}

`

func TestWatchPrintsOneEventALine(t *testing.T) {
	t.Parallel()
	cancelled := strings.ReplaceAll(stream, "FAILED", "CANCELLED")
	completed := strings.ReplaceAll(stream, "FAILED", "COMPLETED")
	lines := "1700000000.25\tsnapshot\tRUNNING\tr\n1700000001.5\theartbeat\t-\tr\n1700000002\tlater\t-\tr\n1700000003.0\tsnapshot\tFAILED\tr\n"
	beat := "1700000004.5\theartbeat\t-\tr\n"
	first := `{"event": "snapshot", "data": {"run_id": "r", "snapshot": {"run_id": "r", "status": "RUNNING", "n": 1.0}, "ts": 1700000000.25}}` + "\n"
	for _, test := range []struct {
		flags, stream string
		code          int
		want          string
	}{
		{"--output status", stream, 0, lines + beat},
		{"--output status --max-events 0", stream, 0, lines + beat},
		{"--output status --until-terminal", stream, 0, lines},
		{"--output status --until-terminal --exit-status", stream, 3, lines},
		{"--output status --exit-status", stream, 3, lines + beat},
		{"--output status --until-terminal --exit-status", cancelled, 4, strings.ReplaceAll(lines, "FAILED", "CANCELLED")},
		{"--output status --until-terminal --exit-status", completed, 0, strings.ReplaceAll(lines, "FAILED", "COMPLETED")},
		{"--max-events 1 --exit-status", stream, 0, first},
		{"--max-events 1 --until-terminal --exit-status", stream, 5, first},
		{"--max-events 2", stream, 0, first + `{"event": "heartbeat", "data": {"run_id": "r", "ts": 1700000001.5}}` + "\n"},
	} {
		t.Run(test.flags, func(t *testing.T) {
			t.Parallel()
			gateway := script(t, http.StatusOK, "text/event-stream", test.stream)
			r := run(t, append([]string{"--server", gateway.URL, "watch", "r"}, strings.Fields(test.flags)...)...)
			errs := ""
			if test.code == 5 {
				errs = "the stream ended before the run, which is RUNNING: watch it again, or longer with --timeout-sec 600\n"
			}
			require.Equal(t, result{test.code, test.want, errs}, r)
		})
	}
}
