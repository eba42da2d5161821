//go:build unix

// This file owns what is done to NATS: it is killed, it is stopped, and its store is filled.

package chaos

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pyoco/pyoco"
)

// outageTime is mostly short, and now and then longer than a submission is tried and a lease lasts.
func outageTime(b *saboteur) time.Duration {
	if b.random.IntN(4) == 0 {
		return between(b.random, 3*time.Second, 4*time.Second)
	}
	return between(b.random, 0, 800*time.Millisecond)
}

// injureNATS kills it and starts it again on its store, or stops it by SIGSTOP: then connections stay, and what was sent
// and given up is done when it goes on.
func injureNATS(ctx context.Context, b *saboteur) error {
	u, release := b.of([]*unit{b.system.nats})
	defer release()
	length := outageTime(b)
	if b.random.IntN(3) == 0 {
		b.system.journal.outage(u.pause(ctx, length))
		return nil
	}
	away := span{From: now()}
	u.kill()
	pause(ctx, length)
	err := u.start(context.WithoutCancel(ctx))
	away.To = now()
	b.system.journal.outage(away)
	return err
}

const (
	fillerStream = "CHAOS_FILLER"
	fillerBytes  = 512 << 10
	// fillerRoom is how many messages are taken out again: what the runs have until the store is filled next.
	fillerRoom = 64
)

// storeLimit leaves room for what a test of this length writes, and for what is taken out of a full store.
func storeLimit(length time.Duration) int64 { return 64<<20 + int64(length/time.Second)*3<<20 }

// fillStore publishes until the store takes nothing any more, and makes room after a while, in which NATS may be injured.
func fillStore(ctx context.Context, b *saboteur) error {
	length := outageTime(b)
	nc, err := nats.Connect(b.system.url, pyoco.ConnectOptions("filler", b.system.log)...)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	healing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*startTime)
	defer cancel()
	if err := b.untilAnswered(healing, func(ctx context.Context) error { return fill(ctx, js) }); err != nil {
		return err
	}
	full := span{From: now()}
	b.system.log.Info("store full", "length", length)
	pause(ctx, length)
	err = b.untilAnswered(healing, func(ctx context.Context) error { return makeRoom(ctx, js) })
	full.To = now()
	b.system.journal.outage(full)
	b.system.log.Info("room made", "error", err)
	return err
}

// untilAnswered calls again while NATS is away.
func (b *saboteur) untilAnswered(ctx context.Context, call func(context.Context) error) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := call(attempt)
		cancel()
		if err == nil || !pause(ctx, 50*time.Millisecond) {
			return err
		}
	}
}

// makeRoom takes the oldest of what fill has published out again.
func makeRoom(ctx context.Context, js jetstream.JetStream) error {
	stream, err := js.Stream(ctx, fillerStream)
	if err != nil {
		return err
	}
	messages := stream.CachedInfo().State.Msgs
	return stream.Purge(ctx, jetstream.WithPurgeKeep(messages-min(fillerRoom, messages-1)))
}

// fill publishes large messages, then ever smaller ones, until not even an empty one is taken.
func fill(ctx context.Context, js jetstream.JetStream) error {
	_, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: fillerStream, Subjects: []string{"chaos.filler"}})
	if err != nil {
		return err
	}
	for size := fillerBytes; ; {
		_, err := js.Publish(ctx, "chaos.filler", make([]byte, size))
		var fault *jetstream.APIError
		switch {
		case err == nil:
		case !errors.As(err, &fault):
			return err
		case size == 0:
			return nil
		default:
			size /= 8
		}
	}
}
