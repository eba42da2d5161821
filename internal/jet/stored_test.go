// This file owns the tests of stored messages: reading, removing, publishing once, and what leaders say of their streams.

package jet_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

// newStream makes a stream WORK over work.> and gives what publishes to it.
func newStream(t *testing.T, cfg jetstream.StreamConfig) (*jet.Jet, func(subject string) uint64) {
	t.Helper()
	j, err := jet.New(natstest.Start(t).Connect(t))
	require.NoError(t, err)
	cfg.Name, cfg.Subjects = "WORK", []string{"work.>"}
	require.NoError(t, j.EnsureStream(t.Context(), cfg, nil))
	n := 0
	return j, func(subject string) uint64 {
		n++
		sequence, err := j.Publish(t.Context(), &nats.Msg{Subject: subject, Data: fmt.Appendf(nil, "m%d", n)}, fmt.Sprint(n))
		require.NoError(t, err)
		return sequence
	}
}

func TestMessagesAreReadBySequenceAndInOrder(t *testing.T) {
	t.Parallel()
	j, publish := newStream(t, jetstream.StreamConfig{Retention: jetstream.WorkQueuePolicy})
	publish("work.a")
	publish("work.b")
	publish("work.a")
	msg, err := j.Message(t.Context(), "WORK", 2)
	require.NoError(t, err)
	require.Equal(t, []string{"work.b", "m2", "2"}, []string{msg.Subject, string(msg.Data), msg.Header.Get(nats.MsgIdHdr)})
	require.WithinDuration(t, time.Now(), msg.Time, time.Minute)
	for _, c := range []struct {
		subject    string
		from, want uint64
	}{{"work.>", 0, 1}, {"work.>", 2, 2}, {"work.a", 2, 3}, {"work.>", 4, 0}, {"work.b", 3, 0}, {"work.c", 1, 0}} {
		msg, err := j.NextMessage(t.Context(), "WORK", c.subject, c.from)
		if c.want == 0 {
			require.ErrorIs(t, err, jet.ErrNotFound, "%+v", c)
			continue
		}
		require.NoError(t, err, "%+v", c)
		require.Equal(t, c.want, msg.Sequence, "%+v", c)
	}
	require.NoError(t, j.DeleteMessage(t.Context(), "WORK", 2))
	require.ErrorIs(t, j.DeleteMessage(t.Context(), "WORK", 2), jet.ErrNotFound)
	require.ErrorIs(t, j.DeleteMessage(t.Context(), "WORK", 9), jet.ErrNotFound)
	_, err = j.Message(t.Context(), "WORK", 2)
	require.ErrorIs(t, err, jet.ErrNotFound)
	next, err := j.NextMessage(t.Context(), "WORK", "work.>", 2)
	require.NoError(t, err)
	require.EqualValues(t, 3, next.Sequence, "gaps are passed over")
	for _, err := range []error{
		j.DeleteMessage(t.Context(), "NONE", 1),
		func() error { _, err := j.Message(t.Context(), "NONE", 1); return err }(),
	} {
		require.True(t, jet.NoStream(err), err)
		require.NotErrorIs(t, err, jet.ErrNotFound, "a stream that is not there tells nothing of its messages")
	}
}

func TestASecondPublishOfAnIDIsSwallowed(t *testing.T) {
	t.Parallel()
	j, _ := newStream(t, jetstream.StreamConfig{})
	publish := func() (uint64, bool) {
		sequence, before, err := j.PublishOnce(t.Context(), &nats.Msg{Subject: "work.a"}, "id")
		require.NoError(t, err)
		return sequence, before
	}
	sequence, before := publish()
	require.EqualValues(t, 1, sequence)
	require.False(t, before)
	require.NoError(t, j.DeleteMessage(t.Context(), "WORK", 1))
	sequence, before = publish()
	require.EqualValues(t, 1, sequence, "also where it is gone")
	require.True(t, before)
}

func TestAStreamsStateSaysWhichMessagesAreThere(t *testing.T) {
	t.Parallel()
	j, publish := newStream(t, jetstream.StreamConfig{})
	state := func() *jet.StreamState {
		s, err := j.StreamContent(t.Context(), "WORK")
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), s.Now, time.Minute)
		return s
	}
	held := func(s *jet.StreamState) (list []uint64) {
		for sequence := range uint64(8) {
			is, known := s.Holds(sequence)
			require.True(t, known)
			if is {
				list = append(list, sequence)
			}
		}
		return list
	}
	require.Empty(t, held(state()))
	for range 6 {
		publish("work.a")
	}
	for _, sequence := range []uint64{1, 3, 4} {
		require.NoError(t, j.DeleteMessage(t.Context(), "WORK", sequence))
	}
	s := state()
	require.Equal(t, []uint64{2, 5, 6}, held(s))
	require.EqualValues(t, 3, s.Messages)
	require.Equal(t, []uint64{2, 6}, []uint64{s.First, s.Last})
	_, err := j.StreamState(t.Context(), "NONE")
	require.True(t, jet.NoStream(err), err)

	require.NoError(t, j.JetStream().DeleteStream(t.Context(), "WORK"))
	require.NoError(t, j.EnsureStream(t.Context(), jetstream.StreamConfig{Name: "WORK", Subjects: []string{"work.>"}}, nil))
	require.NotEqual(t, s.Created, state().Created, "a stream that was made anew is told apart")
}

func TestAConsumersStateTellsASpentMessageFromOneThatWaits(t *testing.T) {
	t.Parallel()
	j, publish := newStream(t, jetstream.StreamConfig{Retention: jetstream.WorkQueuePolicy})
	_, err := j.ConsumerState(t.Context(), "WORK", "c")
	require.ErrorIs(t, err, jet.ErrNotFound)
	_, err = j.ConsumerState(t.Context(), "NONE", "c")
	require.ErrorIs(t, err, jet.ErrNotFound)
	require.NoError(t, j.EnsureConsumer(t.Context(), "WORK", jetstream.ConsumerConfig{
		Durable: "c", FilterSubject: "work.a", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 10 * time.Second, MaxDeliver: 1,
	}))
	publish("work.a")
	state := func() jet.ConsumerState {
		s, err := j.ConsumerState(t.Context(), "WORK", "c")
		require.NoError(t, err)
		return *s
	}
	require.Equal(t, jet.ConsumerState{AckWait: 10 * time.Second}, state())
	consumer, err := j.JetStream().Consumer(t.Context(), "WORK", "c")
	require.NoError(t, err)
	msg, err := consumer.Next()
	require.NoError(t, err)
	require.Equal(t, jet.ConsumerState{Delivered: 1, Deliveries: 1, Pending: 1, AckWait: 10 * time.Second}, state())
	require.NoError(t, msg.Nak())
	_, err = consumer.Next(jetstream.FetchMaxWait(50 * time.Millisecond)) // the server looks when somebody pulls
	require.ErrorIs(t, err, nats.ErrTimeout)
	require.Equal(t, jet.ConsumerState{Delivered: 1, Deliveries: 1, AckWait: 10 * time.Second}, state())
	_, err = j.Message(t.Context(), "WORK", 1)
	require.NoError(t, err, "it stays, and is never delivered again")
}

func TestAPartOfAStreamIsReadInOneGo(t *testing.T) {
	t.Parallel()
	j, publish := newStream(t, jetstream.StreamConfig{})
	for range 1200 {
		publish("work.a")
	}
	require.NoError(t, j.DeleteMessage(t.Context(), "WORK", 1100))
	for _, c := range []struct{ from, through, first, last, count uint64 }{
		{0, 1200, 1, 1200, 1199}, {5, 7, 5, 7, 3}, {1100, 1100, 0, 0, 0}, {1199, 5000, 1199, 1200, 2}, {1201, 1300, 0, 0, 0},
	} {
		var got []jet.Message
		require.NoError(t, j.Read(t.Context(), "WORK", c.from, c.through, func(m jet.Message) { got = append(got, m) }))
		require.Len(t, got, int(c.count), "%+v", c)
		if c.count > 0 {
			require.Equal(t, []uint64{c.first, c.last}, []uint64{got[0].Sequence, got[len(got)-1].Sequence})
			require.Equal(t, fmt.Sprintf("m%d", got[0].Sequence), string(got[0].Data))
		}
	}
	require.Error(t, j.Read(t.Context(), "NONE", 1, 2, nil))
	stream, err := j.JetStream().Stream(t.Context(), "WORK")
	require.NoError(t, err)
	require.Zero(t, stream.CachedInfo().State.Consumers, "no consumer is left behind")
}

func TestAMarkerGoesByItselfWhereTheStreamKnowsTTLs(t *testing.T) {
	t.Parallel()
	j, err := jet.New(natstest.Start(t).Connect(t))
	require.NoError(t, err)
	for name, ttl := range map[string]time.Duration{"plain": 0, "expiring": jet.MarkerTTL} {
		b, err := j.EnsureBucket(t.Context(), jetstream.KeyValueConfig{Bucket: name, History: 1, LimitMarkerTTL: ttl})
		require.NoError(t, err)
		r := watchBucket(t, b, false, nil)
		r.expect(t, "reset", "live")
		for _, key := range []string{"a", "b"} {
			revision, err := b.Create(t.Context(), key, []byte("1"))
			require.NoError(t, err)
			r.expect(t, key+"=1")
			require.NoError(t, b.Purge(t.Context(), key, revision))
			if ttl > 0 {
				r.expect(t, "-"+key)
			} else {
				r.expect(t, "-"+key+" lasting")
			}
			msg, err := j.NextMessage(t.Context(), b.Stream(), "$KV."+name+"."+key, 0)
			require.NoError(t, err)
			require.Equal(t, ttl > 0, msg.Header.Get("Nats-TTL") == jet.MarkerTTL.String(), msg.Header)
			require.Equal(t, key, b.Key(msg.Subject))
		}
	}
}
