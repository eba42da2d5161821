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

// fillStore publishes until the store takes nothing any more, and makes room after a while. NATS is held meanwhile: the
// embedded server refuses to start on a full store.
func fillStore(ctx context.Context, b *saboteur) error {
	_, release := b.of([]*unit{b.system.nats})
	defer release()
	length := outageTime(b)
	healing, cancel := context.WithTimeout(context.WithoutCancel(ctx), startTime)
	defer cancel()
	nc, err := nats.Connect(b.system.url, pyoco.ConnectOptions("filler", b.system.log)...)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	stream, err := js.CreateOrUpdateStream(healing, jetstream.StreamConfig{Name: fillerStream, Subjects: []string{"chaos.filler"}})
	if err != nil {
		return err
	}
	if err := fill(healing, js); err != nil {
		return err
	}
	full := span{From: now()}
	b.system.log.Info("store full", "length", length)
	pause(ctx, length)
	info, err := stream.Info(healing)
	if err != nil {
		return err
	}
	err = stream.Purge(healing, jetstream.WithPurgeKeep(info.State.Msgs-min(fillerRoom, info.State.Msgs-1)))
	full.To = now()
	b.system.journal.outage(full)
	b.system.log.Info("room made", "error", err)
	return err
}

// fill publishes large messages, then ever smaller ones, until not even an empty one is taken.
func fill(ctx context.Context, js jetstream.JetStream) error {
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
