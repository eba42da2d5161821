// This file owns the system that the pages are of: NATS, a gateway as its command serves it, a worker with tasks for show.

package browsertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

// shopFlow has what a graph can have: ways side by side, a loop, a switch, retries.
const shopFlow = `version: 1
flow:
  graph: |
    fetch >> (resize & caption) >> check["$ctx.params.sizes as size"]
      >> switch("$ctx.params.mode")["draft" >> preview, "*" >> publish >> announce]
  defaults: {sizes: [64, 640], mode: draft, note: "hello", big: 9007199254740993, ratio: 1.0}
tasks:
  fetch: {callable: "shop:flaky", retries: 2, retry_delay_sec: 0.01}
  resize: {callable: "shop:ok"}
  caption: {callable: "shop:ok"}
  check: {callable: "shop:ok"}
  preview: {callable: "shop:ok"}
  publish: {callable: "shop:ok"}
  announce: {callable: "shop:ok"}
`

// failingFlow fails at its second task.
const failingFlow = `version: 1
flow:
  graph: load >> charge >> ship
tasks:
  load: {callable: "shop:ok"}
  charge: {callable: "shop:fails"}
  ship: {callable: "shop:ok"}
`

// slowFlow runs until it is let go or cancelled.
const slowFlow = `version: 1
flow:
  graph: begin >> hold >> end
tasks:
  begin: {callable: "shop:ok"}
  hold: {callable: "shop:hold"}
  end: {callable: "shop:ok"}
`

type system struct {
	t       testing.TB
	nats    *natstest.Server
	js      jetstream.JetStream // of another program
	gateway *pyoco.Gateway
	client  *pyoco.Client
	url     string
	letGo   func() // ends the tasks that hold
}

// start starts everything; it ends with the test.
func start(t testing.TB, configure ...func(*pyoco.GatewayConfig)) *system {
	t.Helper()
	cfg := pyoco.GatewayConfig{}
	for _, c := range configure {
		c(&cfg)
	}
	s := &system{t: t, nats: natstest.Start(t)}
	var err error
	s.js, err = jetstream.New(s.nats.Connect(t))
	require.NoError(t, err)
	s.gateway, err = pyoco.NewGateway(s.nats.Connect(t, pyoco.ConnectOptions("gateway", nil)...), cfg)
	require.NoError(t, err)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.url = "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var parts sync.WaitGroup
	parts.Go(func() { _ = s.gateway.Run(ctx) })
	parts.Go(func() { _ = s.gateway.Serve(ctx, listener) })
	t.Cleanup(func() { stop(); parts.Wait() })
	ready, done := context.WithTimeout(t.Context(), patience)
	defer done()
	require.NoError(t, s.gateway.Ready(ready))
	s.client, err = pyoco.NewClient(s.url, pyoco.ClientConfig{})
	require.NoError(t, err)
	return s
}

// startWorker runs a worker of a tag.
func (s *system) startWorker(id string, tags ...string) {
	s.t.Helper()
	letGo := make(chan struct{})
	s.letGo = sync.OnceFunc(func() { close(letGo) })
	tasks := pyoco.NewTasks()
	for name, fn := range map[string]any{
		"ok": func(_ context.Context, in map[string]any) (map[string]any, error) {
			return map[string]any{"done": true, "big": json.RawMessage("9007199254740993")}, nil
		},
		"flaky": func(ctx context.Context) (string, error) {
			if pyoco.TaskContextFrom(ctx).Try == 1 {
				return "", errors.New("the shop does not answer")
			}
			return "goods", nil
		},
		"fails": func(context.Context) error {
			return pyoco.Permanent(fmt.Errorf("card declined: %s", strings.Repeat("insufficient funds ", 3)))
		},
		"work": func(ctx context.Context, in struct {
			Milliseconds int `json:"ms"`
		}) (map[string]any, error) {
			timer, stop := context.WithTimeout(ctx, time.Duration(in.Milliseconds)*time.Millisecond)
			defer stop()
			<-timer.Done()
			return map[string]any{"took_ms": in.Milliseconds}, ctx.Err()
		},
		"refused": func(context.Context) error {
			return errors.New("album \"Kyoto, autumn\": PUT https://photos.example/albums/812: 403 Forbidden: the token has expired")
		},
		"hold": func(ctx context.Context) error {
			select {
			case <-letGo:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	} {
		require.NoError(s.t, tasks.Register("shop:"+name, pyoco.Func(fn)))
	}
	worker, err := pyoco.NewWorker(s.nats.Connect(s.t, pyoco.ConnectOptions("worker", nil)...), pyoco.WorkerConfig{
		ID: id, Tags: tags, Tasks: tasks, Concurrency: 8,
	})
	require.NoError(s.t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = worker.Run(ctx) })
	s.t.Cleanup(func() { s.letGo(); stop(); running.Wait() })
}

// submit queues a run of a flow file.
func (s *system) submit(flow, file, tag string) string {
	s.t.Helper()
	accepted, err := s.client.SubmitYAML(s.t.Context(), []byte(file), flow, tag)
	require.NoError(s.t, err)
	return accepted.ID
}

// ended waits until a run has ended.
func (s *system) ended(id string, want pyoco.Status) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), patience)
	defer stop()
	run, err := s.client.Wait(ctx, id)
	require.NoError(s.t, err)
	require.Equal(s.t, want, run.Status, run.Error)
}

// put writes a record as another program would.
func (s *system) put(bucket, key, record string) {
	s.t.Helper()
	kv, err := s.js.KeyValue(s.t.Context(), bucket)
	require.NoError(s.t, err)
	_, err = kv.PutString(s.t.Context(), key, record)
	require.NoError(s.t, err)
}

func actions(c *pyoco.GatewayConfig) { c.Dashboard.Actions = true }

func language(name string) func(*pyoco.GatewayConfig) {
	return func(c *pyoco.GatewayConfig) { c.Dashboard.Language = name }
}

func quoted(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}

func now() float64 { return float64(time.Now().UnixMilli()) / 1000 }

// bury publishes a dead letter as another program would.
func (s *system) bury(letter string) {
	s.t.Helper()
	_, err := s.js.Publish(s.t.Context(), "pyoco.dlq.default", []byte(letter))
	require.NoError(s.t, err)
}
