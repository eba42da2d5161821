// This file owns the proof that the skeleton runs what it is given, once, and leaves nothing behind.

package skeleton_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/internal/skeleton"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEveryRunEndsAndTheQueueIsEmpty(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	server := natstest.Start(t)
	js := server.JetStream(t)
	require.NoError(t, skeleton.Ensure(ctx, js))
	reader, err := skeleton.Read(ctx, js)
	require.NoError(t, err)
	defer reader.Close()
	worker, err := skeleton.Work(ctx, server.JetStream(t), 4)
	require.NoError(t, err)
	submitter, err := skeleton.NewSubmitter(ctx, js, `{"n":1}`)
	require.NoError(t, err)
	web, err := skeleton.Serve(ctx, submitter, 1)
	require.NoError(t, err)
	defer web.Close()

	for i := range 10 {
		submit := submitter.Submit
		if i%2 == 1 {
			submit = web.Submit
		}
		require.NoError(t, submit(ctx, fmt.Sprintf("%036d", i)))
	}
	require.Error(t, web.Submit(ctx, fmt.Sprintf("%036d", 0)), "the key is taken")
	require.NoError(t, reader.Ended(ctx, 10))
	require.NoError(t, worker.Close())

	queue, err := js.Stream(ctx, "SKELETON_WORK")
	require.NoError(t, err)
	info, err := queue.Info(ctx)
	require.NoError(t, err)
	require.Zero(t, info.State.Msgs)
	kv, err := js.KeyValue(ctx, "skeleton_runs")
	require.NoError(t, err)
	entry, err := kv.Get(ctx, fmt.Sprintf("%036d", 7))
	require.NoError(t, err)
	require.JSONEq(t, `{"status":"COMPLETED","params":{"n":1}}`, string(entry.Value()))
}
