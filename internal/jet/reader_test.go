// This file owns the tests of reading a stream from the front.

package jet_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

// readRig is a bucket whose messages 1 to n are the keys k1 to kn.
type readRig struct {
	*testing.T
	server *natstest.Server
	jet    *jet.Jet
	bucket *jet.Bucket
	reader *jet.Reader
	n      int
}

func newReadRig(t *testing.T, n int) *readRig {
	t.Helper()
	server := natstest.Start(t)
	nc := server.Connect(t)
	j, err := jet.New(nc)
	require.NoError(t, err)
	bucket := newBucket(t, nc)
	rig := &readRig{T: t, server: server, jet: j, bucket: bucket, reader: j.NewReader(bucket.Stream())}
	t.Cleanup(rig.reader.Close)
	rig.write(n)
	return rig
}

func (rig *readRig) write(n int) {
	rig.Helper()
	for range n {
		rig.n++
		_, err := rig.bucket.Create(rig.Context(), fmt.Sprintf("k%d", rig.n), []byte("v"))
		require.NoError(rig, err)
	}
}

func (rig *readRig) gives(from, want uint64) {
	rig.Helper()
	message, err := rig.reader.Next(rig.Context(), from)
	require.NoError(rig, err)
	require.Equal(rig, want, message.Sequence)
	require.Equal(rig, fmt.Sprintf("k%d", want), rig.bucket.Key(message.Subject))
	require.Equal(rig, "v", string(message.Data))
	require.False(rig, message.Time.IsZero())
}

func (rig *readRig) ends(from uint64) {
	rig.Helper()
	_, err := rig.reader.Next(rig.Context(), from)
	require.ErrorIs(rig, err, jet.ErrNotFound)
}

func TestAReaderGoesOnAndBackAndSeesWhatComesLater(t *testing.T) {
	t.Parallel()
	rig := newReadRig(t, 450) // more than are read at once
	rig.gives(0, 1)
	rig.gives(1, 1)
	require.True(t, rig.reader.Ready(2))
	rig.gives(2, 2)
	rig.gives(300, 300)
	rig.gives(449, 449)
	rig.gives(10, 10)
	require.False(t, rig.reader.Ready(451))
	rig.ends(451)
	rig.write(1)
	rig.gives(451, 451)
	rig.ends(452)
}

func TestAReaderSkipsWhatIsGone(t *testing.T) {
	t.Parallel()
	rig := newReadRig(t, 4)
	for _, sequence := range []uint64{1, 3} {
		_, err := rig.bucket.Update(t.Context(), fmt.Sprintf("k%d", sequence), []byte("v"), sequence) // to the end
		require.NoError(t, err)
	}
	rig.gives(1, 2)
	rig.gives(3, 4)
}

func TestAReaderGoesOnAfterItsServerWasStartedAgain(t *testing.T) {
	t.Parallel()
	rig := newReadRig(t, 2)
	rig.gives(1, 1)
	rig.ends(3)
	rig.server.Restart(t)
	rig.write(1)
	rig.gives(3, 3)
}

func TestAReaderMissesNoMessageThatWasLostOnItsWay(t *testing.T) {
	t.Parallel()
	rig := newReadRig(t, 350)
	rig.gives(1, 1)
	require.NoError(t, rig.reader.Lose(100))
	for sequence := range uint64(350) {
		rig.gives(sequence+1, sequence+1)
	}
	require.NoError(t, rig.reader.Lose(1)) // nothing is there
	rig.write(5)
	require.NoError(t, rig.reader.Lose(5)) // all that there is
	rig.gives(351, 351)
	rig.gives(352, 352)
}

func TestAReaderOfAStreamThatIsNotThereSaysSo(t *testing.T) {
	t.Parallel()
	rig := newReadRig(t, 0)
	_, err := rig.jet.NewReader("nothing").Next(t.Context(), 1)
	require.True(t, jet.NoStream(err), "%v", err)
}
