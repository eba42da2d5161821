// This file owns the tests of the rules that the property test doesn't reach:
// unusual values, removals in great number, and readers beside a writer.

package runindex_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/runindex"
)

func entry(key string, revision uint64, order float64, facets ...string) runindex.Entry[int] {
	return runindex.Entry[int]{Key: key, Revision: revision, Order: order, Facets: facets}
}

func keysOf(page []runindex.Entry[int]) []string {
	var keys []string
	for _, e := range page {
		keys = append(keys, e.Key)
	}
	return keys
}

func TestUnknownFacetsAndValuesFindNothing(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]("status")
	x.Apply(entry("a", 1, 1, "RUNNING"), nil)

	for facet, value := range map[string]string{"colour": "red", "status": "FAILED", "": ""} {
		assert.Empty(t, x.Page(runindex.Query{Limit: 10, Filter: map[string]string{facet: value}}))
		assert.Zero(t, x.Count(facet, value))
		assert.Zero(t, x.CountSince(facet, value, 0))
	}
	assert.Empty(t, x.Counts("colour"))
	assert.Equal(t, map[string]int{"RUNNING": 1}, x.Counts("status"))
}

func TestMissingFacetsAreNoneAndSurplusOnesIgnored(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]("status", "flow")
	x.Apply(entry("few", 1, 1, "RUNNING"), nil)
	x.Apply(entry("many", 2, 2, "RUNNING", "main", "surplus"), nil)

	few, _ := x.Get("few")
	assert.Equal(t, []string{"RUNNING", ""}, few.Facets)
	many, _ := x.Get("many")
	assert.Equal(t, []string{"RUNNING", "main"}, many.Facets)
	assert.Equal(t, map[string]int{"main": 1}, x.Counts("flow"))
}

func TestValuesThatNoEntryHasLeaveTheCounts(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]("status")
	for i := range uint64(100) {
		x.Apply(entry("a", i+1, 1, fmt.Sprint("s", i)), nil)
	}
	assert.Equal(t, map[string]int{"s99": 1}, x.Counts("status"))
	x.Remove("a", 101)
	assert.Empty(t, x.Counts("status"))
	assert.Zero(t, x.Len())
}

func TestOrdersThatAreNoNumberSortLast(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]("status")
	x.Apply(entry("nan", 1, math.NaN(), "s"), nil)
	x.Apply(entry("zero", 2, 0, "s"), nil)
	x.Apply(entry("inf", 3, math.Inf(1), "s"), nil)
	assert.Equal(t, []string{"inf", "zero", "nan"}, keysOf(x.Page(runindex.Query{Limit: 10})))
	x.Apply(entry("nan", 4, 5, "s"), nil)
	x.Remove("inf", 5)
	assert.Equal(t, []string{"nan", "zero"}, keysOf(x.Page(runindex.Query{Limit: 10})))
}

func TestRemovedKeyComesBackOnlyByANewerRevision(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]()
	x.Apply(entry("a", 5, 1), nil)
	assert.False(t, x.Remove("a", 5))
	assert.True(t, x.Remove("a", 7))
	assert.False(t, x.Remove("a", 7))
	assert.False(t, x.Apply(entry("a", 6, 1), nil))
	assert.False(t, x.Apply(entry("a", 7, 1), nil))
	assert.True(t, x.Apply(entry("a", 8, 1), nil))
}

func TestRemovalAheadOfTheFeedHidesOnlyItsOwnKey(t *testing.T) {
	t.Parallel()
	x := runindex.New[int]()
	x.Remove("a", 12)
	assert.False(t, x.Apply(entry("a", 10, 1), nil))
	assert.True(t, x.Apply(entry("b", 11, 1), nil))
}

func TestRemovalsAreNotForgottenHoweverManyFollow(t *testing.T) {
	t.Parallel()
	const many = 50_000
	x := runindex.New[int]()
	for i := range uint64(many) {
		x.Apply(entry(fmt.Sprint(i), 2*i+1, 1), nil)
		x.Remove(fmt.Sprint(i), 2*i+2)
	}
	for i := range uint64(many) {
		require.False(t, x.Apply(entry(fmt.Sprint(i), 2*i+1, 1), nil))
	}
	assert.True(t, x.Apply(entry("0", 2*many+1, 1), nil))
}

func TestKeyRemovedAgainIsNotForgottenWithItsFirstRemoval(t *testing.T) {
	t.Parallel()
	const many = 16_384 // as many as are remembered
	x := runindex.New[int]()
	x.Remove("a", 1)
	for i := range uint64(many - 1) {
		x.Remove(fmt.Sprint(i), i+2)
	}
	x.Remove("a", 2*many)
	assert.False(t, x.Apply(entry("a", 2*many-1, 1), nil))
	assert.True(t, x.Apply(entry("b", 2, 1), nil), "only the first removal has become the floor")
}

func TestRemovedEntryIsLetGo(t *testing.T) {
	t.Parallel()
	x := runindex.New[*[64]byte]()
	value := new([64]byte)
	kept := weak.Make(value)
	x.Apply(runindex.Entry[*[64]byte]{Key: "a", Revision: 1, Value: value}, nil)
	runtime.KeepAlive(value)
	x.Remove("a", 2)
	runtime.GC()
	assert.Nil(t, kept.Value())
	runtime.KeepAlive(x)
}

// A reader pages through everything while others change and remove their own
// entries: those left alone are seen once each, and no key twice out of order.
func TestCursorWalkSeesUnchangedEntriesOnceBesideChanges(t *testing.T) {
	t.Parallel()
	const still, moving = 4000, 1000
	x := runindex.New[int]("kind", "half")
	for i := range still {
		x.Apply(entry(fmt.Sprint("still", i), 1, float64(i/3), "still", fmt.Sprint(i%2)), nil)
	}
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 0))
			for revision := uint64(2); ; revision++ {
				select {
				case <-stop:
					return
				default:
				}
				key := fmt.Sprint("moving", w, r.IntN(moving))
				if r.IntN(3) == 0 {
					x.Remove(key, revision)
				} else {
					x.Apply(entry(key, revision, r.Float64()*still/3, "moving", "0"), nil)
				}
			}
		})
	}
	for _, filter := range []map[string]string{nil, {"kind": "still"}, {"half": "0"}, {"kind": "still", "half": "1"}} {
		q := runindex.Query{Limit: 37, Filter: filter}
		seen := map[string]int{}
		for page := x.Page(q); len(page) > 0; page = x.Page(q) {
			for _, e := range page {
				if e.Facets[0] == "still" {
					seen[e.Key]++
				}
			}
			last := page[len(page)-1]
			q.Before = &runindex.Cursor{Order: last.Order, Key: last.Key}
		}
		want := still
		if filter["half"] != "" {
			want = still / 2
		}
		assert.Len(t, seen, want)
		for key, times := range seen {
			require.Equal(t, 1, times, key)
		}
	}
	close(stop)
	writers.Wait()
}
