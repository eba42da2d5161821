// This file owns the tests of deliveries: what their reply subject says, and the answers to them.

package jet

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
)

func TestADeliveryIsReadFromItsReplySubject(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]struct {
		consumer  string
		delivered int
		sequence  uint64
	}{
		"$JS.ACK.WORK.c.3.7.9.1700000000000000000.4":                   {"c", 3, 7},
		"$JS.ACK.hub.ACCHASH.WORK.c.3.7.9.1700000000000000000.4":       {"c", 3, 7},
		"$JS.ACK._.ACCHASH.WORK.c.3.7.9.1700000000000000000.4.random":  {"c", 3, 7},
		"$JS.ACK.WORK.c.1.18446744073709551615.9.1700000000000000.0":   {"c", 1, 1<<64 - 1},
		"$JS.ACK.hub.H.WORK.c.1.2.9.1700000000000000.0.more.and.more.": {"c", 1, 2},
	} {
		d, consumer, err := newDelivery(nil, &nats.Msg{Subject: "work.a", Reply: reply, Data: []byte("x")})
		require.NoError(t, err, reply)
		require.Equal(t, want.consumer, consumer, reply)
		require.Equal(t, want.delivered, d.Delivered, reply)
		require.Equal(t, want.sequence, d.Sequence, reply)
		require.Equal(t, "work.a", d.Subject)
	}
	for _, reply := range []string{
		"", ".", "_INBOX.abc.1", "$JS.ACK", "$JS.ACK.WORK.c.3.7.9.17", "$JS.NAK.WORK.c.3.7.9.17.4",
		"$JS.ACK.hub.WORK.c.3.7.9.17.4", // ten tokens are neither form
		"$JS.ACK.WORK.c.x.7.9.17.4", "$JS.ACK.WORK.c.3.-7.9.17.4", "$JS.ACK.WORK.c.-3.7.9.17.4", "$JS.ACK.WORK.c.0.7.9.17.4",
		"$JS.ACK.WORK.c.3.18446744073709551616.9.17.4", "$JS.ACK.WORK.c.99999999999999999999.7.9.17.4", "$JS.ACK.......",
	} {
		_, _, err := newDelivery(nil, &nats.Msg{Subject: "work.a", Reply: reply})
		require.Error(t, err, reply)
	}
}

// deliveries gives the deliveries of a queue with one message, each pulled anew.
func deliveries(t *testing.T) (*Jet, func() *Delivery) {
	t.Helper()
	nc := natstest.Start(t).Connect(t)
	j, err := New(nc)
	require.NoError(t, err)
	require.NoError(t, j.EnsureStream(t.Context(), jetstream.StreamConfig{
		Name: "WORK", Subjects: []string{"work.>"}, Retention: jetstream.WorkQueuePolicy,
	}, nil))
	require.NoError(t, j.EnsureConsumer(t.Context(), "WORK", jetstream.ConsumerConfig{
		Durable: "c", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 500 * time.Millisecond,
	}))
	_, err = j.Publish(t.Context(), &nats.Msg{Subject: "work.a", Data: []byte("x")}, "1")
	require.NoError(t, err)
	inbox, err := nc.SubscribeSync("pulled")
	require.NoError(t, err)
	return j, func() *Delivery {
		t.Helper()
		require.NoError(t, nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT.WORK.c", "pulled", []byte(`{"batch":1,"expires":5000000000}`)))
		msg, err := inbox.NextMsg(5 * time.Second)
		require.NoError(t, err)
		d, consumer, err := newDelivery(nc, msg)
		require.NoError(t, err)
		require.Equal(t, "c", consumer)
		require.EqualValues(t, 1, d.Sequence)
		return d
	}
}

func TestAnAckIsConfirmedAlsoTheSecondTime(t *testing.T) {
	t.Parallel()
	j, next := deliveries(t)
	d := next()
	require.Equal(t, 1, d.Delivered)
	require.NoError(t, d.Ack())
	n, err := j.StreamMessages(t.Context(), "WORK")
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoError(t, d.Ack())
	j.Conn().Close()
	require.Error(t, d.Ack())
}

func TestANakGivesTheMessageBack(t *testing.T) {
	t.Parallel()
	_, next := deliveries(t)
	d := next()
	began := time.Now()
	require.NoError(t, d.Nak(0))
	d = next()
	require.Equal(t, 2, d.Delivered)
	require.Less(t, time.Since(began), 400*time.Millisecond)
	began = time.Now()
	require.NoError(t, d.Nak(200*time.Millisecond))
	d = next()
	require.Equal(t, 3, d.Delivered)
	require.GreaterOrEqual(t, time.Since(began), 200*time.Millisecond)
}

func TestATermRemovesTheMessage(t *testing.T) {
	t.Parallel()
	j, next := deliveries(t)
	require.NoError(t, next().Term())
	require.Eventually(t, func() bool {
		n, err := j.StreamMessages(t.Context(), "WORK")
		return err == nil && n == 0
	}, 5*time.Second, 5*time.Millisecond)
}
