// This file owns the tests of calls that NATS does not answer: how long they take, and what a cancel may say.

package pyoco_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestACancelWhoseAnswerWasLostSaysThatNothingIsKnown(t *testing.T) {
	t.Parallel()
	dropper := natstest.LoseAnswers(`"stream":"KV_pyoco_runs"`)
	rig := startGateway(t, func(c *rigConfig) { c.connect = []nats.Option{dropper.Option()} })
	id := rig.submit(t, `{"flow_name":"f"}`)
	dropper.Lose(1 << 30)
	began := time.Now()
	answer := rig.post(t, "/runs/"+id+"/cancel", "")
	require.Less(t, time.Since(began), 10*time.Second, "it does not wait for an answer for ever")
	answer.requireProblem(t, http.StatusServiceUnavailable, "ERR-PYOCO-0003",
		"NATS gave no answer: it is not known whether the cancel was stored; ask again, which does no harm")
	require.Equal(t, "2", answer.header.Get("Retry-After"))
	require.Equal(t, "CANCELLING", rig.stored(t, id)["status"])
	dropper.Lose(0)
	require.Equal(t, http.StatusOK, rig.post(t, "/runs/"+id+"/cancel", "").status)
}

func TestCallsWithoutHTTPAreBoundedToo(t *testing.T) {
	t.Parallel()
	dropper := natstest.LoseAnswers(`_INBOX`)
	rig := startGateway(t, func(c *rigConfig) { c.connect = []nats.Option{dropper.Option()} })
	id := rig.submit(t, `{"flow_name":"f"}`)
	rig.putWorker(t, "w", `{"worker_id":"w","state":"IDLE"}`)
	dropper.Lose(1 << 30)
	t.Cleanup(func() { dropper.Lose(0) })
	t.Run("calls", func(t *testing.T) {
		for name, call := range map[string]func(context.Context) error{
			"list": func(ctx context.Context) error {
				_, err := rig.gw.List(ctx, pyoco.ListOptions{Full: true})
				return err
			},
			"cancel": func(ctx context.Context) error {
				_, err := rig.gw.Cancel(ctx, id)
				return err
			},
			"hide": func(ctx context.Context) error {
				_, err := rig.gw.HideWorker(ctx, "w", true)
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				require.ErrorIs(t, call(t.Context()), pyoco.ErrUnavailable)
				require.Less(t, time.Since(began), 10*time.Second, "it does not wait for an answer for ever")
			})
		}
	})
}
