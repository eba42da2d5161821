// This file owns the tests of a gateway whose NATS goes away under its callers, and of one that starts over many runs.

package pyoco_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

// crowd are callers that go on whatever they are answered.
type crowd struct {
	rig    *gatewayRig
	ending chan struct{}
	all    sync.WaitGroup
	away   atomic.Int64 // calls that were answered 503

	mu       sync.Mutex
	accepted []string
}

// call makes a call, which must be answered in time with 200, or with 503 and when to try again.
func (c *crowd) call(t testing.TB, method, path, body string) (httpAnswer, bool) {
	began := time.Now()
	answer := c.rig.do(t, method, path, strings.NewReader(body))
	if answer.status == http.StatusServiceUnavailable {
		require.Equal(t, "2", answer.header.Get("Retry-After"))
		require.Contains(t, answer.object(t)["detail"], "NATS")
		c.away.Add(1)
	} else {
		require.Equal(t, http.StatusOK, answer.status, answer.body)
	}
	require.Less(t, time.Since(began), 10*time.Second)
	return answer, answer.status == http.StatusOK
}

// start has somebody do something again and again until the end.
func (c *crowd) start(do func()) {
	c.all.Go(func() {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-c.ending:
				return
			case <-ticker.C:
				do()
			}
		}
	})
}

func (c *crowd) end() {
	close(c.ending)
	c.all.Wait()
}

func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.accepted)
}

func (c *crowd) one() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.accepted[rand.IntN(len(c.accepted))]
}

func TestReadersAndWritersOutliveRestartsOfNATS(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.connect = pyoco.ConnectOptions("gateway", nil) })
	c := &crowd{rig: rig, ending: make(chan struct{}), accepted: []string{rig.submit(t, `{"flow_name":"f"}`)}}
	for range 3 {
		c.start(func() {
			answer, ok := c.call(t, "POST", "/runs", `{"flow_name":"f"}`)
			if !ok {
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.accepted = append(c.accepted, answer.object(t)["run_id"].(string))
		})
		c.start(func() {
			if answer, ok := c.call(t, "GET", "/runs/"+c.one(), ""); ok {
				require.Contains(t, answer.object(t), "status")
			}
			c.call(t, "GET", "/runs?limit=5", "")
			c.call(t, "GET", "/workers", "")
			c.call(t, "GET", "/metrics", "")
		})
	}
	c.start(func() { c.call(t, "POST", "/runs/"+c.one()+"/cancel", "") })
	func() {
		defer c.end()
		for range 2 {
			want := c.count() + 20
			require.Eventually(t, func() bool { return c.count() >= want }, 20*time.Second, time.Millisecond, "writers go on")
			refused := c.away.Load()
			rig.nats.Stop(t)
			require.Eventually(t, func() bool { return c.away.Load() >= refused+10 }, 20*time.Second, time.Millisecond)
			rig.nats.Start(t)
		}
		want := c.count() + 20
		require.Eventually(t, func() bool { return c.count() >= want }, 20*time.Second, time.Millisecond, "it recovers by itself")
	}()
	require.Eventually(t, func() bool { return len(rig.keys(t)) == len(c.accepted) }, 20*time.Second, 20*time.Millisecond,
		"what was refused is taken back")
	require.ElementsMatch(t, c.accepted, rig.keys(t))
	require.EventuallyWithT(t, func(t *assert.CollectT) { rig.requireIndexIsBucket(t) }, 10*time.Second, 50*time.Millisecond)
}

// listed are all runs that the lists show, in their short form by id.
func (r *gatewayRig) listed(t require.TestingT) map[string]*pyoco.Run {
	runs := map[string]*pyoco.Run{}
	for o := (pyoco.ListOptions{Limit: 200}); ; {
		page, err := r.gw.List(context.Background(), o)
		require.NoError(t, err)
		for _, run := range page.Items {
			require.NotContains(t, runs, run.ID)
			runs[run.ID] = run
		}
		if o.Cursor = page.NextCursor; o.Cursor == "" {
			return runs
		}
	}
}

// requireIndexIsBucket compares what lists show with the bucket, record by record.
func (r *gatewayRig) requireIndexIsBucket(t require.TestingT) {
	listed := r.listed(t)
	keys := r.keys(r.t)
	require.Len(t, listed, len(keys))
	for _, id := range keys {
		entry, err := r.bucket(r.t, "pyoco_runs").Get(context.Background(), id)
		require.NoError(t, err)
		record := httpAnswer{body: string(entry.Value())}.object(r.t)
		run := listed[id]
		require.NotNil(t, run, id)
		require.Equal(t, entry.Revision(), run.Revision, id)
		require.EqualValues(t, record["updated_at"], run.UpdatedAt, id)
		require.Equal(t, []any{record["status"], record["flow_name"], record["tag"]}, []any{string(run.Status), run.Flow, run.Tag}, id)
	}
}

func TestAGatewayOverManyRunsReadsSingleOnesBeforeItsListsAreWhole(t *testing.T) {
	t.Parallel()
	const runs = 30_000
	rig := &gatewayRig{t: t, nats: natstest.Start(t)}
	rig.js = rig.nats.JetStream(t)
	_, err := rig.js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "pyoco_runs"})
	require.NoError(t, err)
	for i := range runs {
		_, err := rig.js.PublishAsync(fmt.Sprintf("$KV.pyoco_runs.r%d", i), fmt.Appendf(nil, `{"run_id":"r%d","flow_name":"f","status":"COMPLETED","updated_at":%d}`, i, i), jetstream.WithStallWait(30*time.Second))
		require.NoError(t, err)
	}
	<-rig.js.PublishAsyncComplete()
	rig.gw, err = pyoco.NewGateway(rig.nats.Connect(t), pyoco.GatewayConfig{})
	require.NoError(t, err)
	server := httptest.NewServer(rig.gw)
	t.Cleanup(server.Close)
	rig.url, rig.http = server.URL, server.Client()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(stop)
	running.Go(func() { _ = rig.gw.Run(ctx) })

	single := rig.get(t, fmt.Sprintf("/runs/r%d", runs-1)) // waits for the gateway to be up
	require.Equal(t, http.StatusOK, single.status, single.body)
	const reading = "the index of runs is being read from NATS: try again in a moment (see GET /ready); single runs can be read already"
	for _, path := range []string{"/runs", "/workers", "/metrics", "/events"} {
		answer := rig.get(t, path)
		answer.requireProblem(t, http.StatusServiceUnavailable, "ERR-PYOCO-0003", reading)
		require.Equal(t, "2", answer.header.Get("Retry-After"))
	}
	require.Equal(t, http.StatusServiceUnavailable, rig.get(t, "/ready").status)
	require.NoError(t, rig.gw.Ready(t.Context()))
	require.Equal(t, http.StatusOK, rig.get(t, "/ready").status)
	require.Equal(t, fmt.Sprintf("r%d", runs-1), rig.get(t, "/runs?limit=1").list(t)[0]["run_id"])
}
