//go:build unix

// This file owns reading what is in JetStream at the end: the history of the runs bucket, the queue, the watches.

package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pyoco/pyoco"
)

const (
	runsBucket    = "pyoco_runs"
	workersBucket = "pyoco_workers"
	workStream    = "PYOCO_WORK"
	letterStream  = "PYOCO_DLQ"
)

// makeBucket makes the runs bucket before any gateway does, so that it keeps what the snapshots were.
func makeBucket(ctx context.Context, js jetstream.JetStream, replicas int) error {
	_, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: runsBucket, History: 64, Replicas: replicas})
	return err
}

// readRevisions reads the bucket's stream in order, from its first message to its last.
func readRevisions(ctx context.Context, js jetstream.JetStream) ([]revision, error) {
	stream, err := js.Stream(ctx, "KV_"+runsBucket)
	if err != nil {
		return nil, err
	}
	if stream.CachedInfo().State.Msgs == 0 {
		return nil, nil
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return nil, err
	}
	defer messages.Stop()
	var found []revision
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return nil, err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return nil, err
		}
		r := revision{Sequence: meta.Sequence.Stream, Key: strings.TrimPrefix(msg.Subject(), "$KV."+runsBucket+".")}
		if !removal(msg.Headers()) {
			r.Run = &pyoco.Run{}
			if err := json.Unmarshal(msg.Data(), r.Run); err != nil {
				return nil, fmt.Errorf("revision %d of %s: %w", r.Sequence, r.Key, err)
			}
		}
		if found = append(found, r); meta.NumPending == 0 {
			return found, nil
		}
	}
}

func removal(h nats.Header) bool {
	return h.Get("KV-Operation") != "" || h.Get("Nats-Marker-Reason") != ""
}

// readLeft reads what should be gone: jobs, and consumers that no worker shares.
func readLeft(ctx context.Context, js jetstream.JetStream, h *history) error {
	h.Consumers = map[string]int{}
	for _, name := range []string{workStream, letterStream, "KV_" + runsBucket, "KV_" + workersBucket} {
		stream, err := js.Stream(ctx, name)
		if err != nil {
			return err
		}
		if name == workStream {
			h.Queued = stream.CachedInfo().State.Msgs
			continue
		}
		h.Consumers[name] = stream.CachedInfo().State.Consumers
	}
	return nil
}
