// This file owns the tests of what Prometheus is told beside the four fixed gauges.

package pyoco_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// metrics are the samples of a scrape, by name with labels.
func (r *gatewayRig) metrics(t testing.TB) map[string]float64 {
	t.Helper()
	answer := r.get(t, "/metrics")
	require.Equal(t, http.StatusOK, answer.status)
	samples := map[string]float64{}
	for line := range strings.Lines(answer.body) {
		name, value, found := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(line, "#") || !found {
			continue
		}
		if i := strings.LastIndex(line, "} "); i > 0 { // a label may have a space in it
			name, value = line[:i+1], strings.TrimSpace(line[i+2:])
		}
		number, err := strconv.ParseFloat(value, 64)
		require.NoError(t, err, line)
		samples[name] = number
	}
	return samples
}

func TestMetricsTellOfQueuesAndRuns(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	put := func(id, status, more string) {
		rig.putRun(t, id, fmt.Sprintf(`{"run_id":%q,"flow_name":"f","tag":"a","status":%q%s}`, id, status, more))
		rig.listedRun(t, id, hasStatus(pyoco.Status(status)))
	}
	put("waits", "PENDING", `,"updated_at":100`)
	put("r", "PENDING", `,"updated_at":1000`)
	put("r", "RUNNING", `,"updated_at":1003,"attempt":1,"start_time":1003`)
	put("runs", "RUNNING", `,"updated_at":1,"attempt":1,"start_time":1`)
	samples := rig.metrics(t)
	require.InDelta(t, 1, samples[`pyoco_queue_depth{tag="a"}`], 0)
	require.InDelta(t, float64(time.Now().Unix())-100, samples[`pyoco_queue_oldest_age_seconds{tag="a"}`], 60)
	require.InDelta(t, 2, samples[`pyoco_runs_running{tag="a"}`], 0)
	require.InDelta(t, 3, samples["pyoco_index_runs"], 0)
	require.InDelta(t, 0, samples["pyoco_index_lag_revisions"], 0)
	require.InDelta(t, 1, samples[`pyoco_run_wait_seconds_count{flow="f"}`], 0)
	require.InDelta(t, 3, samples[`pyoco_run_wait_seconds_sum{flow="f"}`], 1e-6)
	require.NotContains(t, samples, `pyoco_run_duration_seconds_count{flow="f",status="COMPLETED"}`)

	put("r", "RUNNING", `,"updated_at":1010,"attempt":2,"start_time":1010`)
	require.Eventually(t, func() bool { return rig.metrics(t)[`pyoco_runs_redelivered_total{tag="a"}`] == 1 }, 10*time.Second, 5*time.Millisecond)
	put("r", "COMPLETED", `,"updated_at":1014,"attempt":2,"start_time":1010,"end_time":1014`)
	put("r", "COMPLETED", `,"updated_at":1015,"attempt":2,"start_time":1010,"end_time":1014`) // repeated by a Python worker
	samples = rig.metrics(t)
	require.InDelta(t, 1, samples[`pyoco_run_duration_seconds_count{flow="f",status="COMPLETED"}`], 0)
	require.InDelta(t, 4, samples[`pyoco_run_duration_seconds_sum{flow="f",status="COMPLETED"}`], 1e-6)
	require.InDelta(t, 1, samples[`pyoco_runs_running{tag="a"}`], 0)
}

func TestMetricsCountSubmissionsRequestsAndStreams(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.submit(t, `{"flow_name":"f"}`)
	rig.post(t, "/runs", `{"flow_name":""}`)
	rig.get(t, "/runs/nosuch")
	events := rig.watch(t, "/events")
	events.listEvent(t)
	samples := rig.metrics(t)
	require.InDelta(t, 1, samples[`pyoco_submissions_total{result="accepted"}`], 0)
	require.InDelta(t, 1, samples[`pyoco_submissions_total{result="refused"}`], 0)
	require.InDelta(t, 0, samples[`pyoco_submissions_total{result="unavailable"}`], 0)
	require.InDelta(t, 1, samples[`pyoco_http_request_duration_seconds_count{code="404",method="GET",route="/runs/:id"}`], 0)
	require.InDelta(t, 1, samples["pyoco_event_streams_open"], 0)
	found := false
	for name := range samples {
		found = found || strings.HasPrefix(name, `pyoco_build_info{go_version="go`)
	}
	require.True(t, found)
}

func TestTagsAndFlowsBeyondTwoHundredShareOneSeries(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for i := range 205 {
		rig.putRun(t, fmt.Sprintf("r%d", i), fmt.Sprintf(`{"run_id":"r%d","flow_name":"f%d","tag":"t%d","status":"PENDING","updated_at":1}`, i, i, i))
	}
	rig.putRun(t, "more", `{"run_id":"more","flow_name":"f","tag":"t204","status":"PENDING","updated_at":1.5}`)
	rig.listedRun(t, "more", hasStatus(pyoco.StatusPending))
	for i := range 205 {
		rig.putRun(t, fmt.Sprintf("r%d", i), fmt.Sprintf(`{"run_id":"r%d","flow_name":"f%d","tag":"t%d","status":"RUNNING","start_time":2,"updated_at":2}`, i, i, i))
	}
	require.Eventually(t, func() bool { return rig.metrics(t)[`pyoco_runs_total{status="RUNNING"}`] == 205 }, 10*time.Second, 5*time.Millisecond)
	series := func(prefix string) (n int) {
		for name := range rig.metrics(t) {
			if strings.HasPrefix(name, prefix) {
				n++
			}
		}
		return n
	}
	require.Equal(t, 201, series("pyoco_runs_running{"))
	require.Equal(t, 201, series("pyoco_run_wait_seconds_count{"))
	samples := rig.metrics(t)
	require.InDelta(t, 5, samples[`pyoco_runs_running{tag="other"}`], 0)
	require.InDelta(t, 5, samples[`pyoco_run_wait_seconds_count{flow="other"}`], 0)
}
