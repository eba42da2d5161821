// This file owns the tests of names, and what their check costs.

package exactjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/exactjson"
)

type inner struct {
	Kept string `json:"kept"`
}

type outer struct {
	inner
	Flow   string `json:"flow_name"`
	Plain  string
	Nested struct {
		Any string `json:"any"`
	} `json:"nested"`
	Tags []string `json:"tags"`
	Out  string   `json:"-"`
}

func TestOnlyExactNamesAreFields(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]outer{
		`{"flow_name":"f","FLOW_NAME":"g"}`:                {Flow: "f"},
		`{"FLOW_NAME":"g","flow_name":"f"}`:                {Flow: "f"},
		`{"Flow_Name":5,"tagS":{},"flow_name":"f"}`:        {Flow: "f"},
		` { "flow_name" : "f" , "fl\u006fw_NAME" : "g" } `: {Flow: "f"},
		`{"fl\u006fw_name":"f"}`:                           {Flow: "f"},
		`{"flow_name":"f","flow_name":"g"}`:                {Flow: "g"},
		`{"tagſ":["x"],"\u212aept":"x","kept":"k"}`:        {inner: inner{"k"}},
		`{"KEPT":"x"}`:              {},
		`{"plain":"x","Plain":"p"}`: {Plain: "p"},
		`{"tags":["FLOW_NAME","TAGS"],"flow_name":"FLOW_NAME"}`:        {Flow: "FLOW_NAME", Tags: []string{"FLOW_NAME", "TAGS"}},
		`{"x":{"FLOW_NAME":"g"},"y":["TAGS",{"tags":1}],"kept":"\"}"}`: {inner: inner{`"}`}},
	} {
		var got outer
		before := bytes.Clone([]byte(text))
		data := []byte(text)
		require.NoError(t, exactjson.Unmarshal(data, &got), text)
		require.Equal(t, want, got, text)
		require.Equal(t, before, data, "what was given is left alone")
	}
}

func TestErrorsAreThoseOfEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `{"flow_name":1}`, `{"x":[1,2],"tags":"x"}`, `[{"FLOW_NAME":1}]`, `{"flow_name`, `{"a\`, `{"flow_name":"f"}}`, `"x"`, `{]`} {
		var exact, plain outer
		require.Equal(t, json.Unmarshal([]byte(text), &plain), exactjson.Unmarshal([]byte(text), &exact), text)
		require.Equal(t, plain, exact, text)
	}
	var list []any
	require.NoError(t, exactjson.Unmarshal([]byte(`[1]`), &list))
}

func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{`{"flow_name":"f","FLOW_NAME":"g"}`, `{"fl\u006fw_NAME":{"a":[1,"\\"]}}`, `[{}]`, `{"a":"\"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var exact outer
		var fields map[string]json.RawMessage
		if exactjson.Unmarshal(data, &exact) != nil || json.Unmarshal(data, &fields) != nil {
			return
		}
		var want outer
		for name, field := range map[string]any{
			"flow_name": &want.Flow, "Plain": &want.Plain, "kept": &want.Kept, "tags": &want.Tags, "nested": &want.Nested,
		} {
			if raw, named := fields[name]; named {
				require.NoError(t, json.Unmarshal(raw, field), name)
			}
		}
		if !repeats(data) { // the last one does not always count alone
			require.Equal(t, want, exact)
		}
	})
}

// repeats says that a name stands twice in an object.
func repeats(data []byte) bool {
	for decoder := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowInvalidUTF8(true)); ; {
		if _, err := decoder.ReadToken(); err != nil {
			return !errors.Is(err, io.EOF)
		}
	}
}

// BenchmarkUnmarshal compares it with encoding/json alone, over a snapshot as the index reads it.
func BenchmarkUnmarshal(b *testing.B) {
	snapshot := []byte(`{"run_id":"6f1f9a1e-6b8e-4c3a-9d5e-0c7f3c1b2a3d","flow_name":"main","tag":"default","tags":["default"],
"tenant_id":null,"api_key_id":null,"status":"COMPLETED","params":{"order":"a-1","items":[1,2,3],"deep":{"x":1.0}},"tasks":{"fetch":"SUCCEEDED",
"parse":"SUCCEEDED"},"task_records":{"fetch":{"state":"SUCCEEDED","started_at":1795561733.5,"ended_at":1795561733.6,"duration_ms":100,
"output":{"rows":12,"text":"a longer text with \"quotes\" in it"}},"parse":{"state":"SUCCEEDED","started_at":1795561733.6}},
"start_time":1795561733.4,"end_time":1795561733.7,"heartbeat_at":1795561733.7,"updated_at":1795561733.7,"error":null,"worker_id":"w1"}`)
	type summary struct {
		inner
		Flow    string   `json:"flow_name"`
		Tag     string   `json:"tag"`
		Tags    []string `json:"tags"`
		Status  string   `json:"status"`
		Updated float64  `json:"updated_at"`
		Worker  string   `json:"worker_id"`
		Error   string   `json:"error"`
	}
	plain := func(data []byte, v *summary) error { return json.Unmarshal(data, v) }
	for name, unmarshal := range map[string]func([]byte, *summary) error{"exact": exactjson.Unmarshal[summary], "plain": plain} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var v summary
				if err := unmarshal(snapshot, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
