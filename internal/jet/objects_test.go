// This file owns the tests of objects: written, listed, read and removed, and what is left of those that were broken off.

package jet_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

func admitAll([]jet.Object) error { return nil }

func newObjects(t testing.TB, nc *nats.Conn, cfg jetstream.ObjectStoreConfig) *jet.Objects {
	t.Helper()
	j, err := jet.New(nc)
	require.NoError(t, err)
	cfg.Bucket = "things"
	objects, err := j.EnsureObjects(t.Context(), cfg)
	require.NoError(t, err)
	return objects
}

func content(size int) []byte {
	random := rand.NewChaCha8([32]byte{byte(size)})
	data := make([]byte, size)
	_, _ = random.Read(data)
	return data
}

func put(t testing.TB, o *jet.Objects, name string, data []byte, headers map[string]string) jet.Object {
	t.Helper()
	upload := o.Upload(t.Context())
	_, err := io.Copy(upload, bytes.NewReader(data))
	require.NoError(t, err)
	object, err := upload.Commit(t.Context(), name, headers, admitAll)
	require.NoError(t, err)
	return object
}

// stored counts the messages of the store.
func stored(t testing.TB, nc *nats.Conn) uint64 {
	t.Helper()
	j, err := jet.New(nc)
	require.NoError(t, err)
	messages, err := j.StreamMessages(t.Context(), "OBJ_things")
	require.NoError(t, err)
	return messages
}

func TestAnObjectIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	objects := newObjects(t, natstest.Start(t).Connect(t), jetstream.ObjectStoreConfig{})
	const chunk = 128 << 10
	names := map[int]string{0: "none.whl", 1: "one.whl", chunk - 1: "a.whl", chunk: "b.whl", chunk + 1: "c.whl", 3*chunk + 77: "größe/d.whl"}
	for size, name := range names {
		data := content(size)
		sum := sha256.Sum256(data)
		written := put(t, objects, name, data, map[string]string{"x": "a,b"})
		got, err := objects.Get(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, written.Revision, got.Revision)
		require.Equal(t, []any{name, int64(size), sum[:], map[string]string{"x": "a,b"}, written.NUID}, []any{got.Name, got.Size, got.SHA256, got.Headers, got.NUID})
		require.WithinDuration(t, time.Now(), got.Modified, time.Minute)
		read, err := io.ReadAll(objects.Open(t.Context(), got))
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, read), size)
	}
	list, err := objects.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, len(names))
	_, err = objects.Get(t.Context(), "other")
	require.ErrorIs(t, err, jet.ErrNotFound)
}

func TestAnUploadIsReadBackAtAnyPlaceBeforeItIsAnObject(t *testing.T) {
	t.Parallel()
	objects := newObjects(t, natstest.Start(t, natstest.MaxPayload(64<<10)).Connect(t), jetstream.ObjectStoreConfig{})
	data := content(300_000)
	upload := objects.Upload(t.Context())
	for rest := data; len(rest) > 0; {
		some := min(len(rest), 7_777)
		n, err := upload.Write(rest[:some])
		require.NoError(t, err)
		require.Equal(t, some, n)
		rest = rest[some:]
	}
	require.NoError(t, upload.End())
	require.EqualValues(t, len(data), upload.Size())
	read, err := io.ReadAll(io.NewSectionReader(upload, 0, upload.Size()))
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, read))
	some := make([]byte, 100)
	n, err := upload.ReadAt(some, 299_950)
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, data[299_950:], some[:n])
	_, err = upload.ReadAt(some, 300_000)
	require.ErrorIs(t, err, io.EOF)
	list, err := objects.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, list, "nobody sees it yet")
	upload.Abort()
}

func TestARemovedReplacedOrAbortedObjectLeavesNoChunks(t *testing.T) {
	t.Parallel()
	nc := natstest.Start(t).Connect(t)
	objects := newObjects(t, nc, jetstream.ObjectStoreConfig{})
	first := put(t, objects, "a", content(300_000), nil)
	require.EqualValues(t, 4, stored(t, nc), "three chunks and the metadata")
	second := put(t, objects, "a", content(200_000), nil)
	require.EqualValues(t, 3, stored(t, nc))
	_, err := io.ReadAll(objects.Open(t.Context(), first))
	require.ErrorIs(t, err, jet.ErrNotFound, "its content is gone")

	ctx, cancel := context.WithCancel(t.Context())
	aborted := objects.Upload(ctx)
	_, err = aborted.Write(content(300_000))
	require.NoError(t, err)
	cancel()
	require.Error(t, aborted.End())
	_, err = aborted.Commit(t.Context(), "b", nil, admitAll)
	require.ErrorIs(t, err, context.Canceled)
	aborted.Abort()
	require.EqualValues(t, 3, stored(t, nc))

	removed, err := objects.Delete(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, second.NUID, removed.NUID)
	require.EqualValues(t, 1, stored(t, nc), "its marker")
	_, err = objects.Delete(t.Context(), "a")
	require.ErrorIs(t, err, jet.ErrNotFound)
	list, err := objects.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestContentThatIsNotWhatWasWrittenIsToldAtItsEnd(t *testing.T) {
	t.Parallel()
	nc := natstest.Start(t).Connect(t)
	objects := newObjects(t, nc, jetstream.ObjectStoreConfig{})
	object := put(t, objects, "a", content(200_000), nil)
	object.SHA256 = bytes.Repeat([]byte{1}, 32)
	read, err := io.ReadAll(objects.Open(t.Context(), object))
	require.ErrorIs(t, err, jet.ErrCorrupt)
	require.Len(t, read, 200_000)
	object.Chunks = 1
	_, err = io.ReadAll(objects.Open(t.Context(), object))
	require.ErrorIs(t, err, jet.ErrCorrupt)
	object.Chunks = 3
	_, err = io.ReadAll(objects.Open(t.Context(), object))
	require.ErrorIs(t, err, jet.ErrNotFound)
}

func TestWhatWasBrokenOffIsTidiedOnceItHasAged(t *testing.T) {
	t.Parallel()
	nc := natstest.Start(t).Connect(t)
	objects := newObjects(t, nc, jetstream.ObjectStoreConfig{})
	kept := put(t, objects, "kept", content(200_000), nil)
	put(t, objects, "gone", content(10), nil)
	_, err := objects.Delete(t.Context(), "gone")
	require.NoError(t, err)
	lost := objects.Upload(t.Context())
	_, err = lost.Write(content(200_000))
	require.NoError(t, err)
	require.NoError(t, lost.End())

	require.NoError(t, objects.Tidy(t.Context(), time.Hour))
	require.EqualValues(t, 6, stored(t, nc), "two of each content, and the metadata of two")
	require.NoError(t, objects.Tidy(t.Context(), -time.Minute))
	require.EqualValues(t, 3, stored(t, nc))
	_, err = io.ReadAll(objects.Open(t.Context(), kept))
	require.NoError(t, err)
}

func TestAFullStoreRefusesAChunkAndTakesOneAgainOnceThereIsRoom(t *testing.T) {
	t.Parallel()
	nc := natstest.Start(t).Connect(t)
	objects := newObjects(t, nc, jetstream.ObjectStoreConfig{MaxBytes: 1 << 20})
	upload := objects.Upload(t.Context())
	_, err := io.Copy(upload, bytes.NewReader(content(2<<20)))
	require.True(t, jet.StoreFull(err), err)
	upload.Abort()
	require.Zero(t, stored(t, nc))
	put(t, objects, "a", content(900_000), nil)
}

func TestAnObjectIsRemovedFromAStoreThatHasNoRoomForItsMarker(t *testing.T) {
	t.Parallel()
	nc := natstest.Start(t).Connect(t)
	objects := newObjects(t, nc, jetstream.ObjectStoreConfig{MaxBytes: 1 << 20})
	put(t, objects, "a", content(300_000), nil)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	stream, err := js.Stream(t.Context(), "OBJ_things")
	require.NoError(t, err)
	config := stream.CachedInfo().Config
	config.MaxBytes = int64(stream.CachedInfo().State.Bytes)
	_, err = js.UpdateStream(t.Context(), config)
	require.NoError(t, err)
	_, err = objects.Delete(t.Context(), "a")
	require.NoError(t, err)
	list, err := objects.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)
	put(t, objects, "b", content(200_000), nil)
}

func TestObjectsOfOtherWritersAreRead(t *testing.T) {
	t.Parallel()
	nc := natstest.Start(t).Connect(t)
	objects := newObjects(t, nc, jetstream.ObjectStoreConfig{})
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	library, err := js.ObjectStore(t.Context(), "things")
	require.NoError(t, err)
	_, err = library.Put(t.Context(), jetstream.ObjectMeta{Name: "a", Headers: nats.Header{"sha256": {"1", "2"}}}, strings.NewReader("hello"))
	require.NoError(t, err)
	object, err := objects.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"sha256": "1"}, object.Headers)
	require.WithinDuration(t, time.Now(), object.Modified, time.Minute, "the library leaves it to the message")
	read, err := io.ReadAll(objects.Open(t.Context(), object))
	require.NoError(t, err)
	require.Equal(t, "hello", string(read))
	require.NoError(t, library.Delete(t.Context(), "a"))
	_, err = objects.Get(t.Context(), "a")
	require.ErrorIs(t, err, jet.ErrNotFound)

	put(t, objects, "b", []byte("plain"), nil) // without headers the library reads ours too
	text, err := library.GetString(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, "plain", text)
}

func TestWhatIsNoMetadataIsNotListed(t *testing.T) {
	t.Parallel()
	nc := natstest.Start(t).Connect(t)
	objects := newObjects(t, nc, jetstream.ObjectStoreConfig{})
	put(t, objects, "a", []byte("x"), nil)
	for _, data := range []string{"", "null", "[]", `{"name":"b"}`, `{"name":"other","nuid":"n"}`, `{"name":"b","nuid":"*"}`, `{"name":"b","nuid":"n","options":{"link":{"bucket":"x"}}}`} {
		_, err := nc.Request("$O.things.M.Yg==", []byte(data), 5*time.Second) // of b
		require.NoError(t, err)
		list, err := objects.List(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 1, data)
	}
	_, err := objects.Get(t.Context(), "b")
	require.Error(t, err)
	require.False(t, errors.Is(err, jet.ErrNotFound))
}
