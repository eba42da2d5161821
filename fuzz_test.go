// This file owns what must hold for every flow file and every record. The seeds are under testdata/fuzz.

package pyoco

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzParseFlow(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		flow, err := ParseFlow(text)
		if err != nil {
			var e *InvalidError
			require.True(t, errors.As(err, &e), "%v", err)
			require.Nil(t, flow)
			require.NotEmpty(t, e.Field)
			require.NotEmpty(t, e.Reason)
			require.Less(t, len(err.Error()), 32<<10)
			require.True(t, utf8.ValidString(err.Error()), "%q", err)
			return
		}
		require.True(t, json.Valid(flow.Defaults()))
		names := flow.Tasks()
		tasks := map[string]any{}
		for _, node := range flow.plan.Tasks {
			require.NotNil(t, flow.declared(node))
			tasks[node.Declared()] = nil
		}
		again, err := encode(map[string]any{ // without pipes: their texts are in the graph's
			"flow": map[string]any{"graph": flow.Graph(), "defaults": flow.Defaults()}, "tasks": tasks,
		})
		require.NoError(t, err)
		same, err := ParseFlow(again)
		require.NoError(t, err, "%s", again)
		require.Equal(t, names, same.Tasks())
		require.Equal(t, flow.Graph(), same.Graph())
		require.Equal(t, loosely(flow.Defaults()), loosely(same.Defaults()), "%s", again)
	})
}

// loosely is JSON with the numbers as float64: one that JSON writes with an exponent is a text in YAML 1.1, and is left
// out of the comparison.
func loosely(data json.RawMessage) any {
	if bytes.ContainsAny(data, "eE") {
		return nil
	}
	var value any
	_ = json.Unmarshal(data, &value)
	return value
}

func FuzzFinite(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		out := finite(data)
		require.Equal(t, before, data, "the input stays as it is")
		require.Equal(t, out, finite(out), "twice is once")
		if json.Valid(data) {
			require.Equal(t, data, out, "JSON stays as it is")
		}
		run, err := decodeRun(data, 1)
		if err != nil {
			return
		}
		written, err := encode(run)
		require.NoError(t, err)
		back, err := decodeRun(written, 1)
		require.NoError(t, err, "%s", written)
		twice, err := encode(back)
		require.NoError(t, err)
		require.Equal(t, string(written), string(twice))
	})
}
