// This file owns the content of an index: the entries, and the ordered sets that
// each of them is in. It has no lock; its owner does.

package runindex

import "math"

// slabSize entries are allocated together. They lie in slabs rather than one by
// one so that the ordered sets name them by a number, which is half a pointer
// and nothing to the garbage collector.
const slabSize = 512

type content[V any] struct {
	slots  map[string]uint32
	slabs  []*slab[V]
	free   []uint32 // slots of removed entries
	used   uint32   // slots ever given out
	all    orderedSet
	facets []facet
	gone   tombstones
	keyOf  func(slot uint32) string
}

type slab[V any] struct {
	records [slabSize]record[V]
	facets  []uint32 // a row of value ids for each record
}

type record[V any] struct {
	key      string
	revision uint64
	order    float64
	value    V
}

func newContent[V any](facets int) *content[V] {
	c := &content[V]{slots: map[string]uint32{}, facets: make([]facet, facets)}
	for i := range c.facets {
		c.facets[i] = newFacet()
	}
	c.keyOf = func(slot uint32) string { return c.record(slot).key }
	return c
}

func (c *content[V]) record(slot uint32) *record[V] {
	return &c.slabs[slot/slabSize].records[slot%slabSize]
}

// row returns the ids of the entry's facet values, which the caller may change.
func (c *content[V]) row(slot uint32) []uint32 {
	n := len(c.facets)
	at := int(slot%slabSize) * n
	return c.slabs[slot/slabSize].facets[at : at+n]
}

// apply stores the entry, unless the key is known at its revision or a newer one.
func (c *content[V]) apply(e Entry[V]) bool {
	if math.IsNaN(e.Order) {
		e.Order = math.Inf(-1) // a NaN would have no place in any order
	}
	slot, known := c.slots[e.Key]
	switch {
	case known && e.Revision <= c.record(slot).revision:
		return false
	case known:
		c.move(slot, e)
	case e.Revision <= c.gone.revision(e.Key):
		return false
	default:
		c.add(e)
	}
	return true
}

func (c *content[V]) add(e Entry[V]) {
	slot := c.newSlot()
	c.slots[e.Key] = slot
	*c.record(slot) = record[V]{key: e.Key, revision: e.Revision, order: e.Order, value: e.Value}
	at := c.bound(e.Order, e.Key)
	row := c.row(slot)
	for f := range c.facets {
		row[f] = c.facets[f].id(facetValue(e, f), noValue)
		c.facets[f].insert(row[f], slot, at)
	}
	c.all.insert(slot, at, row)
}

// move gives a known entry its new content. Sets that it stays in at the same
// place are left alone.
func (c *content[V]) move(slot uint32, e Entry[V]) {
	r := c.record(slot)
	from, to := c.bound(r.order, r.key), c.bound(e.Order, r.key)
	moved := r.order != e.Order
	row := c.row(slot)
	changed := moved
	for f := range c.facets {
		set := &c.facets[f]
		// The new id is taken before the old one is given up, as they may be
		// the same and this its only entry.
		was, is := row[f], set.id(facetValue(e, f), row[f])
		if was == is && !moved {
			continue
		}
		set.remove(was, from)
		set.insert(is, slot, to)
		set.release(was)
		row[f], changed = is, true
	}
	if changed {
		c.all.remove(from)
		c.all.insert(slot, to, row)
	}
	r.revision, r.order, r.value = e.Revision, e.Order, e.Value
}

// remove takes the key out, unless it is known at this revision or a newer one,
// and remembers the revision.
func (c *content[V]) remove(key string, revision uint64) bool {
	slot, known := c.slots[key]
	if known && revision <= c.record(slot).revision {
		return false
	}
	c.gone.add(key, revision)
	if !known {
		return false
	}
	r := c.record(slot)
	at := c.bound(r.order, r.key)
	c.all.remove(at)
	for f, id := range c.row(slot) {
		c.facets[f].remove(id, at)
		c.facets[f].release(id)
	}
	delete(c.slots, key)
	*r = record[V]{} // lets go of the caller's value
	c.free = append(c.free, slot)
	return true
}

func (c *content[V]) newSlot() uint32 {
	if last := len(c.free) - 1; last >= 0 {
		slot := c.free[last]
		c.free = c.free[:last]
		return slot
	}
	slot := c.used
	c.used++
	if slot%slabSize == 0 {
		c.slabs = append(c.slabs, &slab[V]{facets: make([]uint32, slabSize*len(c.facets))})
	}
	return slot
}

func (c *content[V]) bound(order float64, key string) *bound {
	return &bound{rank: rankOf(order), prefix: prefixOf(key), key: key, keyOf: c.keyOf}
}

func (c *content[V]) get(key string) (Entry[V], bool) {
	slot, known := c.slots[key]
	if !known {
		return Entry[V]{}, false
	}
	return c.entry(slot, make([]string, len(c.facets))), true
}

// value returns the caller's value of a key, the zero one where there is none.
func (c *content[V]) value(key string) (v V) {
	if slot, known := c.slots[key]; known {
		v = c.record(slot).value
	}
	return v
}

// entry copies an entry out, its facet values into the given slice.
func (c *content[V]) entry(slot uint32, facets []string) Entry[V] {
	for f, id := range c.row(slot) {
		facets[f] = c.facets[f].values[id].name
	}
	r := c.record(slot)
	return Entry[V]{Key: r.key, Revision: r.revision, Order: r.order, Facets: facets, Value: r.value}
}

// facetValue returns an entry's value of a facet; a missing one is none.
func facetValue[V any](e Entry[V], f int) string {
	if f >= len(e.Facets) {
		return ""
	}
	return e.Facets[f]
}
