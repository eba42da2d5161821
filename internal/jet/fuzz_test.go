// This file owns what must hold for every metadata of an object, whoever has written it.

package jet_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
)

func FuzzObjectMetadata(f *testing.F) {
	for _, seed := range []string{
		`{"name":"a","bucket":"b","nuid":"n","size":3,"mtime":"2026-01-02T03:04:05.678901+00:00","chunks":1,"digest":"SHA-256=AA==","headers":{"x":"y"}}`,
		`{"name":"a","nuid":"n","headers":{"x":["y","z"],"n":null,"o":{}},"options":{"max_chunk_size":131072},"mtime":"0001-01-01T00:00:00Z"}`,
		`{"name":"a","nuid":"n","deleted":true,"size":0,"digest":"","mtime":""}`, `{"name":"a","nuid":"a.b"}`, `{"name":"a","nuid":"n","size":-1}`, `null`, `[]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		object, err := jet.DecodeObject(data)
		if err != nil {
			return
		}
		require.NotEmpty(t, object.Name)
		require.False(t, object.NUID == "" || strings.ContainsAny(object.NUID, ".*> "), "it names a subject: %q", object.NUID)
		require.GreaterOrEqual(t, object.Size, int64(0))
		require.GreaterOrEqual(t, object.Chunks, 0)
		require.True(t, object.Digest() == "" || strings.HasPrefix(object.Digest(), "SHA-256="))
	})
}
