// This file owns the benchmarks of a gateway over a bucket of a million runs.

package pyoco

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/internal/runindex"
)

const benchRuns = 1_000_000

// benchRecord is the snapshot of a run of 1 KiB, one of many as they are kept: most have ended, a few wait or are executed.
// Who has which flow, tag and worker is random.
func benchRecord(i int) (id string, record []byte) {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	id = uuid.Must(uuid.NewRandomFromReader(rand.NewChaCha8([32]byte{byte(i), byte(i >> 8), byte(i >> 16)}))).String()
	flow := r.IntN(1000) // which has its tag, its schedule and two versions of its text
	run := &Run{
		ID: id, Flow: fmt.Sprintf("flow-%d", flow), Tag: fmt.Sprintf("tag-%d", flow%50), Tags: []string{"nightly"},
		UpdatedAt: Timestamp(1.7e9 + float64(i)/10), StartTime: Timestamp(1.7e9 + float64(i)/10 - 2), Attempt: 1, LeaseSec: 30,
		JobSeq: uint64(i), HeartbeatAt: Timestamp(1.7e9 + float64(i)/10), WorkerID: fmt.Sprintf("worker-%d", r.IntN(100)),
		Tasks: map[string]TaskState{"fetch": TaskSucceeded, "parse": TaskSucceeded},
	}
	if text := sha256Hex(fmt.Append(nil, flow, r.IntN(2))); flow%2 == 0 {
		run.WorkflowSHA256 = text
	} else {
		run.FlowTextSHA256 = text
	}
	if flow%4 == 0 {
		run.ScheduleID = fmt.Sprintf("schedule-%d", flow)
	}
	switch n := r.IntN(100); {
	case n < 80:
		run.Status, run.EndTime = StatusCompleted, run.UpdatedAt
	case n < 90:
		run.Status, run.EndTime, run.Error = StatusFailed, run.UpdatedAt, "task parse failed: status 502"
	case n < 94:
		run.Status, run.EndTime = StatusCancelled, run.UpdatedAt
	case n < 99:
		run.Status, run.WorkerID, run.Attempt = StatusPending, "", 0
	default:
		run.Status = StatusRunning
	}
	run.Params = []byte(`{"x":""}`)
	data, _ := encode(run)
	run.Params = fmt.Appendf(nil, `{"x":"%s"}`, strings.Repeat("a", 1024-len(data)))
	data, _ = encode(run)
	return id, data
}

// fillBucket writes a million runs, in another order than they are listed in.
func fillBucket(b *testing.B, js jetstream.JetStream) {
	b.Helper()
	_, err := js.CreateKeyValue(b.Context(), jetstream.KeyValueConfig{Bucket: "pyoco_runs", History: 1})
	require.NoError(b, err)
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(benchRuns) {
		id, record := benchRecord(i)
		_, err := js.PublishAsync("$KV.pyoco_runs."+id, record, jetstream.WithStallWait(30*time.Second))
		require.NoError(b, err)
	}
	<-js.PublishAsyncComplete()
	stream, err := js.Stream(b.Context(), "KV_pyoco_runs")
	require.NoError(b, err)
	require.EqualValues(b, benchRuns, stream.CachedInfo().State.Msgs)
}

// benchGateway runs a gateway until the benchmark ends. It does not sweep: the runs that wait have no job.
func benchGateway(b *testing.B, server *natstest.Server) *Gateway {
	b.Helper()
	gateway, err := NewGateway(server.Connect(b, ConnectOptions("bench", nil)...), GatewayConfig{SweepPeriod: time.Hour})
	require.NoError(b, err)
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	b.Cleanup(func() {
		stop()
		running.Wait()
	})
	running.Go(func() { _ = gateway.Run(ctx) })
	require.NoError(b, gateway.Ready(ctx))
	return gateway
}

// BenchmarkAMillionRuns reports, over a bucket of a million runs of 1 KiB: the time from a gateway's start to whole lists,
// and the 99th percentile of calls as they are answered by the handler, JSON included: pages of 50 without a filter, with
// one, and with any others; metrics; and a single read.
//
//	go test -run '^$' -bench AMillionRuns -benchtime 1x -timeout 30m .
func BenchmarkAMillionRuns(b *testing.B) {
	server := natstest.Start(b)
	began := time.Now()
	fillBucket(b, server.JetStream(b))
	b.Logf("filled in %s", time.Since(began))
	began = time.Now()
	gateway := benchGateway(b, server)
	b.ReportMetric(time.Since(began).Seconds(), "rebuild-s")
	b.ReportMetric(0, "ns/op")
	require.Equal(b, benchRuns, gateway.index.Len())

	random := rand.New(rand.NewPCG(3, 4))
	filters := map[string]func() string{
		"status":               func() string { return string(StatusFailed) },
		"flow":                 func() string { return fmt.Sprintf("flow-%d", random.IntN(1000)) },
		"tag":                  func() string { return fmt.Sprintf("tag-%d", random.IntN(50)) },
		"schedule_id":          func() string { return fmt.Sprintf("schedule-%d", 4*random.IntN(250)) },
		"workflow_yaml_sha256": func() string { return sha256Hex(fmt.Append(nil, 2*random.IntN(500), random.IntN(2))) },
		"updated_after":        func() string { return fmt.Sprintf("%.3f", 1.7e9+random.Float64()*benchRuns/10) },
		"cursor": func() string {
			return encodeCursor(runindex.Entry[*runSummary]{Order: 1.7e9 + random.Float64()*benchRuns/10})
		},
	}
	names := []string{"status", "flow", "tag", "schedule_id", "workflow_yaml_sha256", "updated_after", "cursor"}
	for _, name := range names {
		benchCalls(b, gateway, "page-"+name, 500, func() string { return "/runs?" + name + "=" + filters[name]() })
	}
	benchCalls(b, gateway, "page", 2000, func() string { return "/runs" })
	benchCalls(b, gateway, "page-any", 5000, func() string {
		query := "/runs?"
		for _, i := range random.Perm(len(names))[:2+random.IntN(len(names)-1)] {
			query += "&" + names[i] + "=" + filters[names[i]]()
		}
		return query
	})
	benchCalls(b, gateway, "page-of-200", 500, func() string { return "/runs?limit=200" })
	benchCalls(b, gateway, "metrics", 200, func() string { return "/metrics" })
	benchCalls(b, gateway, "run", 500, func() string {
		id, _ := benchRecord(random.IntN(benchRuns))
		return "/runs/" + id
	})
}

// benchCalls reports the 99th percentile of n calls.
func benchCalls(b *testing.B, h http.Handler, name string, n int, path func() string) {
	b.Helper()
	runtime.GC()
	times := make([]time.Duration, n)
	for i := range times {
		request := httptest.NewRequest(http.MethodGet, path(), nil)
		answer := httptest.NewRecorder()
		began := time.Now()
		h.ServeHTTP(answer, request)
		times[i] = time.Since(began)
		require.Equal(b, http.StatusOK, answer.Code, answer.Body.String())
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[n*99/100].Microseconds())/1000, name+"-p99-ms")
}

// BenchmarkRunMemory reports the bytes of memory that the gateway keeps of a run, its key included.
//
//	go test -run '^$' -bench RunMemory -benchtime 1x .
func BenchmarkRunMemory(b *testing.B) {
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for b.Loop() {
		before := heap()
		index, shared := runindex.New[*runSummary](indexFacets(false)...), &sharedTexts{}
		for i := range benchRuns {
			key, record := benchRecord(i)
			s, err := summarise(key, record)
			require.NoError(b, err)
			index.Apply(shared.in(s).entry(uint64(i+1)), nil)
		}
		b.ReportMetric(float64(heap()-before)/benchRuns, "B/run")
		runtime.KeepAlive(index)
		runtime.KeepAlive(shared)
	}
}
