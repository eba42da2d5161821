// This file owns the test of the gateway's methods, which are its calls without HTTP.

package pyoco_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestTheGatewaysMethodsAreItsCallsWithoutHTTP(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	ctx := t.Context()
	done, err := rig.gw.Submit(ctx, pyoco.Submission{Flow: "f", Tags: []string{"l"}, Params: struct {
		N int `json:"n"`
	}{7}})
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusPending, done.Status)
	run, err := rig.gw.Get(ctx, done.ID)
	require.NoError(t, err)
	require.JSONEq(t, `{"n":7}`, string(run.Params))
	for name, params := range map[string]any{
		"a channel": make(chan int), "a list": []int{1}, "a text": "x", "broken JSON": json.RawMessage(`{"a":`), "empty JSON": json.RawMessage(""),
		"not UTF-8": json.RawMessage("{\"a\":\"\xff\"}"), "too deep": json.RawMessage(deepJSON(129)),
	} {
		_, err := rig.gw.Submit(ctx, pyoco.Submission{Flow: "f", Params: params})
		require.ErrorIs(t, err, pyoco.ErrInvalid, name)
	}
	_, err = rig.gw.Submit(ctx, pyoco.Submission{Flow: "f", Workflow: make([]byte, 300_000)})
	require.ErrorIs(t, err, pyoco.ErrTooLarge)
	run, err = rig.gw.Cancel(ctx, done.ID)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCancelling, run.Status)
	for _, id := range []string{"nobody", "", "*", "a.b"} {
		_, err = rig.gw.Get(ctx, id)
		require.ErrorIs(t, err, pyoco.ErrNotFound)
		_, err = rig.gw.Cancel(ctx, id)
		require.ErrorIs(t, err, pyoco.ErrNotFound)
		_, err = rig.gw.HideWorker(ctx, id, true)
		require.ErrorIs(t, err, pyoco.ErrNotFound)
	}
	for _, limit := range []int{-1, 201} {
		_, err = rig.gw.List(ctx, pyoco.ListOptions{Limit: limit})
		require.ErrorIs(t, err, pyoco.ErrInvalid)
	}
	_, err = rig.gw.Workers(ctx, pyoco.WorkerListOptions{Limit: 501})
	require.ErrorIs(t, err, pyoco.ErrInvalid)
	page, err := rig.gw.List(ctx, pyoco.ListOptions{Full: true, Flow: "f"})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.True(t, slices.Equal([]string{"l"}, page.Items[0].Tags))
	rig.seenWorker(t, "w", "IDLE", 0, "")
	info, err := rig.gw.HideWorker(ctx, "w", true)
	require.NoError(t, err)
	require.True(t, info.Hidden)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, err = rig.gw.Submit(gone, pyoco.Submission{Flow: "f"})
	require.Error(t, err)
}
