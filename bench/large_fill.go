// This file owns the records that a bucket is filled with, and how fast a bare reader sees them.

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pyoco/pyoco"
)

const runsBucket = "pyoco_runs"

// stockFlow is one of so few flows that each has a whole page also in a small bucket.
func stockFlow(i int) string { return fmt.Sprintf("flow-%d", i%9) }

func stockID(i int) string {
	seed := [32]byte{byte(i), byte(i >> 8), byte(i >> 16), byte(i >> 24)}
	return uuid.Must(uuid.NewRandomFromReader(rand.NewChaCha8(seed))).String()
}

// stockRecord is the snapshot of a run of about 1 KiB that has ended.
func stockRecord(i int) ([]byte, error) {
	ended := pyoco.Timestamp(1.7e9 + float64(i)/10)
	run := pyoco.Run{
		ID: stockID(i), Flow: stockFlow(i), Tag: tag(i % 50), Tags: []string{"nightly"}, Status: pyoco.StatusCompleted,
		UpdatedAt: ended, HeartbeatAt: ended, StartTime: ended - 2, EndTime: ended, Attempt: 1, LeaseSec: 30, JobSeq: uint64(i + 1),
		WorkerID: fmt.Sprintf("worker-%d", i%100),
		Tasks:    map[string]pyoco.TaskState{"fetch": pyoco.TaskSucceeded, "parse": pyoco.TaskSucceeded},
		Params:   []byte(`{"x":"` + strings.Repeat("a", 600) + `"}`),
	}
	switch {
	case i%10 == 0:
		run.Status, run.Error = pyoco.StatusFailed, "task parse failed: status 502"
	case i%23 == 0:
		run.Status = pyoco.StatusCancelled
	}
	return json.Marshal(run)
}

// fill writes the runs in another order than they are listed in, so that neighbours in lists are strangers in memory.
func fill(ctx context.Context, r *rig, runs int) error {
	js, err := r.jetStream(jetstream.WithPublishAsyncMaxPending(4 * inFlight))
	if err != nil {
		return err
	}
	if _, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: runsBucket, History: 1}); err != nil {
		return err
	}
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(runs) {
		record, err := stockRecord(i)
		if err == nil {
			_, err = js.PublishAsync("$KV."+runsBucket+"."+stockID(i), record, jetstream.WithStallWait(time.Minute))
		}
		if err != nil {
			return err
		}
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-ctx.Done():
		return ctx.Err()
	}
	stream, err := js.Stream(ctx, "KV_"+runsBucket)
	if err == nil && stream.CachedInfo().State.Msgs != uint64(runs) {
		err = fmt.Errorf("%d of %d records were stored", stream.CachedInfo().State.Msgs, runs)
	}
	return err
}

// readAll is the time in which an ordered consumer brings every record.
func readAll(ctx context.Context, r *rig, runs int) (time.Duration, error) {
	js, err := r.jetStream()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	consumer, err := js.OrderedConsumer(ctx, "KV_"+runsBucket, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return 0, err
	}
	all, read := make(chan struct{}), 0
	consuming, err := consumer.Consume(func(jetstream.Msg) {
		if read++; read == runs {
			close(all)
		}
	})
	if err != nil {
		return 0, err
	}
	defer func() { consuming.Stop(); <-consuming.Closed() }()
	select {
	case <-all:
		return time.Since(began), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
