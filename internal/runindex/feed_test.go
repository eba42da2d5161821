// This file owns the tests of feeds.

package runindex_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/runindex"
)

func changesOf(changes []runindex.Update[string]) (keys []string) {
	for _, u := range changes {
		key := fmt.Sprintf("%s@%d", u.Entry.Key, u.Entry.Revision)
		if u.Removed {
			key += " removed"
		}
		keys = append(keys, key)
	}
	return keys
}

func TestAFeedTellsTheNewestChangeOfEachKeyInOrder(t *testing.T) {
	t.Parallel()
	x := runindex.New[string]()
	put := func(key string, revision uint64) {
		require.True(t, x.Apply(runindex.Entry[string]{Key: key, Revision: revision}, []byte("payload")))
	}
	put("before", 1)
	f := x.Feed(10)
	defer f.Close()
	changes, lost := f.Take()
	require.Empty(t, changes)
	require.False(t, lost)
	put("a", 2)
	put("b", 3)
	put("a", 4)
	require.True(t, x.Remove("before", 5))
	require.False(t, x.Apply(runindex.Entry[string]{Key: "b", Revision: 3}, nil), "it is known")
	<-f.C()
	changes, lost = f.Take()
	require.Equal(t, []string{"b@3", "a@4", "before@5 removed"}, changesOf(changes))
	require.False(t, lost)
	changes, _ = f.Take()
	require.Empty(t, changes)
}

func TestAFeedThatIsNotTakenSaysThatItHasLostSome(t *testing.T) {
	t.Parallel()
	x := runindex.New[string]()
	f, closed := x.Feed(2), x.Feed(2)
	closed.Close()
	for i, key := range []string{"a", "b", "c", "a"} {
		x.Apply(runindex.Entry[string]{Key: key, Revision: uint64(i + 1)}, nil)
	}
	changes, lost := f.Take()
	require.Equal(t, []string{"b@2", "a@4"}, changesOf(changes))
	require.True(t, lost)
	x.Apply(runindex.Entry[string]{Key: "c", Revision: 9}, nil)
	changes, lost = f.Take()
	require.Equal(t, []string{"c@9"}, changesOf(changes))
	require.False(t, lost)
	changes, _ = closed.Take()
	require.Empty(t, changes)
	f.Close()
	f.Close()
}

func TestAFeedIsToldWhenTheIndexWasReadAnew(t *testing.T) {
	t.Parallel()
	x := runindex.New[string]()
	f := x.Feed(2)
	defer f.Close()
	x.Apply(runindex.Entry[string]{Key: "a", Revision: 7}, nil)
	build := x.Rebuild()
	build.Apply(runindex.Entry[string]{Key: "a", Revision: 1}, nil)
	build.Swap()
	<-f.C()
	changes, lost := f.Take()
	require.Empty(t, changes, "older than what is there now")
	require.True(t, lost)
}
