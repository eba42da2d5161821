// This file owns the ordered watch of a bucket: every key once, then every change, over any outage.

package jet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// checkPeriod is how often a watch asks whether its bucket is still the one it reads.
const checkPeriod = MarkerTTL / 8

// watchBeat is how often a server says that a consumer is there. In a cluster, a consumer may die with its server while the
// connection to another one lives on: the watch is blind until two beats are missing.
const watchBeat = time.Second

// watchCall is how long a call of a watch that begins anew may take. While a stream has no leader, nobody answers at all: a
// longer patience would outlast the election.
const watchCall = 2 * time.Second

// Follower is told what a watch sees, from one goroutine.
type Follower interface {
	// Reset begins a new reading of the whole bucket: at the start, after it was recreated or rolled back, and after an
	// outage in which markers of removed keys may have gone.
	Reset()
	// Entry is one key's newest revision. Revisions rise within a reading. Value is the follower's to keep.
	Entry(Entry)
	// Live says that all that was in the bucket when the reading began has been given: what there is up to a revision. There
	// may be nothing at that revision any more.
	Live(through uint64)
}

// Watch feeds f from one ordered pull consumer until ctx ends, and returns ctx's error. It goes on after an outage where
// it stopped. ensure (may be nil) is called before each consumer is made, to make the bucket again where it is gone.
//
// A consumer stays silent after its stream was recreated or rolled back; so on each reconnect and each checkPeriod the
// stream's creation time and last sequence are compared with what was read.
func (b *Bucket) Watch(ctx context.Context, f Follower, ensure func(context.Context) error, log *slog.Logger) error {
	w := &watch{bucket: b, follower: f}
	for ctx.Err() == nil {
		if ensure != nil {
			if err := within(ctx, watchCall, ensure); err != nil {
				log.Debug("bucket not ready for its watch", "bucket", b.name, "error", err)
				pause(ctx)
				continue
			}
		}
		if err := w.follow(ctx); err != nil && ctx.Err() == nil {
			log.Debug("watch interrupted", "bucket", b.name, "error", err)
			pause(ctx)
		}
	}
	return ctx.Err()
}

// within bounds a call.
func within(ctx context.Context, patience time.Duration, call func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return call(bounded)
}

type watch struct {
	bucket   *Bucket
	follower Follower
	created  time.Time // the stream's, as last seen
	last     uint64    // sequence of the newest message given
	live     bool
	alive    time.Time // when the stream was known to answer, and nothing to have been missed
}

// follow reads through one consumer until ctx ends, the connection was lost, or the stream is no longer the same.
func (w *watch) follow(ctx context.Context) error {
	js := w.bucket.jet.js
	calling, done := context.WithTimeout(ctx, watchCall)
	defer done()
	stream, err := js.Stream(calling, w.bucket.stream)
	if err != nil {
		return err
	}
	info := stream.CachedInfo()
	if !w.same(info) {
		w.created, w.last, w.live, w.alive = info.Created, 0, false, time.Now()
		w.follower.Reset()
	}
	consumer, err := stream.OrderedConsumer(calling, w.consumerConfig())
	if err != nil {
		return err
	}
	w.alive = time.Now()
	messages, err := consumer.Messages(jetstream.PullMaxMessages(1000), jetstream.PullHeartbeat(watchBeat))
	if err != nil {
		return err
	}
	// The reading is ended by its context: a Stop that comes while the iterator makes its consumer anew stops only the old
	// one, and Next would wait for ever.
	reading, end := context.WithCancel(ctx)
	guarded := make(chan struct{})
	go func() {
		defer close(guarded)
		defer end()
		w.guard(reading, info.Created)
	}()
	err = w.drainInto(reading, messages, consumer.CachedInfo().NumPending, info.State.LastSeq)
	messages.Stop()
	end()
	<-guarded
	w.bucket.jet.forget(w.bucket.stream, consumer)
	return err
}

// same says that info is of the stream read so far, no older than what was read, and that no marker has gone unseen.
func (w *watch) same(info *jetstream.StreamInfo) bool {
	return info.Created.Equal(w.created) && info.State.LastSeq >= w.last && !w.late()
}

// late says that the watch was interrupted, or its process stopped, for so long that markers may have gone. It goes by two
// clocks: one stands while a machine sleeps, the other may be set back.
func (w *watch) late() bool {
	now := time.Now()
	return max(now.Sub(w.alive), now.Round(0).Sub(w.alive.Round(0))) > w.bucket.cutOff
}

func (w *watch) consumerConfig() jetstream.OrderedConsumerConfig {
	cfg := jetstream.OrderedConsumerConfig{
		FilterSubjects:    []string{w.bucket.prefix + ">"},
		DeliverPolicy:     jetstream.DeliverLastPerSubjectPolicy,
		InactiveThreshold: 30 * time.Second,
		MaxResetAttempts:  1, // follow is the loop that tries again, and it ends at once with its context
	}
	if w.last > 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, w.last+1
	}
	return cfg
}

// drainInto gives the follower every message until ctx ends or the iterator fails. The reading is live once the
// message that was the stream's last has passed, or nothing is pending.
func (w *watch) drainInto(ctx context.Context, messages jetstream.MessagesContext, pending, lastSeq uint64) error {
	w.setLive(pending == 0 || w.last >= lastSeq, lastSeq)
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, jetstream.ErrMsgIteratorClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("watch bucket %s: %w", w.bucket.name, err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("watch bucket %s: %w", w.bucket.name, err)
		}
		w.last = meta.Sequence.Stream
		w.follower.Entry(Entry{
			Key:      strings.TrimPrefix(msg.Subject(), w.bucket.prefix),
			Value:    msg.Data(),
			Revision: meta.Sequence.Stream,
			Created:  meta.Timestamp,
			Deleted:  removes(msg.Headers()),
			Lasting:  lasts(msg.Headers()),
		})
		w.setLive(meta.NumPending == 0 || w.last >= lastSeq, lastSeq)
	}
}

func (w *watch) setLive(now bool, through uint64) {
	if now && !w.live {
		w.live = true
		w.follower.Live(through)
	}
}

// guard returns when the consumer should be made anew: after a reconnect, when the stream was recreated, or too late.
func (w *watch) guard(ctx context.Context, created time.Time) {
	nc := w.bucket.jet.nc
	connected := nc.StatusChanged(nats.CONNECTED)
	defer nc.RemoveStatusListener(connected)
	ticker := time.NewTicker(checkPeriod)
	defer ticker.Stop()
	for last := uint64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-connected:
			return
		case <-ticker.C:
			stream, err := w.bucket.jet.js.Stream(ctx, w.bucket.stream)
			if err != nil {
				continue
			}
			info := stream.CachedInfo()
			if !info.Created.Equal(created) || info.State.LastSeq < last || w.late() {
				return
			}
			last, w.alive = info.State.LastSeq, time.Now()
		}
	}
}
