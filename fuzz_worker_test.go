// This file owns the fuzzing of what comes from outside to a worker: jobs and snapshots of any writer.

package pyoco

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

func FuzzJob(f *testing.F) {
	f.Add([]byte(`{"run_id":"r1","flow_name":"main","tag":"default","tags":["a"],"params":{"n":1},"submitted_at":1.5}`))
	f.Add([]byte(`{"run_id":"r1","flow_name":"main","params":{"n":NaN,"m":-Infinity,"t":"NaN \" Infinity"}}`))
	f.Add([]byte(`{"run_id":7,"flow_name":"main"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := decodeJob(data)
		if err != nil {
			var bad *jobError
			require.True(t, errors.As(err, &bad))
			require.Contains(t, []string{badJobJSON, badJobSchema, badJobMissing}, bad.kind)
			require.True(t, bad.runID == "" || validRunID(bad.runID) == bad.runID)
			return
		}
		require.Equal(t, j.RunID, validRunID(j.RunID))
		require.NotEmpty(t, j.Flow)
		var params map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(j.Params, &params))
		require.NotNil(t, params)
		again, err := encode(j)
		require.NoError(t, err)
		second, err := decodeJob(again)
		require.NoError(t, err, "what we queue is a job")
		require.Equal(t, j.RunID, second.RunID)
		run := j.snapshot(7)
		require.Equal(t, StatusPending, run.Status)
		snapshot, err := encode(run)
		require.NoError(t, err)
		_, err = decodeRun(snapshot, 7)
		require.NoError(t, err)
	})
}

func FuzzSnapshot(f *testing.F) {
	f.Add([]byte(`{"run_id":"r1","flow_name":"main","status":"RUNNING","attempt":2,"theirs":{"big":12345678901234567890,"one":1.0}}`))
	f.Add([]byte(`{"status":7,"tags":"a","tasks":{"a":"RUNNING"},"task_records":{"a":{"state":"RUNNING","x":[1.0]},"b":null}}`))
	f.Add([]byte(`{"status":"FAILED","end_time":NaN,"heartbeat_at":null,"theirs":[-Infinity,"NaN"],"Status":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := decodeRun(data, 3)
		if err != nil {
			return
		}
		require.EqualValues(t, 3, run.Revision)
		_ = run.Output("a", new(any))
		again, err := encode(run)
		require.NoError(t, err)
		second, err := decodeRun(again, 3)
		require.NoError(t, err, "what we write can be read")
		require.Len(t, second.extra, len(run.extra))
		for name, value := range run.extra {
			require.Equal(t, compacted(t, value), compacted(t, second.extra[name]), name)
		}
		third, err := encode(second)
		require.NoError(t, err)
		require.Equal(t, string(again), string(third), "writing again changes nothing")
		for name, record := range run.TaskRecords {
			if record != nil {
				require.Len(t, second.TaskRecords[name].extra, len(record.extra))
			}
		}
	})
}

// FuzzRecord compares the two ways in which a record is read.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"run_id":"r1","params":{"n":1.0},"tags":["a",null],"theirs":null,"tasks":{"a":"RUNNING"},"attempt":1e0,"Run_ID":"x"}`))
	f.Add([]byte("{\"error\":\"\xff\\ud800\",\"start_time\":1e-7,\"lease_sec\":-0.0,\"params\":null,\"job_seq\":18446744073709551615}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		type plain Run
		var whole, fields plain
		got, err := decodeRecord(data, &whole)
		decoder := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowInvalidUTF8(true))
		if _, repeated := decoder.ReadValue(); err != nil || repeated != nil { // of a name that stands twice, the parts may add up
			return
		}
		want, err := decodeFields(data, &fields)
		require.NoError(t, err)
		require.Equal(t, fields, whole)
		require.Equal(t, len(want), len(got))
		for name, value := range want {
			require.Equal(t, string(value), string(got[name]), name)
		}
	})
}

func compacted(t *testing.T, value json.RawMessage) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Compact(&b, value))
	return b.String()
}
