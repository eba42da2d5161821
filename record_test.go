// This file owns the tests of records as JSON: what other writers put there survives, and nothing of ours is bent.

package pyoco

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// again reads a snapshot and writes it.
func again(t *testing.T, text string) string {
	t.Helper()
	run, err := decodeRun([]byte(text), 7)
	require.NoError(t, err, text)
	require.Equal(t, uint64(7), run.Revision)
	data, err := encode(run)
	require.NoError(t, err)
	return string(data)
}

const required = `"run_id":"r","flow_name":"main","status":"RUNNING"`

func TestFieldsOfOtherWritersAreKept(t *testing.T) {
	t.Parallel()
	for _, fields := range []string{
		`"approval_status":"pending","child_run_ids":["a"],"result_summary":{"outputs":{"n":1.0}}`,
		`"big":123456789012345678901234567890,"float":1.0,"exp":1e400,"tiny":-0.0`,
		`"texts":"a < b && c > d é ☃","null":null`,
		`"RUN_ID":"another case is another field"`,
	} {
		text := "{" + required + "," + fields + "}"
		got := again(t, text)
		require.JSONEq(t, strings.ReplaceAll(text, "1e400", "1"), strings.ReplaceAll(got, "1e400", "1"))
		require.Equal(t, got, again(t, got), "written twice, nothing moves")
		for _, exact := range []string{"123456789012345678901234567890", `"float":1.0`, "1e400", "-0.0", `{"n":1.0}`, "a < b && c > d é ☃"} {
			if strings.Contains(text, exact) {
				require.Contains(t, got, exact)
			}
		}
	}
	const record = `{"state":"SUCCEEDED","output":{"a":1.00},"custom":[1.0,null],"zz":{"x":"<"}}`
	got := again(t, `{`+required+`,"task_records":{"a":`+record+`}}`)
	require.Contains(t, got, record)

	var worker WorkerInfo
	require.NoError(t, json.Unmarshal([]byte(`{"worker_id":"w","wheel_sync":{"n":1.0},"hidden":true}`), &worker))
	data, err := encode(worker)
	require.NoError(t, err)
	require.Contains(t, string(data), `"wheel_sync":{"n":1.0}`)
	require.Contains(t, string(data), `"hidden":true`)
}

func TestAFieldOfTheWrongTypeCountsAsAbsent(t *testing.T) {
	t.Parallel()
	for field, empty := range map[string]func(*Run) bool{
		`"run_id":1`:                     func(r *Run) bool { return r.ID == "" },
		`"status":["x"]`:                 func(r *Run) bool { return r.Status == "" },
		`"tags":"a"`:                     func(r *Run) bool { return r.Tags == nil },
		`"tags":["a",1]`:                 func(r *Run) bool { return r.Tags == nil },
		`"params":[1]`:                   func(r *Run) bool { return r.Params == nil },
		`"params":"x"`:                   func(r *Run) bool { return r.Params == nil },
		`"params":null`:                  func(r *Run) bool { return r.Params == nil },
		`"start_time":"2026-01-02"`:      func(r *Run) bool { return r.StartTime == 0 },
		`"updated_at":1e999`:             func(r *Run) bool { return r.UpdatedAt == 0 },
		`"attempt":1.5`:                  func(r *Run) bool { return r.Attempt == 0 },
		`"attempt":99999999999999999999`: func(r *Run) bool { return r.Attempt == 0 },
		`"job_seq":-1`:                   func(r *Run) bool { return r.JobSeq == 0 },
		`"tasks":[]`:                     func(r *Run) bool { return r.Tasks == nil },
		`"tasks":{"a":1}`:                func(r *Run) bool { return r.Tasks == nil },
		`"task_records":{"a":1}`:         func(r *Run) bool { return r.TaskRecords == nil },
		`"task_records":{"a":null}`:      func(r *Run) bool { return len(r.TaskRecords) == 0 },
		`"task_records_truncated":1`:     func(r *Run) bool { return !r.TaskRecordsTruncated },
	} {
		run, err := decodeRun([]byte(`{"error":"kept",`+field+`}`), 1)
		require.NoError(t, err, field)
		require.True(t, empty(run), field)
		require.Equal(t, "kept", run.Error, field)
	}
	run, err := decodeRun([]byte(`{"task_records":{"a":{"state":"FAILED","started_at":"x","attempts":"y","error":1}}}`), 1)
	require.NoError(t, err)
	require.Equal(t, &TaskRecord{State: TaskFailed}, run.TaskRecords["a"])

	var worker WorkerInfo
	require.NoError(t, json.Unmarshal([]byte(`{"worker_id":"w","tags":"a","hidden":"yes","concurrency":"8"}`), &worker))
	require.Equal(t, WorkerInfo{ID: "w"}, worker)

	for _, bad := range []string{``, `[]`, `1`, `"x"`, `{`, `{"run_id":}`} {
		_, err := decodeRun([]byte(bad), 1)
		require.ErrorContains(t, err, "read snapshot: ", bad)
	}
}

func TestReadingReplacesWhatWasThere(t *testing.T) {
	t.Parallel()
	run := Run{ID: "old", Error: "old", extra: map[string]json.RawMessage{"x": json.RawMessage("1")}}
	require.NoError(t, json.Unmarshal([]byte(`{"run_id":"new"}`), &run))
	require.Equal(t, Run{ID: "new"}, run)
}

func TestBareNaNAndInfinityAreNullButNotInTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":NaN,"b":Infinity,"c":-Infinity}`:    `{"a":null,"b":null,"c":null}`,
		`[NaN,[Infinity],{"x":[-Infinity, NaN]}]`: `[null,[null],{"x":[null, null]}]`,
		`{"NaN":"Infinity","b":"-Infinity NaN"}`:  `{"NaN":"Infinity","b":"-Infinity NaN"}`,
		`{"a":"\"NaN","b":NaN,"c":"\\","d":NaN}`:  `{"a":"\"NaN","b":null,"c":"\\","d":null}`,
		`NaN`:                                     `null`,
		`"NaN`:                                    `"NaN`,
		`"NaN\`:                                   `"NaN\`,
		`{"a":-1}`:                                `{"a":-1}`,
		`["é",NaN]`:                               `["é",null]`,
	} {
		require.Equal(t, want, string(finite([]byte(text))), text)
	}
	got := again(t, `{`+required+`,"start_time":NaN,"params":{"x":NaN,"t":"NaN"},"mine":-Infinity,
		"task_records":{"a":{"state":"RUNNING","output":[Infinity],"ended_at":NaN}}}`)
	require.JSONEq(t, `{`+required+`,"params":{"x":null,"t":"NaN"},"mine":null,"task_records":{"a":{"state":"RUNNING","output":[null]}}}`, got)
}

func TestNumbersPassThroughARecordExactly(t *testing.T) {
	t.Parallel()
	const numbers = `{"big":-123456789012345678901234567890,"exp":1E+400,"float":1.0,"tail":2.50,"zero":-0.0}`
	got := again(t, `{`+required+`,"params":`+numbers+`,"task_records":{"a":{"state":"RUNNING","inputs":`+numbers+`,"output":`+numbers+`,"mine":`+numbers+`}}}`)
	require.Equal(t, 4, strings.Count(got, numbers), got)
}

func TestRecordsHoldNoHTMLEscapes(t *testing.T) {
	t.Parallel()
	run := &Run{
		ID: "r", Error: "<a> & </a>", Params: json.RawMessage(`{"g":"a >> b"}`), extra: map[string]json.RawMessage{"<k>": json.RawMessage(`"&"`)},
		TaskRecords: map[string]*TaskRecord{"a": {Error: "<", extra: map[string]json.RawMessage{"&": json.RawMessage(`">"`)}}},
	}
	data, err := encode(run)
	require.NoError(t, err)
	require.NotContains(t, string(data), `\u00`)
	for _, text := range []string{`"<a> & </a>"`, `{"g":"a >> b"}`, `"<k>":"&"`, `"&":">"`} {
		require.Contains(t, string(data), text)
	}
	require.NotContains(t, string(data), "\n")
}

func TestARandomRunSurvivesTheRoundTrip(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		run := randomRun(random)
		data, err := encode(run)
		require.NoError(t, err)
		back, err := decodeRun(data, run.Revision)
		require.NoError(t, err)
		require.Equal(t, run, back, "%s", data)
		twice, err := encode(back)
		require.NoError(t, err)
		require.Equal(t, string(data), string(twice))
	}
}

func randomRun(random *rand.Rand) *Run {
	text := func() string {
		return []string{"", "x", "a >> b", "é☃", `"\`, "NaN", "line\nline"}[random.IntN(7)]
	}
	value := func() json.RawMessage {
		return json.RawMessage([]string{"", "1.0", `{"a":[1e400,null]}`, `"Infinity"`, "12345678901234567890", "[]"}[random.IntN(6)])
	}
	at := func() Timestamp {
		return Timestamp(float64(random.IntN(3)) * float64(random.Int64N(2e15)) / 1e6)
	}
	extra := func() map[string]json.RawMessage {
		fields := map[string]json.RawMessage{}
		for i := range random.IntN(3) {
			if v := value(); len(v) > 0 {
				fields[fmt.Sprint("<unknown ", i)] = v
			}
		}
		if len(fields) == 0 {
			return nil
		}
		return fields
	}
	run := &Run{
		ID: text(), Flow: text(), Tag: text(), Status: Status(text()), Error: text(), StartTime: at(), EndTime: at(), UpdatedAt: at(),
		Attempt: random.IntN(3), LeaseSec: float64(random.IntN(3)) / 2, JobSeq: random.Uint64(), Revision: random.Uint64(), extra: extra(),
	}
	if random.IntN(2) == 0 {
		run.Params, run.Tags = json.RawMessage(`{"x":1.0}`), []string{text(), text()}
		run.Tasks = map[string]TaskState{text(): TaskSkipped}
		run.TaskRecords = map[string]*TaskRecord{text(): {
			State: TaskFailed, StartedAt: at(), DurationMS: 0.125, Inputs: value(), Output: value(), Attempts: 2, extra: extra(),
		}}
		for _, record := range run.TaskRecords {
			for _, raw := range []*json.RawMessage{&record.Inputs, &record.Output} {
				if len(*raw) == 0 {
					*raw = nil
				}
			}
		}
	}
	return run
}

func TestTimestampsAreExactToTheMicrosecond(t *testing.T) {
	t.Parallel()
	require.True(t, Timestamp(0).Time().IsZero())
	require.Equal(t, "1700000000.123457", string(mustEncode(t, timestamp(time.Unix(1700000000, 123457999)))))
	random := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		at := time.UnixMicro(1 + random.Int64N(4e15)) // until 2096
		stamp := timestamp(at)
		require.True(t, at.Equal(stamp.Time()), "%v became %v", at, stamp.Time())
		var back Timestamp
		require.NoError(t, json.Unmarshal(mustEncode(t, stamp), &back))
		require.Equal(t, stamp, back)
	}
	require.True(t, time.UnixMicro(-1500000).Equal(Timestamp(-1.5).Time()))
}

func mustEncode(t *testing.T, v any) []byte {
	t.Helper()
	data, err := encode(v)
	require.NoError(t, err)
	return data
}

func TestOutputDecodesWhatATaskLeft(t *testing.T) {
	t.Parallel()
	run, err := decodeRun([]byte(`{"run_id":"r","task_records":{"a":{"state":"SUCCEEDED","output":9223372036854775807},"b":{"state":"FAILED"}}}`), 1)
	require.NoError(t, err)
	var n int64
	require.NoError(t, run.Output("a", &n))
	require.Equal(t, int64(9223372036854775807), n)
	require.EqualError(t, run.Output("b", &n), `run r has no output of task "b"`)
	require.EqualError(t, run.Output("c", &n), `run r has no output of task "c"`)
	run.TaskRecords, run.TaskRecordsTruncated = nil, true
	err = run.Output("a", &n)
	require.EqualError(t, err, `run r keeps no output of task "a": its snapshot was over the size limit`)
	var missing *MissingOutputError
	require.ErrorAs(t, err, &missing)
}

func TestEncodeRefusesTheBrokenJSONOfAMarshaler(t *testing.T) {
	t.Parallel()
	_, err := encode(json.RawMessage("broken"))
	require.Error(t, err)
	_, err = encode(&Run{Params: json.RawMessage("broken")})
	require.Error(t, err)
}
