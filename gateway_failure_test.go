// This file owns the tests of submissions and reads while NATS, or a part of it, does not answer.

package pyoco_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

const awayDetail = "NATS is not available: nothing was accepted, try again in a moment (see GET /ready)"

// requireAway checks a 503 that came within the time a call may take, and says what to do.
func (a httpAnswer) requireAway(t testing.TB, began time.Time) {
	t.Helper()
	require.Less(t, time.Since(began), 10*time.Second, "it does not wait for an answer for ever")
	a.requireProblem(t, http.StatusServiceUnavailable, "ERR-PYOCO-0003", awayDetail)
	require.Equal(t, "2", a.header.Get("Retry-After"))
}

// keys are the ids of the runs that are stored.
func (r *gatewayRig) keys(t testing.TB) []string {
	t.Helper()
	lister, err := r.bucket(t, "pyoco_runs").ListKeys(t.Context())
	require.NoError(t, err)
	var keys []string
	for key := range lister.Keys() {
		keys = append(keys, key)
	}
	return keys
}

func TestASubmissionThatCannotBeQueuedIsRefusedAndGone(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	require.NoError(t, rig.js.DeleteStream(t.Context(), "PYOCO_WORK"))
	began := time.Now()
	rig.post(t, "/runs", `{"flow_name":"f"}`).requireAway(t, began)
	require.Empty(t, rig.keys(t))
	require.Empty(t, rig.get(t, "/runs").list(t))
	_, err := rig.gw.Submit(t.Context(), pyoco.Submission{})
	require.ErrorIs(t, err, pyoco.ErrInvalid, "a mistake is still told as one")
}

func TestARunThatWasClaimedBeforeItsUndoIsAccepted(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	require.NoError(t, rig.js.DeleteStream(t.Context(), "PYOCO_WORK"))
	runs := rig.bucket(t, "pyoco_runs")
	watch, err := runs.WatchAll(t.Context(), jetstream.UpdatesOnly())
	require.NoError(t, err)
	claimed := make(chan error, 1)
	go func() {
		pending := <-watch.Updates()
		running := strings.Replace(string(pending.Value()), "PENDING", "RUNNING", 1)
		_, err := runs.Update(context.WithoutCancel(t.Context()), pending.Key(), []byte(running), pending.Revision())
		claimed <- err
	}()
	answer := rig.post(t, "/runs", `{"flow_name":"f"}`)
	require.NoError(t, <-claimed)
	require.NoError(t, watch.Stop())
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	id := answer.object(t)["run_id"].(string)
	require.Equal(t, "RUNNING", rig.get(t, "/runs/"+id).object(t)["status"])
	require.Equal(t, []string{id}, rig.keys(t))
}

func TestAPublishWhoseAnswerWasLostIsRepeatedAndQueuesOnce(t *testing.T) {
	t.Parallel()
	dropper := natstest.LoseAnswers(`"stream":"PYOCO_WORK"`)
	rig := startGateway(t, func(c *rigConfig) { c.connect = []nats.Option{dropper.Option()} })
	dropper.Lose(1)
	id := rig.submit(t, `{"flow_name":"f"}`)
	require.True(t, dropper.Lost(), "an answer was lost")
	stream, err := rig.js.Stream(t.Context(), "PYOCO_WORK")
	require.NoError(t, err)
	require.EqualValues(t, 1, stream.CachedInfo().State.Msgs)
	require.Equal(t, []string{id}, rig.keys(t))
}

func TestAPublishWithoutAnyAnswerIsRefusedAndGone(t *testing.T) {
	t.Parallel()
	dropper := natstest.LoseAnswers(`"stream":"PYOCO_WORK"`)
	rig := startGateway(t, func(c *rigConfig) { c.connect = []nats.Option{dropper.Option()} })
	dropper.Lose(1 << 30)
	began := time.Now()
	rig.post(t, "/runs", `{"flow_name":"f"}`).requireAway(t, began)
	require.Empty(t, rig.keys(t), "the job that may be queued finds no run, and never runs")
}

func TestASubmissionOfWhichNothingIsKnownSaysSoAndIsTakenBack(t *testing.T) {
	t.Parallel()
	dropper := natstest.LoseAnswers(`"stream":"KV_pyoco_runs"`)
	rig := startGateway(t, func(c *rigConfig) { c.connect = []nats.Option{dropper.Option()} })
	dropper.Lose(1 << 30)
	began := time.Now()
	answer := rig.post(t, "/runs", `{"flow_name":"f"}`)
	require.Less(t, time.Since(began), 10*time.Second, "it does not wait for an answer for ever")
	answer.requireProblem(t, http.StatusServiceUnavailable, "ERR-PYOCO-0004", "NATS gave no answer: the run may have been accepted, "+
		"and is being taken back; look for it before submitting again, or submit with an Idempotency-Key, which makes that safe")
	dropper.Lose(0)
	require.Eventually(t, func() bool { return len(rig.keys(t)) == 0 }, 10*time.Second, 10*time.Millisecond)
}

func TestWhileNATSIsAwayCallsAnswer503AndTheGatewayRecovers(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	id := rig.submit(t, `{"flow_name":"f"}`)
	rig.putWorker(t, "w", `{"worker_id":"w","state":"IDLE","last_seen_at":1}`)
	rig.nats.Stop(t)
	t.Run("away", func(t *testing.T) {
		for name, call := range map[string]func(*testing.T) httpAnswer{
			"submit": func(t *testing.T) httpAnswer { return rig.post(t, "/runs", `{"flow_name":"f"}`) },
			"yaml": func(t *testing.T) httpAnswer {
				return rig.postForm(t, "/runs/yaml", formPart{"flow_name", "f", false}, formPart{"workflow", "flow: {graph: a}\ntasks: {a: {}}\n", true})
			},
			"get":    func(t *testing.T) httpAnswer { return rig.get(t, "/runs/"+id) },
			"tasks":  func(t *testing.T) httpAnswer { return rig.get(t, "/runs/"+id+"/tasks") },
			"watch":  func(t *testing.T) httpAnswer { return rig.get(t, "/runs/"+id+"/watch") },
			"cancel": func(t *testing.T) httpAnswer { return rig.post(t, "/runs/"+id+"/cancel", "") },
			"hide": func(t *testing.T) httpAnswer {
				return rig.do(t, http.MethodPatch, "/workers/w", strings.NewReader(`{"hidden":true}`))
			},
			"full list": func(t *testing.T) httpAnswer { return rig.get(t, "/runs?include=full") },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				call(t).requireAway(t, began)
			})
		}
	})
	require.Equal(t, http.StatusServiceUnavailable, rig.get(t, "/ready").status)
	require.Equal(t, http.StatusOK, rig.get(t, "/health").status)
	require.Len(t, rig.get(t, "/runs").list(t), 1, "lists go on with what is known")
	require.NotContains(t, rig.get(t, "/metrics").body, "pyoco_dlq_messages_total")

	rig.nats.Start(t)
	require.Eventually(t, func() bool { return rig.get(t, "/ready").status == http.StatusOK }, 10*time.Second, 10*time.Millisecond)
	second := rig.submit(t, `{"flow_name":"f"}`)
	require.Equal(t, http.StatusOK, rig.post(t, "/runs/"+id+"/cancel", "").status)
	require.Equal(t, second, rig.get(t, "/runs?status=PENDING").list(t)[0]["run_id"])
	require.ElementsMatch(t, []string{id, second}, rig.keys(t), "what was refused is not there")
}

func TestAGatewayThatNeverReachedNATSAnswers503(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	nc, err := nats.Connect(fmt.Sprintf("nats://%s", l.Addr()), pyoco.ConnectOptions("test", nil)...)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	gw, err := pyoco.NewGateway(nc, pyoco.GatewayConfig{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- gw.Run(ctx) }()
	server := httptest.NewServer(gw)
	t.Cleanup(server.Close)
	rig := &gatewayRig{url: server.URL, http: server.Client()}
	t.Run("calls", func(t *testing.T) {
		for _, path := range []string{"/runs", "/runs/x", "/workers", "/metrics", "/runs/x/watch"} {
			t.Run(path, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				rig.get(t, path).requireAway(t, began)
			})
		}
		t.Run("submit", func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			rig.post(t, "/runs", `{"flow_name":"f"}`).requireAway(t, began)
		})
	})
	rig.get(t, "/ready").requireProblem(t, 503, "ERR-PYOCO-0003", "NATS is not connected")
	cancel()
	require.NoError(t, <-ended)
}
