// This file owns the tests of a run's event stream.

package pyoco_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// putState writes a run whole, as its worker does, and gives the revision.
func (r *gatewayRig) putState(t testing.TB, id, status string, updated float64) uint64 {
	t.Helper()
	return r.putRun(t, id, fmt.Sprintf(
		`{"run_id":%q,"flow_name":"f","status":%q,"updated_at":%v,"tasks":{"a":"RUNNING"},"task_records":{"a":{"state":"RUNNING"}}}`, id, status, updated))
}

func TestAWatchTellsTheSnapshotAtOnceAndEachChange(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	first := rig.putState(t, "r", "PENDING", 1)
	events := rig.watch(t, "/runs/r/watch?include=records")
	require.Equal(t, http.StatusOK, events.status)
	require.Equal(t, "text/event-stream; charset=utf-8", events.header.Get("Content-Type"))
	require.Equal(t, "no-store", events.header.Get("Cache-Control"))
	e, ok := events.next(t)
	require.True(t, ok)
	require.Equal(t, "snapshot", e.name)
	require.Equal(t, strconv.FormatUint(first, 10), e.id)
	require.Contains(t, e.data, `"task_records"`)
	short := rig.watch(t, "/runs/r/watch")
	require.Nil(t, short.snapshot(t)["task_records"])
	for i, status := range []string{"RUNNING", "CANCELLING", "CANCELLED"} {
		revision := rig.putState(t, "r", status, float64(2+i))
		e, ok = events.next(t)
		require.True(t, ok)
		require.Equal(t, strconv.FormatUint(revision, 10), e.id)
		require.Contains(t, e.data, `"status":"`+status+`"`)
		shown := short.snapshot(t)
		require.Equal(t, status, shown["status"])
		require.Nil(t, shown["task_records"])
		require.NotNil(t, shown["tasks"])
	}
	require.Equal(t, http.StatusOK, rig.do(t, http.MethodHead, "/runs/r/watch", nil).status)
}

func TestAWatchTellsOwnWritesOnce(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	id := rig.submit(t, `{"flow_name":"f"}`)
	events := rig.watch(t, "/runs/"+id+"/watch?timeout_sec=1")
	require.Equal(t, "PENDING", events.snapshot(t)["status"])
	rig.post(t, "/runs/"+id+"/cancel", "")
	require.Equal(t, "CANCELLING", events.snapshot(t)["status"])
	events.ended(t)
}

func TestAWatchBeginsWhereItIsAskedTo(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	old := rig.putState(t, "r", "PENDING", 10)
	now := rig.putState(t, "r", "RUNNING", 20)
	last := func(revision uint64) string { return strconv.FormatUint(revision, 10) }
	for name, c := range map[string]struct {
		query, lastID string
		first         string // status of the first event; the change that follows is COMPLETED at 30
	}{
		"from the start":            {"", "", "RUNNING"},
		"since its time":            {"since=20", "", "RUNNING"},
		"since later":               {"since=20.5", "", "COMPLETED"},
		"after an older event":      {"", last(old), "RUNNING"},
		"after the newest event":    {"", last(now), "COMPLETED"},
		"after one of another life": {"", last(now + 1000), "RUNNING"},
		"after nonsense":            {"", "x", "RUNNING"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := strings.ReplaceAll(name, " ", "-") // a run for each, with the revisions of its own
			a := rig.putState(t, id, "PENDING", 10)
			b := rig.putState(t, id, "RUNNING", 20)
			switch c.lastID {
			case last(old):
				c.lastID = last(a)
			case last(now):
				c.lastID = last(b)
			}
			events := rig.watch(t, "/runs/"+id+"/watch?"+c.query, "Last-Event-ID", c.lastID)
			if c.first == "COMPLETED" {
				rig.putState(t, id, "COMPLETED", 30)
			}
			require.Equal(t, c.first, events.snapshot(t)["status"])
		})
	}
}

func TestAWatchEndsAfterTheTerminalSnapshotOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putState(t, "r", "RUNNING", 1)
	until, open := rig.watch(t, "/runs/r/watch?until=terminal"), rig.watch(t, "/runs/r/watch")
	for _, s := range []*eventStream{until, open} {
		require.Equal(t, "RUNNING", s.snapshot(t)["status"])
	}
	rig.putState(t, "r", "FAILED", 2)
	for _, s := range []*eventStream{until, open} {
		require.Equal(t, "FAILED", s.snapshot(t)["status"])
	}
	until.ended(t)
	rig.putState(t, "r", "FAILED", 3)
	require.InDelta(t, 3, open.snapshot(t)["updated_at"], 0, "still open")

	late := rig.watch(t, "/runs/r/watch?until=terminal")
	require.Equal(t, "FAILED", late.snapshot(t)["status"])
	late.ended(t)
	rig.watch(t, "/runs/r/watch?until=terminal&since=100").ended(t)
}

func TestAWatchClosesWithItsTimeItsRunOrItsGateway(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for _, id := range []string{"r", "purged", "deleted"} {
		rig.putState(t, id, "RUNNING", 1)
	}
	began := time.Now()
	timed, purged := rig.watch(t, "/runs/r/watch?timeout_sec=1"), rig.watch(t, "/runs/purged/watch")
	deleted, stopped := rig.watch(t, "/runs/deleted/watch"), rig.watch(t, "/runs/r/watch?timeout_sec=600")
	for _, s := range []*eventStream{timed, purged, deleted, stopped} {
		s.snapshot(t)
	}
	require.NoError(t, rig.bucket(t, "pyoco_runs").Purge(t.Context(), "purged"))
	require.NoError(t, rig.bucket(t, "pyoco_runs").Delete(t.Context(), "deleted"))
	purged.ended(t)
	deleted.ended(t)
	timed.ended(t)
	require.WithinRange(t, time.Now(), began.Add(time.Second), began.Add(5*time.Second))
	rig.get(t, "/runs/purged/watch").requireProblem(t, 404, "ERR-PYOCO-0005", "run_id: there is no such run")
	rig.stop()
	last, ok := stopped.next(t)
	require.True(t, ok)
	require.Equal(t, "end", last.name, "told that it is the gateway that ends")
	stopped.ended(t)
}

func TestASilentWatchSendsAByteEveryTwoSecondsAndAHeartbeatEveryFive(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putState(t, "r", "RUNNING", 1)
	events := rig.watch(t, "/runs/r/watch")
	silence := time.NewTimer(4 * time.Second) // 2 s, and room for a busy machine; the Python client waits for 5
	defer silence.Stop()
	comments := 0
	for {
		select {
		case e := <-events.events:
			silence.Reset(4 * time.Second)
			switch {
			case e.comment:
				comments++
			case e.name == "heartbeat":
				require.GreaterOrEqual(t, comments, 3, "the one at the start, and two in five seconds")
				require.Regexp(t, `^\{"run_id":"r","ts":\d+(\.\d+)?\}$`, e.data)
				require.Empty(t, e.id)
				return
			default:
				require.Equal(t, "snapshot", e.name)
			}
		case <-silence.C:
			require.FailNow(t, "silent for over 4 s")
		}
	}
}

func TestAllWatchesShareOneConsumer(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putState(t, "r", "RUNNING", 1)
	consumers := func() int {
		stream, err := rig.js.Stream(t.Context(), "KV_pyoco_runs")
		require.NoError(t, err)
		info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter(">"))
		require.NoError(t, err)
		return info.State.Consumers
	}
	before := consumers()
	require.Equal(t, 1, before)
	var watches []*eventStream
	for range 50 {
		watches = append(watches, rig.watch(t, "/runs/r/watch"))
	}
	for _, s := range watches {
		s.snapshot(t)
	}
	require.Equal(t, before, consumers())
	rig.putState(t, "r", "COMPLETED", 2)
	for _, s := range watches {
		require.Equal(t, "COMPLETED", s.snapshot(t)["status"])
	}
	require.Equal(t, before, consumers())
}

func TestAWatchGoesOnOverAnOutageOfNATS(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putState(t, "r", "RUNNING", 1)
	events := rig.watch(t, "/runs/r/watch?until=terminal")
	require.Equal(t, "RUNNING", events.snapshot(t)["status"])
	rig.nats.Restart(t)
	require.Eventually(t, func() bool {
		_, err := rig.js.AccountInfo(t.Context())
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	rig.putState(t, "r", string(pyoco.StatusCompleted), 2)
	require.Equal(t, "COMPLETED", events.snapshot(t)["status"])
	events.ended(t)
}

func TestAWatchWhoseChangesAreAllTooOldStillSendsSignsOfLife(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putState(t, "r", "RUNNING", 1)
	events := rig.watch(t, "/runs/r/watch?since=1e12")
	ticker, silence := time.NewTicker(200*time.Millisecond), time.NewTimer(10*time.Second)
	defer ticker.Stop()
	defer silence.Stop()
	for comments, updated := 0, 2.0; comments < 3; updated++ { // the first is there at once
		select {
		case <-ticker.C:
			rig.putState(t, "r", "RUNNING", updated)
		case e := <-events.events:
			require.True(t, e.comment)
			comments++
		case <-silence.C:
			require.FailNow(t, "silent although the run changes")
		}
	}
}
