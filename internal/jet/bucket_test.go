// This file owns the tests of compare-and-set, lost replies included.

package jet_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

func newBucket(t *testing.T, nc *nats.Conn) *jet.Bucket {
	t.Helper()
	j, err := jet.New(nc)
	require.NoError(t, err)
	b, err := j.EnsureBucket(t.Context(), jetstream.KeyValueConfig{Bucket: "things", History: 1})
	require.NoError(t, err)
	return b
}

func TestCreateRefusesAKeyThatExists(t *testing.T) {
	t.Parallel()
	b := newBucket(t, natstest.Start(t).Connect(t))
	rev, err := b.Create(t.Context(), "k", []byte("one"))
	require.NoError(t, err)
	_, err = b.Create(t.Context(), "k", []byte("two"))
	var conflict *jet.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, rev, conflict.Current.Revision)
	require.Equal(t, "one", string(conflict.Current.Value))
}

func TestCreateTakesAKeyThatWasPurged(t *testing.T) {
	t.Parallel()
	b := newBucket(t, natstest.Start(t).Connect(t))
	rev, err := b.Create(t.Context(), "k", []byte("one"))
	require.NoError(t, err)
	require.NoError(t, b.Purge(t.Context(), "k", rev))
	_, err = b.Get(t.Context(), "k")
	require.ErrorIs(t, err, jet.ErrNotFound)
	again, err := b.Create(t.Context(), "k", []byte("two"))
	require.NoError(t, err)
	require.Greater(t, again, rev)
}

func TestUpdateAtAnOldRevisionIsRefusedAndGivesWhatIsThere(t *testing.T) {
	t.Parallel()
	b := newBucket(t, natstest.Start(t).Connect(t))
	first, err := b.Create(t.Context(), "k", []byte("one"))
	require.NoError(t, err)
	second, err := b.Update(t.Context(), "k", []byte("two"), first)
	require.NoError(t, err)
	_, err = b.Update(t.Context(), "k", []byte("three"), first)
	var conflict *jet.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, second, conflict.Current.Revision)
	require.Equal(t, "two", string(conflict.Current.Value))
}

func TestUpdateOfAMissingKeyIsAConflictWithNothing(t *testing.T) {
	t.Parallel()
	b := newBucket(t, natstest.Start(t).Connect(t))
	_, err := b.Update(t.Context(), "k", []byte("x"), 7)
	var conflict *jet.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.True(t, conflict.Current.Deleted)
}

func TestSameBytesOfAnotherWriterAreAConflict(t *testing.T) {
	t.Parallel()
	b := newBucket(t, natstest.Start(t).Connect(t))
	_, err := b.Create(t.Context(), "k", []byte("same"))
	require.NoError(t, err)
	_, err = b.Create(t.Context(), "k", []byte("same"))
	require.ErrorAs(t, err, new(*jet.ConflictError))
}

func TestAWriteWhoseReplyWasLostIsFoundToBeOurs(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	dialer := natstest.LoseAnswers(`"stream":"KV_things"`)
	b := newBucket(t, server.Connect(t, dialer.Option()))
	first, err := b.Create(t.Context(), "k", []byte("one"))
	require.NoError(t, err)

	dialer.Lose(1)
	second, err := b.Update(t.Context(), "k", []byte("two"), first)
	require.NoError(t, err)
	require.True(t, dialer.Lost(), "a reply was lost")
	require.Equal(t, first+1, second, "written once")

	entry, err := b.Get(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, second, entry.Revision)
}

func TestAWriteWaitsOutARestartOfTheServer(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	b := newBucket(t, server.Connect(t))
	rev, err := b.Create(t.Context(), "k", []byte("one"))
	require.NoError(t, err)
	server.Stop(t)
	done := make(chan error, 1)
	go func() {
		_, err := b.Update(t.Context(), "k", []byte("two"), rev)
		done <- err
	}()
	server.Start(t)
	require.NoError(t, <-done)
}

func TestAWriteGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	b := newBucket(t, server.Connect(t))
	server.Stop(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := b.Create(ctx, "k", []byte("one"))
	require.Error(t, err)
	require.True(t, jet.Unanswered(err), err)
}

// createLate sends a create as it was sent before something overtook it: the key must never have existed.
func createLate(t *testing.T, nc *nats.Conn, expected uint64) error {
	t.Helper()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "$KV.things.k", []byte("late"), jetstream.WithExpectLastSequencePerSubject(expected))
	return err
}

func TestABarredKeyIsNotCreatedByAWriteThatComesLate(t *testing.T) {
	t.Parallel()
	nc := natstest.Start(t).Connect(t)
	b := newBucket(t, nc)
	require.NoError(t, b.Bar(t.Context(), "k"))
	require.Error(t, createLate(t, nc, 0))
	rev, err := b.Create(t.Context(), "k", []byte("new"))
	require.NoError(t, err, "a new create is none that was on its way")
	require.ErrorAs(t, b.Bar(t.Context(), "k"), new(*jet.ConflictError))
	require.NoError(t, b.Purge(t.Context(), "k", rev))
	require.NoError(t, b.Bar(t.Context(), "k"))
	require.Error(t, createLate(t, nc, rev+1), "a create over the marker of the purge")
	_, err = b.Get(t.Context(), "k")
	require.ErrorIs(t, err, jet.ErrNotFound)
}

func TestOnlyAWriteThatWasSentIsUncertain(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	dropper := natstest.LoseAnswers(`"stream":"KV_things"`)
	away := make(chan struct{})
	b := newBucket(t, server.Connect(t, dropper.Option(), nats.DisconnectErrHandler(func(*nats.Conn, error) { close(away) })))
	dropper.Lose(1 << 30)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := b.Create(ctx, "k", nil)
	require.ErrorIs(t, err, jet.ErrUncertain)
	require.True(t, jet.Unanswered(err))
	server.Stop(t)
	<-away
	ctx, cancel = context.WithTimeout(t.Context(), 125*time.Millisecond) // amid a pause
	defer cancel()
	_, err = b.Create(ctx, "other", nil)
	require.True(t, jet.Unanswered(err), "%v", err)
	require.NotErrorIs(t, err, jet.ErrUncertain)
}

func TestAConflictMayBeWithWhatWasMadeOfTheOwnWrite(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	dropper := natstest.LoseAnswers(`"stream":"KV_things"`)
	b, other := newBucket(t, server.Connect(t, dropper.Option())), newBucket(t, server.Connect(t))
	dropper.Lose(1)
	created := make(chan error, 1)
	go func() {
		_, err := b.Create(t.Context(), "k", []byte("own"))
		created <- err
	}()
	require.Eventually(t, func() bool {
		entry, err := other.Get(t.Context(), "k")
		if err == nil {
			_, err = other.Update(t.Context(), "k", []byte("more"), entry.Revision)
		}
		return err == nil
	}, 10*time.Second, time.Millisecond)
	err := <-created
	require.ErrorIs(t, err, jet.ErrUncertain)
	var conflict *jet.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, "more", string(conflict.Current.Value))
}
