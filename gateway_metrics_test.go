// This file owns the test of the metrics whose names are fixed.

package pyoco_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMetricsCountRunsWorkersAndDeadLetters(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	scrape := func() map[string]string {
		answer := rig.get(t, "/metrics")
		require.Equal(t, http.StatusOK, answer.status)
		require.Contains(t, answer.header.Get("Content-Type"), "text/plain; version=0.0.4")
		values := map[string]string{}
		for line := range strings.Lines(answer.body) {
			bare, _, _ := strings.Cut(strings.TrimPrefix(line, "# TYPE "), " ")
			bare, _, _ = strings.Cut(bare, "{")
			if !slices.Contains([]string{"pyoco_runs_total", "pyoco_runs_today_total", "pyoco_workers_alive_total", "pyoco_dlq_messages_total"}, bare) {
				continue
			}
			if strings.HasPrefix(line, "#") {
				require.Contains(t, line, " gauge")
			} else {
				name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
				values[name] = value
			}
		}
		return values
	}
	require.Equal(t, map[string]string{"pyoco_workers_alive_total": "0", "pyoco_dlq_messages_total": "0"}, scrape())

	now := time.Now()
	midnight := float64(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.Local).Unix())
	for id, run := range map[string]struct {
		status  string
		updated float64
	}{
		"old": {"COMPLETED", midnight - 1}, "first": {"COMPLETED", midnight}, "new": {"COMPLETED", midnight + 1}, "lost": {"FAILED", 5},
	} {
		rig.putState(t, id, run.status, run.updated)
	}
	rig.seenWorker(t, "a", "IDLE", 0, `,"hidden":true`)
	rig.seenWorker(t, "b", "RUNNING", 0, "")
	rig.seenWorker(t, "c", "STOPPED_GRACEFUL", 0, "")
	rig.seenWorker(t, "d", "RUNNING", time.Hour, "")
	_, err := rig.js.Publish(t.Context(), "pyoco.dlq.x", []byte(`{}`))
	require.NoError(t, err)
	id := rig.submit(t, `{"flow_name":"f"}`)
	want := map[string]string{
		`pyoco_runs_total{status="COMPLETED"}`: "3", `pyoco_runs_today_total{status="COMPLETED"}`: "2",
		`pyoco_runs_total{status="FAILED"}`: "1", `pyoco_runs_total{status="PENDING"}`: "1", `pyoco_runs_today_total{status="PENDING"}`: "1",
		"pyoco_workers_alive_total": "2", "pyoco_dlq_messages_total": "1",
	}
	require.Eventually(t, func() bool { return maps.Equal(want, scrape()) }, 5*time.Second, 20*time.Millisecond, "%v", scrape())

	rig.post(t, "/runs/"+id+"/cancel", "")
	after := scrape()
	require.NotContains(t, after, `pyoco_runs_total{status="PENDING"}`, "a status without runs has no line")
	require.Equal(t, "1", after[`pyoco_runs_total{status="CANCELLING"}`])
	require.Equal(t, http.StatusOK, rig.do(t, http.MethodHead, "/metrics", nil).status)
}

func TestMetricsAreTextWhateverIsAskedFor(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for _, accept := range []string{
		"", "*/*", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
	} {
		answer := rig.do(t, http.MethodGet, "/metrics", nil, "Accept", accept)
		require.Equal(t, http.StatusOK, answer.status)
		require.Equal(t, "text/plain; version=0.0.4; charset=utf-8", answer.header.Get("Content-Type"), accept)
		require.Contains(t, answer.body, "\n# TYPE pyoco_workers_alive_total gauge\npyoco_workers_alive_total 0\n", accept)
	}
}
