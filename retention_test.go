// This file owns the tests of the retention of runs, and of the markers that removed ones leave.

package pyoco

import (
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
)

// ended stores a run that has ended.
func (rig *workerRig) ended(status Status) *Run {
	rig.t.Helper()
	run := rig.newRun("main", "{}")
	run.Status, run.EndTime = status, run.UpdatedAt
	return rig.store(run)
}

// kept are the ids of the runs in the bucket.
func (rig *workerRig) kept() []string {
	rig.t.Helper()
	kv, err := rig.jet.JetStream().KeyValue(rig.t.Context(), rig.resources.RunsBucket)
	require.NoError(rig.t, err)
	lister, err := kv.ListKeys(rig.t.Context())
	require.NoError(rig.t, err)
	var kept []string
	for key := range lister.Keys() {
		kept = append(kept, key)
	}
	return kept
}

func TestRunsThatEndedTooLongAgoAreRemoved(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	ended := map[string]*Run{}
	for _, status := range []Status{StatusCompleted, StatusFailed, StatusCancelled} {
		run := rig.ended(status)
		ended[run.ID] = run
	}
	open := []string{rig.submit("main", "{}"), rig.left(nil).ID}
	approval := rig.newRun("main", "{}")
	approval.Status = StatusPendingApproval
	open = append(open, rig.store(approval).ID)
	g := rig.sweep(GatewayConfig{RunRetention: 1500 * time.Millisecond, RunLease: time.Hour, SweepPeriod: 50 * time.Millisecond})
	g.swept(rig)
	require.Len(t, rig.kept(), 6, "not yet")
	rig.eventually("removed", func() bool { return len(rig.kept()) == 3 })
	require.ElementsMatch(t, open, rig.kept())
	rig.eventually("gone from the index", func() bool { return g.index.Len() == 3 })
	for id := range ended {
		_, err := g.Get(t.Context(), id)
		require.ErrorIs(t, err, ErrNotFound)
	}
	acted(t, 3, actionRunRemoved, g)
	rig.rewrite(open[1], func(r *Run) { require.NoError(t, r.finish(StatusFailed, "", time.Now())) })
	require.Contains(t, rig.kept(), open[1], "its age counts from its end")
	rig.eventually("removed", func() bool { return len(rig.kept()) == 2 })
}

func TestOfTooManyRunsThoseThatEndedFirstAreRemovedByAnyOfSeveralGateways(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	first := rig.submit("main", "{}") // open, and so older than all that may go
	var ended []string
	for range 60 {
		ended = append(ended, rig.ended(StatusCompleted).ID)
	}
	const limit = 21
	gateways := []*rigGateway{rig.sweep(GatewayConfig{MaxRunsKept: limit}), rig.sweep(GatewayConfig{MaxRunsKept: limit})}
	rig.eventually("removed", func() bool { return len(rig.kept()) <= limit })
	gateways[0].swept(rig)
	kept := rig.kept()
	require.GreaterOrEqual(t, len(kept), limit-1, "at the end, each of two may have removed one")
	require.Contains(t, kept, first)
	want := append(slices.Clone(ended[60-(len(kept)-1):]), first)
	require.ElementsMatch(t, want, kept, "the newest stay")
	acted(t, 61-len(kept), actionRunRemoved, gateways...)
	rig.ended(StatusFailed)
	rig.eventually("and so on", func() bool { return len(rig.kept()) <= limit })
}

func TestRunsAreKeptForEverByDefault(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.sweep(GatewayConfig{})
	rig.ended(StatusCompleted)
	g.swept(rig)
	require.Len(t, rig.kept(), 1)
	full, err := g.retained.batch(t.Context())
	require.NoError(t, err)
	require.False(t, full)
}

func TestTheJobOfARemovedRunGoesWithIt(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	run := rig.newRun("main", "{}")
	run.Status, run.JobSeq = StatusCompleted, 1
	rig.store(run)
	rig.queue(run, "", false, run.ID)
	other := rig.newRun("main", "{}")
	other.Status, other.JobSeq = StatusCompleted, 2 // of a queue that was before this one
	rig.store(other)
	open := rig.submit("main", "{}")
	rig.sweep(GatewayConfig{RunRetention: time.Millisecond})
	rig.eventually("removed", func() bool { return len(rig.kept()) == 1 })
	rig.waitJobs(1)
	require.Equal(t, open, rig.queued()[0].RunID)
	letters, err := rig.jet.StreamMessages(t.Context(), rig.resources.DeadLetterStream)
	require.NoError(t, err)
	require.Zero(t, letters)
}

func TestARunThatIsWrittenWhileItIsJudgedStays(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.sweep(GatewayConfig{SweepPeriod: time.Hour, RunRetention: time.Nanosecond})
	run := rig.ended(StatusCompleted)
	message, err := rig.jet.Message(t.Context(), rig.runs.bucket.Stream(), run.Revision)
	require.NoError(t, err)
	rig.rewrite(run.ID, func(r *Run) { r.touch(time.Now()) }) // as a Python worker repeats its last snapshot
	done, err := g.retained.remove(t.Context(), g.retained.ended(message))
	require.NoError(t, err)
	require.False(t, done)
	require.Equal(t, []string{run.ID}, rig.kept())
	full, err := g.retained.batch(t.Context())
	require.NoError(t, err)
	require.False(t, full)
	require.Empty(t, rig.kept(), "its newest revision is met further on")
}

func TestRetentionFollowsABucketWithHistoryAndOneThatWasMadeAnew(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{RunsBucket: "other"})
	_, err := rig.jet.JetStream().CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "deep", History: 64})
	require.NoError(t, err)
	rig.resources.RunsBucket = "deep"
	rig.runs.bucket = rig.jet.Bucket("deep")
	g := rig.sweep(GatewayConfig{RunRetention: time.Millisecond, SweepPeriod: 50 * time.Millisecond, RunLease: time.Hour})
	for round := range 2 {
		if round == 1 {
			require.NoError(t, rig.jet.JetStream().DeleteKeyValue(t.Context(), "deep"))
			_, err = rig.jet.JetStream().CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "deep", History: 64})
			require.NoError(t, err)
			rig.server.Restart(t) // the watch looks after a reconnect at the latest
			rig.eventually("read anew", func() bool { return g.jet.Connected() && g.index.Len() == 0 })
		}
		run := rig.left(nil)
		for range 5 {
			rig.rewrite(run.ID, func(r *Run) { r.touch(time.Now()) })
		}
		open := rig.left(nil)
		rig.rewrite(run.ID, func(r *Run) { require.NoError(t, r.finish(StatusCompleted, "", time.Now())) })
		rig.eventually("removed", func() bool { return slices.Equal(rig.kept(), []string{open.ID}) })
		entry, err := rig.runs.bucket.Latest(t.Context(), run.ID)
		require.NoError(t, err)
		require.True(t, entry.Deleted)
	}
}

func TestRetentionWorksWhereTheNewestRevisionOfTheBucketIsGone(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	_, second, last := rig.ended(StatusCompleted), rig.ended(StatusCompleted), rig.ended(StatusCompleted)
	require.NoError(t, rig.runs.bucket.Purge(t.Context(), last.ID, last.Revision))
	marker, err := rig.runs.bucket.Latest(t.Context(), last.ID)
	require.NoError(t, err)
	removed, err := rig.runs.bucket.RemoveMarker(t.Context(), marker.Revision)
	require.NoError(t, err)
	require.True(t, removed)
	rig.sweep(GatewayConfig{MaxRunsKept: 1})
	rig.eventually("removed", func() bool { return slices.Equal(rig.kept(), []string{second.ID}) })
}

func TestMarkersThatStayAreRemovedInTime(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{RunsBucket: "other"})
	_, err := rig.jet.EnsureBucket(t.Context(), jetstream.KeyValueConfig{Bucket: "plain", History: 1}) // as a Python gateway makes it
	require.NoError(t, err)
	rig.resources.RunsBucket = "plain"
	rig.runs.bucket = rig.jet.Bucket("plain")
	g := rig.sweep(GatewayConfig{SweepPeriod: time.Hour})
	back := rig.ended(StatusCompleted)
	for _, run := range []*Run{rig.ended(StatusCompleted), back, rig.ended(StatusCompleted)} {
		require.NoError(t, rig.runs.bucket.Purge(t.Context(), run.ID, run.Revision))
	}
	markers := g.retained.markers
	rig.eventually("seen", func() bool {
		markers.mu.Lock()
		defer markers.mu.Unlock()
		return len(markers.markers) == 3
	})
	back.Revision = 0
	rig.store(back) // made again over its marker
	require.NoError(t, markers.sweep(t.Context()))
	keys, err := rig.runs.bucket.Keys(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 3, "not before their time")
	for i := range markers.markers {
		markers.markers[i].since = time.Now().Add(-jet.MarkerTTL)
	}
	require.NoError(t, markers.sweep(t.Context()))
	keys, err = rig.runs.bucket.Keys(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{back.ID}, keys)
	acted(t, 2, actionMarkerRemoved, g)
	require.Empty(t, markers.markers)
	require.Equal(t, back.ID, rig.read(back.ID).ID)
}
