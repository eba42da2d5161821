// This file owns the benchmark of many watchers of one run.

package pyoco

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
)

// BenchmarkWatchers reports the time from a worker's write of a snapshot of 1 KiB until 1,000 clients have it, each over
// an HTTP connection of its own: the 99th percentile over all of them, and the median. The clients share the machine.
//
//	go test -run '^$' -bench Watchers -benchtime 50x .
func BenchmarkWatchers(b *testing.B) {
	const watchers = 1000
	server := natstest.Start(b)
	js := server.JetStream(b)
	gateway, err := NewGateway(server.Connect(b, ConnectOptions("bench", nil)...), GatewayConfig{SweepPeriod: time.Hour})
	require.NoError(b, err)
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { _ = gateway.Run(ctx) })
	require.NoError(b, gateway.Ready(ctx))
	web := httptest.NewServer(gateway)
	defer web.Close()
	defer stop() // first: it ends the streams
	kv, err := js.KeyValue(ctx, "pyoco_runs")
	require.NoError(b, err)
	id, record := benchRecord(0)
	_, err = kv.Put(ctx, id, record)
	require.NoError(b, err)

	var told sync.WaitGroup // done once for each watcher and change
	var mu sync.Mutex
	var began time.Time
	var times []time.Duration
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	told.Add(watchers)
	for range watchers {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, web.URL+"/runs/"+id+"/watch?timeout_sec=600", nil)
		require.NoError(b, err)
		answer, err := client.Do(request) //nolint:bodyclose // closed by the goroutine that reads it
		require.NoError(b, err)
		require.Equal(b, http.StatusOK, answer.StatusCode)
		running.Go(func() {
			defer answer.Body.Close()
			for lines := bufio.NewReader(answer.Body); ; {
				line, err := lines.ReadSlice('\n')
				if err != nil {
					return
				}
				if bytes.HasPrefix(line, []byte("data:")) && bytes.Contains(line, []byte(`"snapshot"`)) {
					mu.Lock()
					times = append(times, time.Since(began))
					mu.Unlock()
					told.Done()
				}
			}
		})
	}
	told.Wait()
	times = nil
	for b.Loop() {
		told.Add(watchers)
		mu.Lock()
		began = time.Now()
		mu.Unlock()
		_, err := kv.Put(ctx, id, record)
		require.NoError(b, err)
		told.Wait()
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "median-ms")
}
