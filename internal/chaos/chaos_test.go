//go:build unix

// This file owns the test itself: submit and injure, heal, wait for the end, judge.

package chaos

import (
	"context"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco"
)

// settleTime is how long every run may take to end once all is healed: a lease, an AckWait and the sweeper's periods,
// several times over.
const settleTime = 90 * time.Second

// TestNothingIsLostDoubledOrStuck has the machine for itself: it runs beside no other test of the package.
func TestNothingIsLostDoubledOrStuck(t *testing.T) {
	seed := seedOf(t)
	dir, log := workplace(t)
	length, limit, budget := *flagTime, *flagTime, int64(math.MaxInt64)
	if *flagRuns > 0 {
		budget = *flagRuns
		length = time.Duration(budget) * time.Second / 100 // about as long as they will take
		limit = 10 * length
	}
	// A killed process loses nothing that the system has: without fsync, the machine is left to what is tested.
	s := startSystem(t, dir, log, part{
		Store: filepath.Join(dir, "store"), SyncInterval: 2 * time.Minute, MaxStore: storeLimit(length),
	})
	clients, err := newCrowd(t.Context(), s, seed, budget)
	require.NoError(t, err)
	abuse(t, s, clients, seed, limit)
	verdict := conclude(t, s, clients)
	require.Zero(t, len(verdict.Violations), "violations, as listed above")
	require.Positive(t, min(verdict.Accepted, verdict.Completed, verdict.Failed, verdict.Cancelled, verdict.WorkerKills),
		"too little has happened")
}

// conclude waits for the end of all runs, ends everything, and judges what was recorded.
func conclude(t *testing.T, s *system, clients *crowd) report {
	t.Helper()
	settled := settle(t, s)
	clients.end()
	for _, u := range s.parts() {
		u.end()
	}
	h := &s.journal.h
	s.withJetStream(t, func(js jetstream.JetStream) {
		var err error
		require.NoError(t, readLeft(t.Context(), js, h))
		h.Revisions, err = readRevisions(t.Context(), js)
		require.NoError(t, err)
	})
	s.endNATS(t)
	require.NoError(t, s.journal.readDiaries(s.dir))
	require.NoError(t, s.journal.save(s.dir))
	verdict := check(h)
	t.Logf("settled in %s, logs and history in %s\n%s", settled.Round(10*time.Millisecond), s.dir, verdict)
	return verdict
}

// command runs a program that must succeed.
func command(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...).CombinedOutput()
	require.NoError(t, err, "%s %v: %s", name, args, out)
}

// workplace is a folder that stays where the test failed or is asked to keep it, and the driver's log in it.
func workplace(t *testing.T) (string, *slog.Logger) {
	t.Helper()
	dir, err := os.MkdirTemp("", "pyoco-chaos-") //nolint:usetesting // it is to stay where the test fails
	require.NoError(t, err)
	file, err := os.Create(filepath.Join(dir, "driver.log"))
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, file.Close())
		if !t.Failed() && !*flagKeep {
			assert.NoError(t, os.RemoveAll(dir))
		}
	})
	return dir, slog.New(slog.NewTextHandler(file, nil))
}

// abuse submits and injures until the time has passed or the budget is spent, and returns when all is healed.
func abuse(t *testing.T, s *system, all *crowd, seed uint64, limit time.Duration) {
	t.Helper()
	working, stop := context.WithTimeout(t.Context(), limit)
	defer stop()
	var submitting, injuring errgroup.Group
	for _, c := range all.clients {
		submitting.Go(func() error { c.run(working); return nil })
	}
	for _, b := range newSaboteurs(s, seed) {
		injuring.Go(func() error { return b.run(working) })
	}
	_ = submitting.Wait()
	stop()
	require.NoError(t, injuring.Wait())
}

// settle waits until the queue is empty and no gateway lists a run that has not ended, at most settleTime, and notes
// what each lists then.
func settle(t *testing.T, s *system) time.Duration {
	t.Helper()
	began := time.Now()
	until := func(settled func() bool) {
		for !settled() && time.Since(began) < settleTime {
			pause(t.Context(), 50*time.Millisecond)
		}
	}
	s.withJetStream(t, func(js jetstream.JetStream) {
		until(func() bool {
			stream, err := js.Stream(t.Context(), workStream)
			return err == nil && stream.CachedInfo().State.Msgs == 0
		})
	})
	s.journal.h.Lists = map[string]map[string]pyoco.Status{}
	for i, url := range s.servers {
		server, err := pyoco.NewClient(url, pyoco.ClientConfig{})
		require.NoError(t, err)
		defer server.Close()
		until(func() bool {
			n, err := unfinished(t.Context(), server)
			return err == nil && n == 0
		})
		s.journal.h.Lists[s.gateways[i].part.Name], err = listed(t.Context(), server)
		require.NoError(t, err)
	}
	return time.Since(began)
}
