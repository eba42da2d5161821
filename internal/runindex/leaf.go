// This file owns what an ordered set is made of: items, their order, and the leaves
// that hold them.

package runindex

import (
	"math"
	"slices"
)

// leafSize items make a leaf: 4 KiB, within which inserting moves memory for some
// tens of nanoseconds.
const leafSize = 256

// item is an entry in a set. It holds enough of the sort key that comparing
// rarely has to look at the entry itself, and no pointer.
type item struct {
	rank   uint64 // of the order
	prefix uint32 // of the key
	slot   uint32
}

// bound is a place in the order: that of an entry, or one between entries.
type bound struct {
	rank   uint64
	prefix uint32
	key    string
	keyOf  func(slot uint32) string
}

// rankOf returns an order as an integer that sorts like it, which is cheaper to
// compare. It has no NaN.
func rankOf(order float64) uint64 {
	bits := math.Float64bits(order + 0) // makes one of the two zeros
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

// prefixOf returns the first four bytes of a key as a number that sorts like them.
func prefixOf(key string) uint32 {
	var p uint32
	for i := range 4 {
		p <<= 8
		if i < len(key) {
			p |= uint32(key[i])
		}
	}
	return p
}

// below tells whether the item lies strictly below the bound.
func (b *bound) below(it item) bool {
	return it.rank < b.rank || it.rank == b.rank && b.tieBelow(it)
}

// tieBelow is apart so that below can be inlined.
//
//go:noinline
func (b *bound) tieBelow(it item) bool {
	if it.prefix != b.prefix {
		return it.prefix < b.prefix
	}
	return b.keyOf(it.slot) < b.key
}

// at tells whether the item is the entry at the bound.
func (b *bound) at(it item) bool {
	return it.rank == b.rank && it.prefix == b.prefix && b.keyOf(it.slot) == b.key
}

// leaf is a stretch of a set.
type leaf struct {
	items []item
	rows  []uint32 // the entries' rows one after the other, or nothing
}

func (l *leaf) insert(i int, it item, row []uint32) {
	l.items = slices.Insert(l.items, i, it)
	if len(row) > 0 {
		l.rows = slices.Insert(l.rows, i*len(row), row...)
	}
}

func (l *leaf) remove(i int) {
	if w := l.width(); w > 0 {
		l.rows = slices.Delete(l.rows, i*w, (i+1)*w)
	}
	l.items = slices.Delete(l.items, i, i+1)
}

// width returns the length of a row.
func (l *leaf) width() int {
	if len(l.rows) == 0 {
		return 0
	}
	return len(l.rows) / len(l.items)
}

// halve takes the upper half out and returns it.
func (l *leaf) halve() leaf {
	const half = leafSize / 2
	w := l.width()
	upper := leaf{
		items: append(make([]item, 0, leafSize), l.items[half:]...),
		rows:  append(make([]uint32, 0, leafSize*w), l.rows[half*w:]...),
	}
	l.items, l.rows = l.items[:half], l.rows[:half*w]
	return upper
}
