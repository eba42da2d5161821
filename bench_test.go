// This file owns the end-to-end benchmark: no-op runs a second, beside a bare skeleton of a run on the same server kind.

package pyoco

import (
	"context"
	"fmt"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/internal/skeleton"
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
	if b.Failed() {
		b.FailNow() // what was not submitted would be waited for
	}
}

func benchSkeleton(b *testing.B, overHTTP bool) float64 {
	server := natstest.Start(b)
	js := server.JetStream(b)
	ctx := b.Context()
	require.NoError(b, skeleton.Ensure(ctx, js))
	reader, err := skeleton.Read(ctx, js)
	require.NoError(b, err)
	defer reader.Close()
	worker, err := skeleton.Work(ctx, server.JetStream(b), benchSlots)
	require.NoError(b, err)
	defer func() { require.NoError(b, worker.Close()) }()
	submitter, err := skeleton.NewSubmitter(ctx, js, "")
	require.NoError(b, err)
	submit := submitter.Submit
	if overHTTP {
		web, err := skeleton.Serve(ctx, submitter, benchSubmitters)
		require.NoError(b, err)
		defer web.Close()
		submit = web.Submit
	}
	began := time.Now()
	submitAll(b, func(i int) error { return submit(ctx, fmt.Sprintf("%036d", i)) })
	require.NoError(b, reader.Ended(ctx, b.N))
	return float64(b.N) / time.Since(began).Seconds()
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
