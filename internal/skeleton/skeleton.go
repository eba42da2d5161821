// Package skeleton is the least that a durable run on JetStream can be: create the record, publish the job, claim by
// compare-and-set, end by compare-and-set, ack, and one ordered consumer that reads every change. It has no flow, no
// checks, no lease and no recovery. Benchmarks measure it beside the real thing as the limit that JetStream sets.
//
// This file owns what a run is here, the resources, and the submission; worker.go runs, reader.go sees the ends.
package skeleton

import (
	"context"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	bucket    = "skeleton_runs"
	stream    = "SKELETON_WORK"
	subject   = "skeleton.work.default"
	durable   = "workers"
	keyLength = 36 // as a run id

	revisionHeader = "Rev"
)

// Ensure makes the bucket, the queue and its consumer.
func Ensure(ctx context.Context, js jetstream.JetStream) error {
	if _, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucket, History: 1}); err != nil {
		return err
	}
	_, err := js.CreateStream(ctx, jetstream.StreamConfig{
		Name: stream, Subjects: []string{"skeleton.work.>"}, Retention: jetstream.WorkQueuePolicy,
	})
	if err != nil {
		return err
	}
	_, err = js.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable: durable, AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 200,
	})
	return err
}

// Submitter accepts runs. It is safe for concurrent use.
type Submitter struct {
	js     jetstream.JetStream
	kv     jetstream.KeyValue
	params string
}

// NewSubmitter gives a submitter whose runs carry params, a JSON value, in the record and in the job; "" is none.
func NewSubmitter(ctx context.Context, js jetstream.JetStream, params string) (*Submitter, error) {
	kv, err := js.KeyValue(ctx, bucket)
	return &Submitter{js: js, kv: kv, params: params}, err
}

// Submit stores and queues the run of a key, which has the length of a run id.
func (s *Submitter) Submit(ctx context.Context, key string) error {
	rev, err := s.kv.Create(ctx, key, record("PENDING", s.params))
	if err != nil {
		return err
	}
	_, err = s.js.PublishMsg(ctx, &nats.Msg{
		Subject: subject, Data: []byte(key + s.params),
		Header: nats.Header{revisionHeader: {strconv.FormatUint(rev, 10)}},
	}, jetstream.WithMsgID(key))
	return err
}

// record is what the bucket keeps of a run.
func record(status, params string) []byte {
	if params == "" {
		return []byte(`{"status":"` + status + `"}`)
	}
	return []byte(`{"status":"` + status + `","params":` + params + `}`)
}
