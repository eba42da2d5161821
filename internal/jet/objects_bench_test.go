// This file owns what objects cost, chunk by chunk.

package jet_test

import (
	"io"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
)

func BenchmarkObjects(b *testing.B) {
	objects := newObjects(b, natstest.Start(b).Connect(b), jetstream.ObjectStoreConfig{})
	data := content(8 << 20)
	object := put(b, objects, "a", data, nil)
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			put(b, objects, "b", data, nil)
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			_, err := io.Copy(io.Discard, objects.Open(b.Context(), object))
			require.NoError(b, err)
		}
	})
}
