// This file owns the tests of subscriptions, also across a rebuild.

package runindex_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/runindex"
)

func requireSilent(t *testing.T, s *runindex.Subscription[int]) {
	t.Helper()
	select {
	case <-s.C():
		require.Fail(t, "announced something")
	default:
	}
	_, ok := s.Latest()
	require.False(t, ok)
}

func requireAnnounced(t *testing.T, s *runindex.Subscription[int]) runindex.Update[int] {
	t.Helper()
	<-s.C()
	u, ok := s.Latest()
	require.True(t, ok)
	requireSilent(t, s)
	return u
}

func TestSubscriberGetsEachChangeWithItsPayloadAndNothingElse(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]("status")
	x.Apply(entry("a", 1, 1, "PENDING"), []byte("before"))
	s := x.Subscribe("a")
	defer s.Close()
	requireSilent(t, s)

	x.Apply(entry("a", 2, 2, "RUNNING"), []byte("two"))
	u := requireAnnounced(t, s)
	assert.Equal(t, entry("a", 2, 2, "RUNNING"), u.Entry)
	assert.Equal(t, "two", string(u.Payload))

	x.Apply(entry("a", 2, 9, "RUNNING"), []byte("again"))
	x.Apply(entry("b", 3, 3, "RUNNING"), []byte("other"))
	x.Remove("a", 1)
	x.Remove("b", 4)
	requireSilent(t, s)

	x.Remove("a", 5)
	u = requireAnnounced(t, s)
	assert.True(t, u.Removed)
	assert.Equal(t, "a", u.Entry.Key)
	assert.EqualValues(t, 5, u.Entry.Revision)
}

func TestSlowSubscriberSkipsToTheNewest(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]()
	s := x.Subscribe("a")
	defer s.Close()
	for revision := range uint64(1000) {
		x.Apply(entry("a", revision+1, 1), nil)
	}
	assert.EqualValues(t, 1000, requireAnnounced(t, s).Entry.Revision)
}

func TestSubscriptionsOfAKeyAreIndependent(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]()
	one, two := x.Subscribe("a"), x.Subscribe("a")
	x.Apply(entry("a", 1, 1), nil)
	requireAnnounced(t, one)

	one.Close()
	late := x.Subscribe("a")
	requireSilent(t, late)
	requireAnnounced(t, two)

	two.Close()
	late.Close()
	reborn := x.Subscribe("a")
	defer reborn.Close()
	one.Close() // again: it must not take the new one with it
	x.Apply(entry("a", 2, 1), nil)
	requireSilent(t, one)
	requireSilent(t, late)
	requireAnnounced(t, reborn)
}

func TestRebuildTellsSubscribersWhatBecameOfTheirKeys(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]()
	x.Apply(entry("changed", 7, 1), nil)
	x.Apply(entry("lost", 8, 1), nil)
	subs := map[string]*runindex.Subscription[int]{}
	for _, key := range []string{"changed", "lost", "new", "never"} {
		subs[key] = x.Subscribe(key)
		defer subs[key].Close()
	}
	build := x.Rebuild()
	build.Apply(entry("changed", 1, 5), []byte("not kept"))
	build.Apply(entry("new", 2, 6), nil)
	build.Apply(entry("removed", 3, 6), nil)
	build.Remove("removed", 4)
	for _, s := range subs {
		requireSilent(t, s)
	}
	assert.Equal(t, []string{"lost", "changed"}, keysOf(x.Page(runindex.Query{Limit: 9})))

	build.Swap()
	build.Swap()
	assert.Equal(t, []string{"new", "changed"}, keysOf(x.Page(runindex.Query{Limit: 9})))
	changed := requireAnnounced(t, subs["changed"])
	assert.EqualValues(t, 1, changed.Entry.Revision)
	assert.Nil(t, changed.Payload)
	assert.True(t, requireAnnounced(t, subs["lost"]).Removed)
	assert.EqualValues(t, 2, requireAnnounced(t, subs["new"]).Entry.Revision)
	requireSilent(t, subs["never"])

	// The feed may go on with the build.
	require.True(t, build.Apply(entry("new", 5, 7), []byte("p")))
	assert.Equal(t, "p", string(requireAnnounced(t, subs["new"]).Payload))
	require.True(t, build.Remove("new", 6))
	assert.True(t, requireAnnounced(t, subs["new"]).Removed)
}

// Many subscribe, read and wait for the last change while it is being written: none
// may wait for ever.
func TestSubscribeThenReadMissesNoChange(t *testing.T) {
	t.Parallel()
	const last = 300
	x := runindex.New[int]()
	var readers sync.WaitGroup
	for range 50 {
		readers.Go(func() {
			for range 20 {
				s := x.Subscribe("a")
				e, _ := x.Get("a")
				for e.Revision < last {
					<-s.C()
					if u, ok := s.Latest(); ok {
						e = u.Entry
					}
				}
				s.Close()
			}
		})
	}
	for revision := range uint64(last) {
		x.Apply(entry("a", revision+1, 1), nil)
	}
	readers.Wait()
}

func TestEverythingAtOnceIsFreeOfRaces(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]("status")
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range uint64(300) {
				key := []string{"a", "b", "c"}[i%3]
				s := x.Subscribe(key)
				x.Apply(entry(key, i*4+uint64(w), float64(i), "s"), nil)
				x.Page(runindex.Query{Limit: 5, Filter: map[string]string{"status": "s"}})
				x.Counts("status")
				s.Latest()
				s.Close()
				if i%50 == 0 {
					build := x.Rebuild()
					build.Apply(entry(key, 1, 1, "s"), nil)
					build.Swap()
				}
				x.Remove(key, i*4+uint64(w)+1)
			}
		})
	}
	all.Wait()
}
