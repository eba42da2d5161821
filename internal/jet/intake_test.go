// This file owns the tests of the intake: never more than the free slots, over any number of consumers, outages and stops.

package jet_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

// queue is a work queue with an intake over its consumers.
type queue struct {
	t      *testing.T
	server *natstest.Server
	jet    *jet.Jet
	intake *jet.Intake
	stop   func() // ends the intake; returns when its handlers have

	held    atomic.Int64 // handlers that run
	most    atomic.Int64
	started chan *jet.Delivery
	release chan struct{}
}

const patience = 20 * time.Second

// newQueue starts an intake whose handlers tell their start, wait for a release, and ack.
func newQueue(t *testing.T, slots int, poll time.Duration, consumers ...string) *queue {
	t.Helper()
	q := &queue{t: t, server: natstest.Start(t), started: make(chan *jet.Delivery, 1000), release: make(chan struct{}, 1000)}
	return q.run(slots, poll, consumers, func(d *jet.Delivery) {
		q.started <- d
		<-q.release
		_ = d.Ack()
	})
}

func (q *queue) run(slots int, poll time.Duration, consumers []string, handle func(*jet.Delivery)) *queue {
	q.t.Helper()
	var err error
	q.jet, err = jet.New(q.server.Connect(q.t))
	require.NoError(q.t, err)
	ensure := func(ctx context.Context, consumer string) error {
		if err := q.jet.EnsureStream(ctx, jetstream.StreamConfig{
			Name: "WORK", Subjects: []string{"work.>"}, Retention: jetstream.WorkQueuePolicy,
		}, nil); err != nil {
			return err
		}
		return q.jet.EnsureConsumer(ctx, "WORK", jetstream.ConsumerConfig{
			Durable: consumer, FilterSubject: "work." + consumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: 10 * time.Second,
		})
	}
	for _, consumer := range consumers {
		require.NoError(q.t, ensure(q.t.Context(), consumer))
	}
	q.intake, err = q.jet.NewIntake(jet.IntakeConfig{
		Stream: "WORK", Consumers: consumers, Slots: slots, Poll: poll, Ensure: ensure, Log: slog.New(slog.DiscardHandler),
		Handle: func(d *jet.Delivery) {
			now := q.held.Add(1)
			for most := q.most.Load(); now > most && !q.most.CompareAndSwap(most, now); most = q.most.Load() {
			}
			defer q.held.Add(-1)
			handle(d)
		},
	})
	require.NoError(q.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		q.intake.Run(ctx)
		q.intake.Wait()
	})
	stopped := false
	q.stop = func() {
		if !stopped {
			stopped = true
			cancel()
			running.Wait()
		}
	}
	q.t.Cleanup(func() {
		for range cap(q.release) - len(q.release) {
			q.release <- struct{}{}
		}
		q.stop()
	})
	return q
}

func (q *queue) publish(n int, consumer string) {
	q.t.Helper()
	for range n {
		_, err := q.jet.JetStream().Publish(q.t.Context(), "work."+consumer, []byte("x"))
		require.NoError(q.t, err)
	}
}

func (q *queue) info(consumer string) *jetstream.ConsumerInfo {
	q.t.Helper()
	c, err := q.jet.JetStream().Consumer(q.t.Context(), "WORK", consumer)
	require.NoError(q.t, err)
	return c.CachedInfo()
}

func (q *queue) next() *jet.Delivery {
	q.t.Helper()
	select {
	case d := <-q.started:
		return d
	case <-time.After(patience):
	}
	require.FailNow(q.t, "no delivery came")
	return nil
}

func (q *queue) until(what string, is func() bool) {
	q.t.Helper()
	ticker, timeout := time.NewTicker(5*time.Millisecond), time.NewTimer(patience)
	defer ticker.Stop()
	defer timeout.Stop()
	for !is() {
		select {
		case <-ticker.C:
		case <-timeout.C:
			require.FailNow(q.t, "it did not happen", what)
		}
	}
}

func (q *queue) left() uint64 {
	q.t.Helper()
	n, err := q.jet.StreamMessages(q.t.Context(), "WORK")
	require.NoError(q.t, err)
	return n
}

func TestPullsNeverAskForMoreThanTheFreeSlots(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 3, 100*time.Millisecond, "a")
	q.publish(20, "a")
	for range 3 {
		q.next()
	}
	require.Equal(t, 3, q.info("a").NumAckPending)
	for range 17 {
		q.release <- struct{}{}
		q.next()
		require.LessOrEqual(t, q.info("a").NumAckPending, 3)
	}
	for range 3 {
		q.release <- struct{}{}
	}
	q.until("all are done", func() bool { return q.left() == 0 })
	require.EqualValues(t, 3, q.most.Load())
	q.until("all slots are free", func() bool { return q.intake.Free() == 3 })
}

func TestConsumersShareTheSlots(t *testing.T) {
	t.Parallel()
	for _, slots := range []int{1, 2, 7} { // fewer, as many, more than consumers that have messages
		t.Run(fmt.Sprint(slots), func(t *testing.T) {
			t.Parallel()
			names := []string{"a", "b", "c", "d"} // d stays empty
			q := newQueue(t, slots, time.Second, names...)
			for _, name := range names[:3] {
				q.publish(10, name)
			}
			got := map[string]int{}
			for range min(slots, 7) - 1 {
				got[q.next().Subject]++
			}
			for range 30 - (min(slots, 7) - 1) {
				got[q.next().Subject]++
				q.release <- struct{}{}
			}
			require.Equal(t, map[string]int{"work.a": 10, "work.b": 10, "work.c": 10}, got)
			require.LessOrEqual(t, q.most.Load(), int64(slots))
		})
	}
}

func TestABusyConsumerDoesNotStarveAnother(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 1, time.Second, "busy", "b")
	q.publish(500, "busy")
	q.next()
	q.publish(1, "b")
	for i := 0; ; i++ {
		require.Less(t, i, 50)
		q.release <- struct{}{}
		if q.next().Subject == "work.b" {
			return
		}
	}
}

func TestAReleasedSlotIsFreeAndCanBeTakenAgain(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 1, 100*time.Millisecond, "a")
	q.publish(1, "a")
	first := q.next()
	first.ReleaseSlot()
	first.ReleaseSlot() // twice is once
	q.publish(2, "a")
	second := q.next()

	short, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, context.Canceled)
	defer cancel()
	require.ErrorIs(t, q.intake.TakeSlot(short, first), context.Canceled, "none is free; the error is the cause")
	taken := make(chan error, 1)
	go func() { taken <- q.intake.TakeSlot(t.Context(), first) }()
	second.ReleaseSlot()
	select { // whoever comes first: the slot is one
	case err := <-taken:
		require.NoError(t, err)
		require.Empty(t, q.started)
		first.ReleaseSlot()
		q.next()
	case third := <-q.started:
		require.Empty(t, taken)
		third.ReleaseSlot()
		select {
		case err := <-taken:
			require.NoError(t, err)
		case <-time.After(patience):
			require.FailNow(t, "who waited got no slot")
		}
	case <-time.After(patience):
		require.FailNow(t, "nobody got the slot")
	}
}

func TestASlotIsTakenThoughAnIdlePullAsksForAll(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 1, 200*time.Millisecond, "a")
	q.publish(1, "a")
	d := q.next()
	d.ReleaseSlot()
	q.until("a pull is open", func() bool { return q.info("a").NumWaiting == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(t, q.intake.TakeSlot(ctx, d))
}

func TestNothingIsLostOrLeftBehindWhenAnIntakeStops(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 4, time.Second, "a")
	q.publish(50, "a")
	for range 200 {
		q.release <- struct{}{}
	}
	q.next()
	q.stop()
	done := 50 - int(q.left())
	q.run(4, time.Second, []string{"a"}, func(d *jet.Delivery) {
		q.started <- d
		_ = d.Ack()
	})
	began := time.Now()
	q.until("the rest is done", func() bool { return q.left() == 0 })
	require.Less(t, time.Since(began), 8*time.Second, "every message was acked or given back: none waited for its AckWait")
	require.Positive(t, done)
}

func TestAnIntakeGoesOnAfterARestartOfTheServer(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 2, time.Second, "a", "b", "c")
	q.publish(1, "a")
	q.next()
	q.server.Restart(t)
	q.until("reconnected", q.jet.Connected)
	q.release <- struct{}{}
	q.publish(2, "b")
	q.publish(2, "c")
	for range 4 {
		q.next()
		q.release <- struct{}{}
	}
	q.until("all are done", func() bool { return q.left() == 0 })
	require.LessOrEqual(t, q.most.Load(), int64(2))
	q.until("all slots are free", func() bool { return q.intake.Free() == 2 })
}

func TestAnIntakeMakesItsConsumersAndStreamAgain(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 2, 300*time.Millisecond, "a", "b")
	q.publish(1, "a")
	q.next()
	q.release <- struct{}{}
	q.until("all are done", func() bool { return q.left() == 0 })
	require.NoError(t, q.jet.JetStream().DeleteConsumer(t.Context(), "WORK", "a"))
	q.publish(1, "a")
	q.next()
	q.release <- struct{}{}
	q.until("all are done", func() bool { return q.left() == 0 })
	require.NoError(t, q.jet.JetStream().DeleteStream(t.Context(), "WORK"))
	q.until("the stream is there again", func() bool {
		_, err := q.jet.StreamMessages(t.Context(), "WORK")
		return err == nil
	})
	q.publish(1, "b")
	q.next()
}
