// This file owns the tests of the records that are at hand for streams that begin.

package pyoco

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheRecordsOfTheRunsThatHaveChangedLastAreAtHand(t *testing.T) {
	t.Parallel()
	r := newRecentRecords()
	for i := range maxRecent + 1 {
		r.put(fmt.Sprint(i), 1, []byte{byte(i)})
	}
	require.Nil(t, r.at("0", 1), "another has come into its place")
	require.Equal(t, []byte{1}, r.at("1", 1))
	require.Nil(t, r.at("1", 2), "at another revision than is asked for")
	r.put("1", 2, []byte("new"))
	require.Equal(t, []byte("new"), r.at("1", 2))
	require.Nil(t, r.at("1", 1))
	require.Len(t, r.runs, maxRecent)

	r.put("1", 3, make([]byte, maxRecentBytes+1))
	require.Nil(t, r.at("1", 3), "it is too large")
	require.Nil(t, r.at("1", 2), "and what was there is the newest no more")
	r.put("2", 2, nil)
	require.Nil(t, r.at("2", 1))
	r.reset()
	require.Empty(t, r.runs)
}

func TestTheStreamOfARunThatHasJustChangedBeginsWithoutARead(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := keyedGateway(rig)
	out, err := g.Submit(t.Context(), Submission{Flow: "f"})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		e, known := g.index.Get(out.ID)
		return known && g.recent.at(out.ID, e.Revision) != nil
	}, rigPatience, time.Millisecond)
	reads, err := rig.jet.Conn().SubscribeSync("$JS.API.STREAM.MSG.GET.KV_pyoco_runs")
	require.NoError(t, err)
	require.NoError(t, rig.jet.Conn().Flush())

	s := &runStream{gateway: g, id: out.ID}
	first, err := s.first(t.Context())
	require.NoError(t, err)
	require.Equal(t, StatusPending, first.run.Status)
	require.NoError(t, rig.jet.Conn().Flush())
	n, _, err := reads.Pending()
	require.NoError(t, err)
	require.Zero(t, n)

	s.sent = first.run.Revision + 1 // another gateway was faster
	_, err = s.first(t.Context())
	require.NoError(t, err)
	_, err = reads.NextMsg(rigPatience)
	require.NoError(t, err, "what the client has not seen is read")
}
