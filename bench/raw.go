// This file owns the measurement of JetStream by itself.

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const inFlight = 256

func (b *bench) raw(ctx context.Context) error {
	for _, m := range []mode{interval, durable} {
		n := b.size(100_000, 10_000)
		if m == durable {
			n = b.size(5000, 500)
		}
		for _, name := range []string{"publishes", "KV puts"} {
			rates := make([]float64, b.rounds)
			for round := range rates {
				var err error
				if rates[round], err = b.rawRate(ctx, m, name == "publishes", n); err != nil {
					return err
				}
			}
			b.add(Result{Name: name, Mode: m, Unit: perSecond, Value: median(rates)})
		}
	}
	return nil
}

// rawRate stores n messages of the size of a small snapshot, each under a subject of its own.
func (b *bench) rawRate(ctx context.Context, m mode, stream bool, n int) (float64, error) {
	r, err := b.rig(ctx, m)
	if err != nil {
		return 0, err
	}
	defer r.close()
	failed := make(chan error, 1)
	js, err := r.jetStream(jetstream.WithPublishAsyncMaxPending(inFlight),
		jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, _ *nats.Msg, err error) {
			select {
			case failed <- err:
			default:
			}
		}))
	if err != nil {
		return 0, err
	}
	subject := "$KV.raw."
	if stream {
		subject = "raw."
		_, err = js.CreateStream(ctx, jetstream.StreamConfig{Name: "RAW", Subjects: []string{"raw.>"}})
	} else {
		_, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "raw", History: 1})
	}
	if err != nil {
		return 0, err
	}
	payload := make([]byte, 200)
	began := time.Now()
	for i := range n {
		if _, err := js.PublishAsync(fmt.Sprintf("%s%036d", subject, i), payload, jetstream.WithStallWait(time.Minute)); err != nil {
			return 0, err
		}
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	rate := float64(n) / time.Since(began).Seconds()
	select {
	case err := <-failed:
		return 0, err
	default:
		return rate, nil
	}
}
