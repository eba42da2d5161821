// This file owns the tests of the watch: first reading, changes, outages and recreated buckets.

package jet_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

// recorder puts what a watch tells into a channel.
type recorder chan string

func (r recorder) Reset()      { r <- "reset" }
func (r recorder) Live(uint64) { r <- "live" }
func (r recorder) Entry(e jet.Entry) {
	if e.Lasting {
		r <- "-" + e.Key + " lasting"
		return
	}
	if e.Deleted {
		r <- "-" + e.Key
		return
	}
	r <- e.Key + "=" + string(e.Value)
}

func (r recorder) expect(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		select {
		case got := <-r:
			require.Equal(t, w, got)
		case <-t.Context().Done():
			require.FailNow(t, "nothing came", "want %s", w)
		}
	}
}

func watchBucket(t *testing.T, b *jet.Bucket, ensure bool, j *jet.Jet) recorder {
	t.Helper()
	r := make(recorder, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = b.Watch(t.Context(), r, func(ctx context.Context) error {
			if !ensure {
				return nil
			}
			_, err := j.EnsureBucket(ctx, jetstream.KeyValueConfig{Bucket: b.Name(), History: 1})
			return err
		}, slog.New(slog.DiscardHandler))
	}()
	t.Cleanup(func() { <-done })
	return r
}

func TestWatchOfAnEmptyBucketIsLiveAtOnceAndSeesChanges(t *testing.T) {
	t.Parallel()
	b := newBucket(t, natstest.Start(t).Connect(t))
	r := watchBucket(t, b, false, nil)
	r.expect(t, "reset", "live")
	rev, err := b.Create(t.Context(), "a", []byte("1"))
	require.NoError(t, err)
	r.expect(t, "a=1") // one at a time: a revision that is replaced before it is read never comes
	rev, err = b.Update(t.Context(), "a", []byte("2"), rev)
	require.NoError(t, err)
	r.expect(t, "a=2")
	require.NoError(t, b.Purge(t.Context(), "a", rev))
	r.expect(t, "-a lasting")
}

func TestWatchGivesEveryKeyBeforeItIsLive(t *testing.T) {
	t.Parallel()
	b := newBucket(t, natstest.Start(t).Connect(t))
	want := []string{"reset"}
	for i := range 50 {
		_, err := b.Create(t.Context(), fmt.Sprintf("k%d", i), []byte("v"))
		require.NoError(t, err)
		want = append(want, fmt.Sprintf("k%d=v", i))
	}
	watchBucket(t, b, false, nil).expect(t, append(want, "live")...)
}

func TestWatchGoesOnAfterARestartWithoutReadingAgain(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	b := newBucket(t, server.Connect(t))
	r := watchBucket(t, b, false, nil)
	r.expect(t, "reset", "live")
	_, err := b.Create(t.Context(), "a", []byte("1"))
	require.NoError(t, err)
	r.expect(t, "a=1")
	server.Restart(t)
	_, err = b.Create(t.Context(), "b", []byte("2"))
	require.NoError(t, err)
	r.expect(t, "b=2")
}

func TestWatchReadsAnewAfterAnOutageInWhichMarkersMayHaveGone(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	b := newBucket(t, server.Connect(t))
	b.ReadAnewAfter(time.Nanosecond)
	_, err := b.Create(t.Context(), "a", []byte("1"))
	require.NoError(t, err)
	r := watchBucket(t, b, false, nil)
	r.expect(t, "reset", "a=1", "live")
	server.Restart(t)
	r.expect(t, "reset", "a=1", "live")
}

func TestWatchReadsARecreatedBucketAnewAfterAReconnect(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	nc := server.Connect(t)
	b := newBucket(t, nc)
	j, err := jet.New(nc)
	require.NoError(t, err)
	r := watchBucket(t, b, true, j)
	r.expect(t, "reset", "live")
	_, err = b.Create(t.Context(), "a", []byte("1"))
	require.NoError(t, err)
	r.expect(t, "a=1")

	require.NoError(t, j.JetStream().DeleteKeyValue(t.Context(), b.Name()))
	b = newBucket(t, nc)
	server.Restart(t)
	r.expect(t, "reset", "live")
	_, err = b.Create(t.Context(), "c", []byte("3"))
	require.NoError(t, err)
	r.expect(t, "c=3")
}
