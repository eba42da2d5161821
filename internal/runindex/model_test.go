// This file owns the property test: an index and a naive model get the same random
// changes and must give the same answers.

package runindex_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/runindex"
)

var facetNames = []string{"status", "flow", "tag", "rare"}

// model is the index as one would write it first: it answers by scanning.
type model struct {
	entries map[string]runindex.Entry[int]
	removed map[string]uint64
}

func newModel() *model {
	return &model{entries: map[string]runindex.Entry[int]{}, removed: map[string]uint64{}}
}

func (m *model) apply(e runindex.Entry[int]) bool {
	known, ok := m.entries[e.Key]
	if ok && e.Revision <= known.Revision || e.Revision <= m.removed[e.Key] {
		return false
	}
	m.entries[e.Key] = e
	return true
}

func (m *model) remove(key string, revision uint64) bool {
	known, ok := m.entries[key]
	if ok && revision <= known.Revision {
		return false
	}
	m.removed[key] = max(m.removed[key], revision)
	delete(m.entries, key)
	return ok
}

func (m *model) page(q runindex.Query) []runindex.Entry[int] {
	var page []runindex.Entry[int]
	for _, e := range m.entries {
		matches := q.After == nil || e.Order > *q.After
		if q.Before != nil && (e.Order > q.Before.Order || e.Order == q.Before.Order && e.Key >= q.Before.Key) {
			matches = false
		}
		for name, want := range q.Filter {
			f := slices.Index(facetNames, name)
			if f < 0 || want == "" || e.Facets[f] != want {
				matches = false
			}
		}
		if matches {
			page = append(page, e)
		}
	}
	slices.SortFunc(page, func(a, b runindex.Entry[int]) int {
		return -cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Key, b.Key))
	})
	return page[:min(len(page), max(q.Limit, 0))]
}

func (m *model) countSince(f int, value string, order float64) (n int) {
	for _, e := range m.entries {
		if e.Facets[f] == value && e.Order >= order {
			n++
		}
	}
	return n
}

// world makes random changes and questions.
type world struct {
	*rand.Rand

	keys     int
	revision uint64
}

func (w *world) key() string { return "run-" + strconv.Itoa(w.IntN(w.keys)) }

// order is coarse, so that many entries share one, and around zero.
func (w *world) order() float64 {
	order := float64(w.IntN(w.keys/4)-w.keys/8) / 2
	if order == 0 && w.IntN(2) == 0 {
		return math.Copysign(0, -1)
	}
	return order
}

func (w *world) facet(f int) string {
	values := []int{3, 10, 2, 500}[f]
	if v := w.IntN(values + 1); v > 0 {
		return facetNames[f] + strconv.Itoa(v)
	}
	return ""
}

// rev is mostly the next revision, now and then an old one.
func (w *world) rev() uint64 {
	if w.IntN(4) == 0 {
		return w.Uint64N(w.revision + 1)
	}
	w.revision++
	return w.revision
}

func (w *world) entry() runindex.Entry[int] {
	e := runindex.Entry[int]{Key: w.key(), Revision: w.rev(), Order: w.order(), Value: w.Int()}
	for f := range facetNames {
		e.Facets = append(e.Facets, w.facet(f))
	}
	return e
}

func (w *world) query() runindex.Query {
	q := runindex.Query{Limit: w.IntN(30) - 1}
	for f, name := range facetNames {
		if w.IntN(3) == 0 {
			if q.Filter == nil {
				q.Filter = map[string]string{}
			}
			q.Filter[name] = w.facet(f)
		}
	}
	if w.IntN(3) == 0 {
		q.After = new(w.order())
	}
	if w.IntN(2) == 0 {
		q.Before = &runindex.Cursor{Order: w.order(), Key: w.key()}
	}
	return q
}

// target is what changes go to: an index or a build of one.
type target interface {
	Apply(e runindex.Entry[int], payload []byte) bool
	Remove(key string, revision uint64) bool
}

func (w *world) change(t *testing.T, to target, m *model) {
	t.Helper()
	if w.IntN(4) == 0 {
		key, revision := w.key(), w.rev()
		require.Equal(t, m.remove(key, revision), to.Remove(key, revision))
		return
	}
	e := w.entry()
	require.Equal(t, m.apply(e), to.Apply(e, nil))
}

func (w *world) compare(t *testing.T, x *runindex.Index[int], m *model) {
	t.Helper()
	q := w.query()
	require.Equal(t, nilIfEmpty(m.page(q)), x.Page(q), "%+v", q)

	key := w.key()
	want, wantOK := m.entries[key]
	got, ok := x.Get(key)
	require.Equal(t, wantOK, ok)
	require.Equal(t, want, got)

	f := w.IntN(len(facetNames))
	if v, order := w.facet(f), w.order(); v != "" {
		require.Equal(t, m.countSince(f, v, order), x.CountSince(facetNames[f], v, order))
		require.Equal(t, m.countSince(f, v, math.Inf(-1)), x.Count(facetNames[f], v))
	}
}

func nilIfEmpty[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

func (m *model) counts(f int) map[string]int {
	counts := map[string]int{}
	for e := range maps.Values(m.entries) {
		if e.Facets[f] != "" {
			counts[e.Facets[f]]++
		}
	}
	return counts
}

func TestIndexAnswersAsAScanOfTheSameChangesWould(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := &world{Rand: rand.New(rand.NewPCG(seed, 0)), keys: []int{20, 300, 1000, 2000}[seed%4]}
			x, m := runindex.New[int](facetNames...), newModel()
			for range 4 {
				for range 1500 {
					w.change(t, x, m)
					if w.IntN(8) == 0 {
						w.compare(t, x, m)
					}
				}
				for f, name := range facetNames {
					require.Equal(t, m.counts(f), x.Counts(name))
				}
				require.Equal(t, len(m.entries), x.Len())

				// A rebuild, whose revisions begin anew: the old content stays
				// until the swap, and nothing of it after.
				build, next := x.Rebuild(), newModel()
				w.revision = 0
				for range 300 {
					w.change(t, build, next)
					w.compare(t, x, m)
				}
				build.Swap()
				m = next
				w.change(t, build, m)
			}
		})
	}
}
