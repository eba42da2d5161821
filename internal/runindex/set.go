// This file owns the ordered set of entries: where an entry belongs, how many lie
// above a place, and the walk downwards. What it is made of is in leaf.go.

package runindex

import (
	"iter"
	"slices"
)

// Two neighbouring leaves are joined when they fit into this, which leaves room
// for some inserts before the next split.
const joinSize = leafSize * 7 / 8

// orderedSet holds items in ascending order, in a list of leaves with a list of
// their lowest items: a B-tree of two levels. The libraries' B-trees (tidwall,
// google) give no rank of a key, call a comparison function for each step and
// leave leaves half empty when entries arrive in order, which they mostly do.
// Two levels suffice: at 1,000,000 items the upper one has 4,000 to 8,000
// elements, and a rank adds up the shorter part of it in two microseconds at
// most. The zero value is empty.
//
// A set may keep the rows of its entries' facet values beside the items, so that
// they can be read in order; it is given them at insert then, each time.
type orderedSet struct {
	leaves []leaf // none of them empty
	lows   []item // lows[i] is the first item of leaves[i+1]
	size   int
}

// find returns the leaf and the index in it of the first item that is not below
// the bound. The index is past the leaf's end where that item would be the next
// leaf's first, or there is none.
func (s *orderedSet) find(b *bound) (leaf, i int) {
	if len(s.leaves) == 0 {
		return 0, 0
	}
	last := len(s.lows)
	if last > 0 && !b.below(s.lows[last-1]) { // most changes are in the last leaf
		leaf = search(s.lows, b)
		if b.at(s.lows[leaf]) {
			return leaf + 1, 0
		}
		return leaf, search(s.leaves[leaf].items, b)
	}
	items := s.leaves[last].items
	if top := len(items) - 1; top >= 0 && b.below(items[top]) { // and most new places at its end
		return last, len(items)
	}
	return last, search(items, b)
}

// search returns the number of items below the bound.
func search(items []item, b *bound) int {
	lo, hi := 0, len(items)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if b.below(items[mid]) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// insert adds an entry at its place. It must not be in the set.
func (s *orderedSet) insert(slot uint32, at *bound, row []uint32) {
	it := item{rank: at.rank, prefix: at.prefix, slot: slot}
	s.size++
	if len(s.leaves) == 0 {
		s.leaves = append(s.leaves, leaf{})
	}
	leaf, i := s.find(at)
	if len(s.leaves[leaf].items) == leafSize {
		leaf, i = s.split(leaf, i, len(row))
	}
	s.leaves[leaf].insert(i, it, row)
	if i == 0 && leaf > 0 {
		s.lows[leaf-1] = it
	}
}

// split makes room in a full leaf and returns where its place i is now. At the top
// of the set, where most entries arrive, it leaves the full leaf full.
func (s *orderedSet) split(at, i, width int) (int, int) {
	if at == len(s.leaves)-1 && i == leafSize {
		s.leaves = append(s.leaves, leaf{
			items: make([]item, 0, leafSize),
			rows:  make([]uint32, 0, leafSize*width),
		})
		s.lows = append(s.lows, item{})
		return at + 1, 0
	}
	upper := s.leaves[at].halve()
	s.leaves = slices.Insert(s.leaves, at+1, upper)
	s.lows = slices.Insert(s.lows, at, upper.items[0])
	if half := len(s.leaves[at].items); i > half {
		return at + 1, i - half
	}
	return at, i
}

// remove takes out the entry at its place. It must be in the set.
func (s *orderedSet) remove(at *bound) {
	leaf, i := s.find(at)
	s.size--
	l := &s.leaves[leaf]
	l.remove(i)
	if len(l.items) == 0 {
		s.drop(leaf)
		return
	}
	if i == 0 && leaf > 0 {
		s.lows[leaf-1] = l.items[0]
	}
	if len(l.items) > leafSize/2 {
		return
	}
	if leaf+1 < len(s.leaves) && len(l.items)+len(s.leaves[leaf+1].items) <= joinSize {
		s.join(leaf)
	} else if leaf > 0 && len(l.items)+len(s.leaves[leaf-1].items) <= joinSize {
		s.join(leaf - 1)
	}
}

// join moves the items of the next leaf into this one.
func (s *orderedSet) join(leaf int) {
	l, next := &s.leaves[leaf], &s.leaves[leaf+1]
	l.items = append(l.items, next.items...)
	l.rows = append(l.rows, next.rows...)
	s.drop(leaf + 1)
}

func (s *orderedSet) drop(leaf int) {
	s.leaves = slices.Delete(s.leaves, leaf, leaf+1)
	if len(s.lows) > 0 {
		low := max(leaf-1, 0)
		s.lows = slices.Delete(s.lows, low, low+1)
	}
}

// countFrom returns the number of items that are not below the bound.
func (s *orderedSet) countFrom(b *bound) int {
	leaf, i := s.find(b)
	if leaf < len(s.leaves)/2 {
		below := i
		for l := range leaf {
			below += len(s.leaves[l].items)
		}
		return s.size - below
	}
	count := -i
	for l := leaf; l < len(s.leaves); l++ {
		count += len(s.leaves[l].items)
	}
	return count
}

// descend yields the leaves from the highest down, whose items are to be read
// from the end. It begins strictly below the bound, or at the top where that is
// nil; the first leaf may be empty. The set must not change meanwhile.
func (s *orderedSet) descend(below *bound) iter.Seq[leaf] {
	return func(yield func(leaf) bool) {
		if len(s.leaves) == 0 {
			return
		}
		at := len(s.leaves) - 1
		first := s.leaves[at]
		if below != nil {
			var i int
			at, i = s.find(below)
			first = s.leaves[at]
			first.items, first.rows = first.items[:i], first.rows[:i*first.width()]
		}
		if !yield(first) {
			return
		}
		for _, l := range slices.Backward(s.leaves[:at]) {
			if !yield(l) {
				return
			}
		}
	}
}
