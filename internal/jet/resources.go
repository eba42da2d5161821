// This file owns streams, buckets and consumers: made where missing, left alone where they exist.

package jet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// EnsureStream makes the stream where it is missing. One that exists keeps its settings, except where adjust (may be
// nil) changes them and returns true.
func (j *Jet) EnsureStream(ctx context.Context, cfg jetstream.StreamConfig, adjust func(*jetstream.StreamConfig) bool) error {
	stream, err := j.js.Stream(ctx, cfg.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = create(ctx, func(ctx context.Context) (jetstream.Stream, error) { return j.js.CreateStream(ctx, cfg) })
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			stream, err = j.js.Stream(ctx, cfg.Name)
		}
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", cfg.Name, err)
	}
	found := stream.CachedInfo().Config
	if adjust == nil || !adjust(&found) {
		return nil
	}
	if _, err := j.js.UpdateStream(ctx, found); err != nil {
		return fmt.Errorf("update stream %s: %w", cfg.Name, err)
	}
	return nil
}

// EnsureBucket makes the bucket where it is missing. One that exists keeps its settings.
func (j *Jet) EnsureBucket(ctx context.Context, cfg jetstream.KeyValueConfig) (*Bucket, error) {
	_, err := j.js.KeyValue(ctx, cfg.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		_, err = create(ctx, func(ctx context.Context) (jetstream.KeyValue, error) { return j.js.CreateKeyValue(ctx, cfg) })
		if errors.Is(err, jetstream.ErrBucketExists) {
			err = nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", cfg.Bucket, err)
	}
	return j.Bucket(cfg.Bucket), nil
}

// EnsureConsumer makes the durable consumer where it is missing. One that exists keeps its settings.
func (j *Jet) EnsureConsumer(ctx context.Context, stream string, cfg jetstream.ConsumerConfig) error {
	_, err := j.js.Consumer(ctx, stream, cfg.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		_, err = create(ctx, func(ctx context.Context) (jetstream.Consumer, error) { return j.js.CreateConsumer(ctx, stream, cfg) })
		if errors.Is(err, jetstream.ErrConsumerExists) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("consumer %s of stream %s: %w", cfg.Durable, stream, err)
	}
	return nil
}

// create waits for what was begun also when ctx ends meanwhile: a server in the same process that is shut down amid the
// making of a stream leaves goroutines of it behind.
func create[T any](ctx context.Context, begin func(context.Context) (T, error)) (made T, err error) {
	if err := ctx.Err(); err != nil {
		return made, err
	}
	deadline, bounded := ctx.Deadline()
	if !bounded {
		deadline = time.Now().Add(callTimeout)
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	return begin(ctx)
}

// StreamMessages counts the messages that a stream holds.
func (j *Jet) StreamMessages(ctx context.Context, stream string) (uint64, error) {
	s, err := j.js.Stream(ctx, stream)
	if err != nil {
		return 0, fmt.Errorf("stream %s: %w", stream, err)
	}
	return s.CachedInfo().State.Msgs, nil
}
