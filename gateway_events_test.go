// This file owns the tests of the event stream of everything.

package pyoco_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// listEvent is an event of /events.
type listEvent struct {
	name    string
	Items   []map[string]any `json:"items"`
	Removed []string         `json:"removed"`
	TS      float64          `json:"ts"`
}

func (s *eventStream) listEvent(t testing.TB) listEvent {
	t.Helper()
	for {
		e, ok := s.next(t)
		require.True(t, ok, "the stream ended")
		if e.name == "heartbeat" {
			continue
		}
		event := listEvent{name: e.name}
		require.NoError(t, json.Unmarshal([]byte(e.data), &event))
		require.Positive(t, event.TS)
		return event
	}
}

// until gathers batches until one satisfies.
func (s *eventStream) until(t testing.TB, is func(listEvent) bool) {
	t.Helper()
	for !is(s.listEvent(t)) {
	}
}

func shows(id, status string) func(listEvent) bool {
	return func(e listEvent) bool {
		for _, item := range e.Items {
			if item["run_id"] == id && item["status"] == status {
				return true
			}
		}
		return false
	}
}

func TestEventsTellEveryRunThatChanges(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putState(t, "before", "RUNNING", 1)
	rig.listedRun(t, "before", hasStatus(pyoco.StatusRunning))
	events := rig.watch(t, "/events")
	require.Equal(t, http.StatusOK, events.status)
	require.Equal(t, "no", events.header.Get("X-Accel-Buffering"))
	require.Equal(t, "open", events.listEvent(t).name)
	id := rig.submit(t, `{"flow_name":"f"}`)
	events.until(t, shows(id, "PENDING"))
	rig.putState(t, "other", "RUNNING", 2)
	events.until(t, shows("other", "RUNNING"))
	rig.post(t, "/runs/"+id+"/cancel", "")
	events.until(t, shows(id, "CANCELLING"))
	require.NoError(t, rig.bucket(t, "pyoco_runs").Purge(t.Context(), "before"))
	events.until(t, func(e listEvent) bool { return len(e.Removed) == 1 && e.Removed[0] == "before" })
	rig.stop()
	last, ok := events.next(t)
	require.True(t, ok)
	require.Equal(t, "end", last.name)
	events.ended(t)
}

func TestEventsAreFilteredByTagAndStatus(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	events := rig.watch(t, "/events?tag=a&status=RUNNING")
	require.Equal(t, "open", events.listEvent(t).name)
	put := func(id, tag, status string) {
		rig.putRun(t, id, fmt.Sprintf(`{"run_id":%q,"flow_name":"f","tag":%q,"status":%q,"updated_at":1}`, id, tag, status))
	}
	put("elsewhere", "b", "RUNNING")
	put("r", "a", "PENDING")
	put("r", "a", "RUNNING")
	events.until(t, func(e listEvent) bool {
		for _, item := range e.Items {
			require.NotEqual(t, "elsewhere", item["run_id"])
			require.Equal(t, "RUNNING", item["status"])
		}
		return shows("r", "RUNNING")(e)
	})
	put("r", "a", "COMPLETED")
	event := events.listEvent(t)
	require.Equal(t, []string{"r"}, event.Removed, "it is no longer one of those that are shown")
	require.Empty(t, event.Items)
}

func TestEventsTellWorkersButNotTheirHeartbeats(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	worker := func(state string, seen float64, hidden bool) {
		rig.putWorker(t, "w1", fmt.Sprintf(`{"worker_id":"w1","state":%q,"tags":["a"],"hidden":%v,"last_seen_at":%f,"concurrency":2}`, state, hidden, seen))
	}
	events, elsewhere := rig.watch(t, "/events"), rig.watch(t, "/events?tag=b")
	require.Equal(t, "open", events.listEvent(t).name)
	require.Equal(t, "open", elsewhere.listEvent(t).name)
	worker("STOPPED_GRACEFUL", 1, false)
	event := events.listEvent(t)
	require.Equal(t, "workers", event.name)
	require.Equal(t, "w1", event.Items[0]["worker_id"])
	worker("STOPPED_GRACEFUL", 2, false) // no news
	worker("STOPPED_GRACEFUL", 3, true)
	event = events.listEvent(t)
	require.Equal(t, true, event.Items[0]["hidden"])
	require.NoError(t, rig.bucket(t, "pyoco_workers").Purge(t.Context(), "w1"))
	event = events.listEvent(t)
	require.Equal(t, []string{"w1"}, event.Removed)
	rig.stop()
	last, _ := elsewhere.next(t)
	require.Equal(t, "end", last.name, "nothing of a worker that serves other tags")
}

func TestStreamsOverTheirLimitAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cfg    pyoco.GatewayConfig
		detail string
	}{
		"in all": {pyoco.GatewayConfig{MaxStreams: 2}, "streams: must be at most 2 in all, and so many are open: close one, or try again later"},
		"a key":  {pyoco.GatewayConfig{MaxStreamsPerKey: 2}, "streams: must be at most 2 a key, and so many are open: close one, or try again later"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := startGateway(t, func(r *rigConfig) { r.gateway = c.cfg })
			rig.putState(t, "r", "RUNNING", 1)
			rig.listedRun(t, "r", hasStatus(pyoco.StatusRunning))
			first, second := rig.watch(t, "/events"), rig.watch(t, "/runs/r/watch")
			first.listEvent(t)
			second.snapshot(t)
			for _, path := range []string{"/events", "/runs/r/watch"} {
				refused := rig.get(t, path)
				refused.requireProblem(t, http.StatusTooManyRequests, "ERR-PYOCO-0002", c.detail)
				require.Equal(t, "2", refused.header.Get("Retry-After"))
			}
			first.close()
			require.Eventually(t, func() bool { return rig.watch(t, "/events").status == http.StatusOK }, 10*time.Second, 10*time.Millisecond)
		})
	}
}
