// This file owns the test that records are written as encoding/json writes them.

package pyoco

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRecordsAreWrittenAsEncodingJSONWritesThem(t *testing.T) {
	t.Parallel()
	const hostile = "<b>&\u2028\u2029\x00\x1f\x7f\"\\/日本🙂\t\n"
	for name, run := range map[string]*Run{
		"nothing": {},
		"texts":   {ID: hostile, Flow: hostile, Tags: []string{hostile, ""}, Error: hostile, Tasks: map[string]TaskState{hostile: hostile, "": "", "b": "x", "a": "y"}},
		"empty":   {Tags: []string{}, Tasks: map[string]TaskState{}, TaskRecords: map[string]*TaskRecord{}, Params: json.RawMessage{}},
		"raw":     {Params: json.RawMessage("{ \"b\" : [1, 2.50,\n1e400 ], \"b\":\"<\\u0041\", \"a\":{} }")},
		"numbers": {StartTime: 1e21, EndTime: 1e-7, UpdatedAt: 1732500000.123456, HeartbeatAt: 0.1, LeaseSec: math.MaxFloat64, Attempt: -1, JobSeq: math.MaxUint64},
		"tasks": {TaskRecords: map[string]*TaskRecord{
			"z": {State: TaskFailed, Error: hostile, Output: json.RawMessage(` [ ] `), Loops: []LoopRound{{Name: hostile}}},
			"a": nil, "": {}, "more": {State: TaskRunning, extra: map[string]json.RawMessage{"z": json.RawMessage(`{}`), "a": json.RawMessage(`null`)}},
		}},
	} {
		type plain Run
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		require.NoError(t, encoder.Encode((*plain)(run)), name)
		got, err := run.record()
		require.NoError(t, err, name)
		require.Equal(t, string(bytes.TrimSpace(want.Bytes())), string(got), name)
	}
	// The same text written otherwise: U+FFFD for what is no UTF-8 is not escaped, and line separators in raw JSON are.
	broken := &Run{Error: "a\xff", Params: json.RawMessage("{\"a\":\"\xfe\u2028\"}")}
	got, err := broken.record()
	require.NoError(t, err)
	require.Equal(t, `{"run_id":"","flow_name":"","status":"","params":{"a":"`+"\xfe"+`\u2028"},"error":"a`+"\ufffd"+`"}`, string(got))
	for name, run := range map[string]*Run{
		"no number": {UpdatedAt: Timestamp(math.NaN())},
		"no JSON":   {Params: json.RawMessage(`{"a":`)},
		"two":       {Params: json.RawMessage(`{} {}`)},
	} {
		_, err := run.record()
		require.Error(t, err, name)
	}
}
