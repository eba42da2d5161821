//go:build linux

// This file owns the power cut: the whole system stops at one moment, and what its disk had not synced is gone.

package chaos

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// acceptedBefore is how many runs are accepted before the power goes.
const acceptedBefore = 200

func TestAPowerCutLosesNothingByDefault(t *testing.T) {
	verdict := cutPower(t, 0)
	require.Zero(t, len(verdict.Violations), "violations, as listed above")
}

// TestAPowerCutLosesWhatIsSyncedLater shows that the cut is one: without it, the test above would prove nothing.
func TestAPowerCutLosesWhatIsSyncedLater(t *testing.T) {
	verdict := cutPower(t, 2*time.Minute)
	require.Positive(t, verdict.Lost)
}

// cutPower submits to a system on a disk of its own, cuts the power amid it, starts everything again, and judges.
func cutPower(t *testing.T, syncInterval time.Duration) report {
	t.Helper()
	seed := seedOf(t)
	d := newDisk(t)
	dir, log := workplace(t)
	s := startSystem(t, dir, log, part{Store: d.folder, SyncInterval: syncInterval})
	clients, err := newCrowd(t.Context(), s, seed, acceptedBefore*3)
	require.NoError(t, err)
	working, stop := context.WithTimeout(t.Context(), startTime)
	defer stop()
	var submitting errgroup.Group
	for _, c := range clients.clients {
		submitting.Go(func() error { c.run(working); return nil })
	}
	for s.journal.accepted() < acceptedBefore {
		require.True(t, pause(working, time.Millisecond), "too few runs were accepted")
	}

	s.nats.process.pause() // a machine without power acknowledges nothing
	d.cut(t)
	for _, u := range s.all() {
		u.kill()
	}
	stop()
	_ = submitting.Wait()
	d.unmount(t)
	d.mount(t)
	for _, u := range s.all() {
		require.NoError(t, u.start(t.Context()))
	}
	verdict := conclude(t, s, clients)
	return verdict
}
