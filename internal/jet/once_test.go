// This file owns the tests of an intake of one message.

package jet_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

// once is an intake of one message over consumers of their own subjects.
func once(t *testing.T, server *natstest.Server, poll time.Duration, handle func(*jet.Delivery), consumers ...string) *jet.Intake {
	t.Helper()
	j, err := jet.New(server.Connect(t))
	require.NoError(t, err)
	intake, err := j.NewIntake(jet.IntakeConfig{
		Stream: "WORK", Consumers: consumers, Slots: 1, Poll: poll, Log: slog.New(slog.DiscardHandler), Handle: handle,
		Ensure: func(ctx context.Context, consumer string) error {
			if err := j.EnsureStream(ctx, jetstream.StreamConfig{
				Name: "WORK", Subjects: []string{"work.>"}, Retention: jetstream.WorkQueuePolicy,
			}, nil); err != nil {
				return err
			}
			return j.EnsureConsumer(ctx, "WORK", jetstream.ConsumerConfig{
				Durable: consumer, FilterSubject: "work." + consumer, AckPolicy: jetstream.AckExplicitPolicy,
			})
		},
	})
	require.NoError(t, err)
	return intake
}

func TestOnceTakesOneMessageAndLeavesTheRest(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	var handled atomic.Int64
	ack := func(d *jet.Delivery) {
		handled.Add(1)
		_ = d.Ack()
	}
	require.False(t, once(t, server, 50*time.Millisecond, ack, "a", "b").Once(t.Context()), "makes the queue, finds nothing")
	js := server.JetStream(t)
	for range 3 {
		_, err := js.Publish(t.Context(), "work.b", []byte("x"))
		require.NoError(t, err)
	}
	for want := range int64(3) {
		intake := once(t, server, time.Minute, ack, "a", "b")
		require.True(t, intake.Once(t.Context()))
		intake.Wait()
		require.Equal(t, want+1, handled.Load())
	}
	stream, err := js.Stream(t.Context(), "WORK")
	require.NoError(t, err)
	require.Zero(t, stream.CachedInfo().State.Msgs)
	consumer, err := js.Consumer(t.Context(), "WORK", "b")
	require.NoError(t, err)
	require.Zero(t, consumer.CachedInfo().NumRedelivered, "nothing was taken to be given back")
}

func TestOnceAsksEveryConsumerHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	consumers := []string{"a", "b", "c", "d"}
	handle := func(d *jet.Delivery) { _ = d.Ack() }
	require.False(t, once(t, server, time.Millisecond, handle, consumers...).Once(t.Context()))
	_, err := server.JetStream(t).Publish(t.Context(), "work.d", nil)
	require.NoError(t, err)
	intake := once(t, server, time.Millisecond, handle, consumers...)
	require.True(t, intake.Once(t.Context()), "although the time of a poll has passed with the first")
	intake.Wait()
}

func TestOnceWaitsForTheServerAndEndsWithItsContext(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	intake := once(t, server, time.Millisecond, func(*jet.Delivery) {}, "a")
	server.Stop(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.False(t, intake.Once(ctx))
	require.Error(t, ctx.Err(), "an answer without a server")
}
