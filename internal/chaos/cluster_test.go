//go:build unix

// This file owns the test of a cluster: each NATS server is killed in its turn, amid submissions.

package chaos

import (
	"cmp"
	"context"
	"flag"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

var (
	flagClusterRuns  = flag.Int("cluster.runs", 0, "how many runs a cluster must accept while its servers are killed; 0: there is no cluster")
	flagClusterKills = flag.Int("cluster.kills", 1, "how many of its servers are killed, each once: 1 to 3")
	flagClusterPause = flag.Duration("cluster.pause", time.Minute, "how long nothing may be accepted, where the machine itself does not stand still; an election takes JetStream 4 to 9 s")
)

// TestNothingIsLostWhileEachServerOfAClusterIsKilled has the machine for itself, too.
func TestNothingIsLostWhileEachServerOfAClusterIsKilled(t *testing.T) {
	if *flagClusterRuns == 0 {
		t.Skip("elections take their time: -cluster.runs says how many runs are to be made")
	}
	seed := seedOf(t)
	dir, log := workplace(t)
	s := startCluster(t, dir, log)
	clients, err := newCrowd(t.Context(), s, seed, math.MaxInt64)
	require.NoError(t, err)
	working, stop := context.WithCancel(t.Context())
	var submitting errgroup.Group
	for _, c := range clients.clients {
		submitting.Go(func() error { c.run(working); return nil })
	}
	end := func() { stop(); _ = submitting.Wait() }
	defer end()
	left := slices.Clone(s.nodes)
	for i := range *flagClusterKills {
		s.awaitAccepted(t, *flagClusterRuns*(i+1)/(*flagClusterKills+1))
		victim := s.hardestToMiss(t, left)
		left = slices.DeleteFunc(left, func(n *node) bool { return n == victim })
		away := span{From: now()}
		victim.kill(t)
		s.awaitAccepted(t, s.journal.accepted()+10)
		victim.start(t)
		victim.wait(t)
		away.To = now()
		s.journal.outage(away)
	}
	s.awaitAccepted(t, *flagClusterRuns)
	end()
	verdict := conclude(t, s, clients)
	require.Zero(t, len(verdict.Violations), "violations, as listed above")
	for _, away := range s.journal.h.Outages {
		pause := s.journal.longestPause(away)
		stood := s.journal.stood(pause)
		t.Logf("a server was away for %s: nothing was accepted for %s, of which the machine stood still for %s", away.length(), pause.length(), stood)
		require.Less(t, pause.length()-stood, *flagClusterPause)
	}
}

// hardestToMiss is the one of some nodes that leads the runs, else the queue, so that there is an election where there can
// be one.
func (s *system) hardestToMiss(t *testing.T, among []*node) *node {
	t.Helper()
	return cmp.Or(s.leader(t, "KV_"+runsBucket, among), s.leader(t, workStream, among), among[0])
}

// awaitAccepted returns when so many submissions were accepted.
func (s *system) awaitAccepted(t *testing.T, count int) {
	t.Helper()
	require.Eventually(t, func() bool { return s.journal.accepted() >= count }, settleTime, 20*time.Millisecond,
		"fewer than %d submissions were accepted", count)
}

// longestPause is the longest time between two submissions that were accepted, of those that meet a time.
func (n *journal) longestPause(during span) (longest span) {
	var at []moment
	for _, s := range n.h.Submissions {
		if s.Answer == accepted {
			at = append(at, s.Span.To)
		}
	}
	slices.Sort(at)
	for i, to := range at[min(1, len(at)):] {
		if between := (span{at[i], to}); between.meets(during) && between.length() > longest.length() {
			longest = between
		}
	}
	return longest
}

// stood is how long the process that was held up most stood still in a time, by a machine that is too busy.
func (n *journal) stood(during span) (most time.Duration) {
	for _, life := range n.h.Lives {
		sum := time.Duration(0)
		for _, stall := range life.Stalls {
			sum += max(0, span{max(stall.From, during.From), min(stall.To, during.To)}.length())
		}
		most = max(most, sum)
	}
	return most
}
