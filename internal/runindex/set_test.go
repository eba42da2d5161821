// This file owns the tests of the ordered set at sizes where leaves split, join
// and go, which the tests through the index hardly reach.

package runindex

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// place is an entry of the naive set: a sorted slice.
type place struct {
	order float64
	key   string
	slot  uint32
}

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.key, b.key))
}

// setModel drives a set and a sorted slice alike.
type setModel struct {
	set    orderedSet
	keys   []string // by slot
	places []place
}

func (m *setModel) bound(order float64, key string) *bound {
	return &bound{rank: rankOf(order), prefix: prefixOf(key), key: key, keyOf: func(slot uint32) string { return m.keys[slot] }}
}

func (m *setModel) insert(order float64, key string) {
	p := place{order: order, key: key, slot: uint32(len(m.keys))}
	m.keys = append(m.keys, key)
	m.set.insert(p.slot, m.bound(order, key), []uint32{p.slot})
	i, _ := slices.BinarySearchFunc(m.places, p, comparePlaces)
	m.places = slices.Insert(m.places, i, p)
}

func (m *setModel) removeAt(i int) {
	p := m.places[i]
	m.set.remove(m.bound(p.order, p.key))
	m.keys[p.slot] = "gone" // nothing may look at it any more
	m.places = slices.Delete(m.places, i, i+1)
}

func (m *setModel) check(t *testing.T) {
	t.Helper()
	require.Equal(t, len(m.places), m.set.size)
	require.Len(t, m.set.lows, max(len(m.set.leaves)-1, 0))
	for i, leaf := range m.set.leaves {
		require.NotEmpty(t, leaf.items)
		require.LessOrEqual(t, len(leaf.items), leafSize)
		if i > 0 {
			require.Equal(t, leaf.items[0], m.set.lows[i-1])
		}
	}
	require.Equal(t, m.walk(nil), m.naiveWalk(len(m.places)))
	for range 20 {
		p := place{order: rand.Float64() * 1000, key: fmt.Sprint(rand.IntN(10))}
		if len(m.places) > 0 && rand.IntN(2) == 0 {
			p = m.places[rand.IntN(len(m.places))]
		}
		i, _ := slices.BinarySearchFunc(m.places, p, comparePlaces)
		b := m.bound(p.order, p.key)
		require.Equal(t, len(m.places)-i, m.set.countFrom(b))
		require.Equal(t, m.naiveWalk(i), m.walk(b))
	}
}

func (m *setModel) walk(below *bound) []uint32 {
	var slots []uint32
	for l := range m.set.descend(below) {
		for i, it := range slices.Backward(l.items) {
			slots = append(slots, it.slot)
			if l.rows[i] != it.slot {
				return nil // the rows have not moved with the items
			}
		}
	}
	return slots
}

func (m *setModel) naiveWalk(from int) []uint32 {
	var slots []uint32
	for _, p := range slices.Backward(m.places[:from]) {
		slots = append(slots, p.slot)
	}
	return slots
}

func TestSetStaysTheSortedListWhateverTheOrderOfItsChanges(t *testing.T) {
	t.Parallel()
	const size = 6 * leafSize
	next := 0.0
	for name, order := range map[string]func() float64{
		"at the top":    func() float64 { next++; return next },
		"at the bottom": func() float64 { next--; return next },
		"anywhere":      func() float64 { return rand.Float64() * 1000 },
		"mostly equal":  func() float64 { return float64(rand.IntN(3)) },
		"infinite":      func() float64 { return math.Inf(rand.IntN(2)*2 - 1) },
	} {
		for _, keys := range []string{"%d", "same prefix %d"} {
			next = 0
			m := &setModel{}
			for i := range size {
				m.insert(order(), fmt.Sprintf(keys, i))
			}
			m.check(t)
			for i := range 2 * size { // moves, as updates are
				m.removeAt(rand.IntN(len(m.places)))
				m.insert(order(), fmt.Sprintf(keys, size+i))
			}
			m.check(t)
			for len(m.places) > 0 {
				m.removeAt([]int{0, len(m.places) - 1, rand.IntN(len(m.places))}[rand.IntN(3)])
				if len(m.places)%(size/8) == 0 {
					m.check(t)
				}
			}
			require.Empty(t, m.set.leaves, name)
		}
	}
}

func TestKeysThatAreShortOrHoldZerosKeepTheirOrder(t *testing.T) {
	t.Parallel()
	m := &setModel{}
	for _, key := range []string{"", "\x00", "\x00\x00\x00\x00\x00", "a", "a\x00", "a\x00\x00\x00", "a\x00\x00\x00\x00", "b", "\xff\xff\xff\xff", "\xff"} {
		m.insert(1, key)
	}
	m.check(t)
}

func TestLeavesStayHalfFullWhenEntriesMoveToTheTop(t *testing.T) {
	t.Parallel()
	const size = 20 * leafSize
	m := &setModel{}
	for i := range size {
		m.insert(float64(i), fmt.Sprint(i))
	}
	for i := range 2 * size {
		m.removeAt(rand.IntN(len(m.places)))
		m.insert(float64(size+i), fmt.Sprint(size+i))
	}
	require.Less(t, len(m.set.leaves), 2*size/leafSize)
}
