// This file owns the end-to-end benchmark: no-op runs a second, beside a bare skeleton of a run on the same server kind.

package pyoco

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
)

const (
	benchSubmitters = 64
	benchSlots      = 64
)

// BenchmarkEndToEnd reports runs a second from the first submission to the last end seen, for the bare skeleton (create,
// publish, claim, terminal, ack, and an ordered consumer that reads every change) and for ours, both in process and over
// HTTP; each ratio is ours over the skeleton's.
//
//	go test -run '^$' -bench EndToEnd -benchtime 20000x .
func BenchmarkEndToEnd(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	for name, overHTTP := range map[string]bool{"": false, "http-": true} {
		skeleton := benchSkeleton(b, overHTTP)
		system := benchSystem(b, overHTTP)
		b.ReportMetric(skeleton, name+"skeleton-runs/s")
		b.ReportMetric(system, name+"runs/s")
		b.ReportMetric(system/skeleton, name+"ratio")
	}
}

// submitAll calls submit for b.N runs from many goroutines.
func submitAll(b *testing.B, submit func(i int) error) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range benchSubmitters {
		group.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := submit(int(i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

func benchSkeleton(b *testing.B, overHTTP bool) float64 {
	server := natstest.Start(b)
	js := server.JetStream(b)
	ctx := b.Context()
	kv, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "runs", History: 1})
	require.NoError(b, err)
	_, err = js.CreateStream(ctx, jetstream.StreamConfig{Name: "WORK", Subjects: []string{"work.>"}, Retention: jetstream.WorkQueuePolicy})
	require.NoError(b, err)
	consumer, err := js.CreateConsumer(ctx, "WORK", jetstream.ConsumerConfig{Durable: "w", AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 200})
	require.NoError(b, err)
	done := skeletonReader(b, js)

	slots := make(chan struct{}, benchSlots)
	work, err := server.JetStream(b).Consumer(ctx, "WORK", consumer.CachedInfo().Name)
	require.NoError(b, err)
	workKV, err := server.JetStream(b).KeyValue(ctx, "runs")
	require.NoError(b, err)
	consuming, err := work.Consume(func(msg jetstream.Msg) {
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			rev, _ := strconv.ParseUint(msg.Headers().Get("Rev"), 10, 64)
			key := string(msg.Data()[:36])
			rev, err := workKV.Update(ctx, key, []byte(`{"status":"RUNNING"}`), rev)
			if err == nil {
				_, err = workKV.Update(ctx, key, []byte(`{"status":"COMPLETED"}`), rev)
			}
			if err == nil {
				err = msg.Ack()
			}
			if err != nil {
				b.Error(err)
			}
		}()
	}, jetstream.PullMaxMessages(benchSlots))
	require.NoError(b, err)
	defer consuming.Stop()

	accept := func(key string) error {
		rev, err := kv.Create(ctx, key, []byte(`{"status":"PENDING"}`))
		if err != nil {
			return err
		}
		_, err = js.PublishMsg(ctx, &nats.Msg{
			Subject: "work.default", Data: []byte(key + ` and what else a job holds`),
			Header: nats.Header{"Rev": {strconv.FormatUint(rev, 10)}},
		}, jetstream.WithMsgID(key))
		return err
	}
	submit := accept
	if overHTTP {
		submit = overBareHTTP(b, accept)
	}
	began := time.Now()
	submitAll(b, func(i int) error { return submit(fmt.Sprintf("%036d", i)) })
	<-done
	return float64(b.N) / time.Since(began).Seconds()
}

// overBareHTTP puts a plain handler and client before accept.
func overBareHTTP(b *testing.B, accept func(key string) error) func(key string) error {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, err := io.ReadAll(r.Body)
		if err == nil {
			err = accept(string(key))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	b.Cleanup(web.Close)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchSubmitters}}
	b.Cleanup(client.CloseIdleConnections)
	return func(key string) error {
		answer, err := client.Post(web.URL, "text/plain", strings.NewReader(key))
		if err != nil {
			return err
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return errors.New(answer.Status)
		}
		return nil
	}
}

// skeletonReader closes its channel when the ordered consumer has seen the end of b.N runs.
func skeletonReader(b *testing.B, js jetstream.JetStream) <-chan struct{} {
	reader, err := js.OrderedConsumer(b.Context(), "KV_runs", jetstream.OrderedConsumerConfig{})
	require.NoError(b, err)
	done := make(chan struct{})
	seen := 0
	reading, err := reader.Consume(func(msg jetstream.Msg) { // a revision that is replaced before it is read never comes
		if bytes.Contains(msg.Data(), []byte("COMPLETED")) {
			if seen++; seen == b.N {
				close(done)
			}
		}
	})
	require.NoError(b, err)
	b.Cleanup(reading.Stop)
	return done
}

func benchSystem(b *testing.B, overHTTP bool) float64 {
	server := natstest.Start(b)
	connect := func() *nats.Conn { return server.Connect(b, ConnectOptions("bench", nil)...) }
	noop := Func(func(context.Context) error { return nil })
	builder := NewFlow("main")
	builder.Then(builder.Task("first", noop), builder.Task("second", noop))
	flow, err := builder.Build()
	require.NoError(b, err)
	gateway, err := NewGateway(connect(), GatewayConfig{})
	require.NoError(b, err)
	worker, err := NewWorker(connect(), WorkerConfig{Flows: FlowMap(flow), Concurrency: benchSlots})
	require.NoError(b, err)

	ctx, stop := context.WithCancel(b.Context())
	var parts sync.WaitGroup
	defer parts.Wait()
	defer stop()
	parts.Go(func() { _ = gateway.Run(ctx) })
	parts.Go(func() { _ = worker.Run(ctx) })
	require.NoError(b, gateway.Ready(ctx))

	submit := func(s Submission) error {
		_, err := gateway.Submit(ctx, s)
		return err
	}
	if overHTTP {
		web := httptest.NewServer(gateway)
		defer web.Close()
		client, err := NewClient(web.URL, ClientConfig{})
		require.NoError(b, err)
		defer client.Close()
		submit = func(s Submission) error {
			_, err := client.Submit(ctx, s)
			return err
		}
	}
	began := time.Now()
	submitAll(b, func(i int) error { return submit(Submission{Flow: "main", Params: map[string]int{"n": i}}) })
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for gateway.index.Count(facetStatus, string(StatusCompleted)) < b.N {
		<-ticker.C
	}
	return float64(b.N) / time.Since(began).Seconds()
}
