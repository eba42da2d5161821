// This file owns the tests of readiness while NATS is there and takes no writes.

package pyoco_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/natsd"
)

const noWrites = "NATS takes no writes: is its store full?"

func TestAGatewayIsNotReadyWhileTheStoreIsFull(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) {
		c.server = append(c.server, func(n *natsd.Config) { n.MaxStore = 1 << 20 })
	})
	require.Equal(t, http.StatusOK, rig.get(t, "/ready").status)
	fill, err := rig.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "FILL", Subjects: []string{"fill"}})
	require.NoError(t, err)
	for block := make([]byte, 64<<10); err == nil; {
		_, err = rig.js.Publish(t.Context(), "fill", block)
	}
	for block := []byte{0}; ; { // to the last byte
		if _, err = rig.js.Publish(t.Context(), "fill", block); err != nil {
			break
		}
	}
	require.Eventually(t, func() bool { return rig.get(t, "/ready").status != http.StatusOK }, 10*time.Second, 50*time.Millisecond)
	rig.get(t, "/ready").requireProblem(t, 503, "ERR-PYOCO-0003", noWrites)
	require.NoError(t, fill.Purge(t.Context()))
	require.Eventually(t, func() bool { return rig.get(t, "/ready").status == http.StatusOK }, 10*time.Second, 50*time.Millisecond)
	require.Empty(t, rig.keys(t), "the runs' bucket holds only runs")
}

func TestAGatewayIsNotReadyWhereItsSubmissionsAreRefused(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	stream, err := rig.js.Stream(t.Context(), "KV_pyoco_runs")
	require.NoError(t, err)
	cfg := stream.CachedInfo().Config
	limit := func(size int32) {
		cfg.MaxMsgSize = size
		_, err = rig.js.UpdateStream(t.Context(), cfg)
		require.NoError(t, err)
	}
	limit(1)
	require.Equal(t, http.StatusServiceUnavailable, rig.post(t, "/runs", `{"flow_name":"f"}`).status)
	rig.get(t, "/ready").requireProblem(t, 503, "ERR-PYOCO-0003", noWrites)
	limit(-1)
	rig.submit(t, `{"flow_name":"f"}`)
	require.Equal(t, http.StatusOK, rig.get(t, "/ready").status)
}

func TestAReadyGatewayMakesItsProbeBucketAgain(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	require.Equal(t, http.StatusOK, rig.get(t, "/ready").status)
	require.NoError(t, rig.js.DeleteKeyValue(t.Context(), "pyoco_ready"))
	require.Eventually(t, func() bool { return rig.get(t, "/ready").status != http.StatusOK }, 10*time.Second, 50*time.Millisecond)
	require.Eventually(t, func() bool { return rig.get(t, "/ready").status == http.StatusOK }, 10*time.Second, 50*time.Millisecond)
}
