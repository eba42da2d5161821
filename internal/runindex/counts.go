// This file owns the counts, each kept ready by the sets.

package runindex

// Count returns the number of entries that have a value of a facet.
func (x *Index[V]) Count(facet, value string) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if set := x.set(facet, value); set != nil {
		return set.size
	}
	return 0
}

// CountSince returns the number of entries that have a value of a facet and an
// Order of at least this.
func (x *Index[V]) CountSince(facet, value string, order float64) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if set := x.set(facet, value); set != nil {
		return set.countFrom(x.content.bound(order, ""))
	}
	return 0
}

// Counts returns the number of entries for each value of a facet that any entry
// has.
func (x *Index[V]) Counts(facet string) map[string]int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	f := x.facet(facet)
	if f < 0 {
		return map[string]int{}
	}
	ids := x.content.facets[f].ids
	counts := make(map[string]int, len(ids))
	for name, id := range ids {
		counts[name] = x.content.facets[f].values[id].entries.size
	}
	return counts
}

// Lowest returns the entry with the lowest Order among those that have a value of a facet.
func (x *Index[V]) Lowest(facet, value string) (Entry[V], bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	set := x.set(facet, value)
	if set == nil {
		return Entry[V]{}, false
	}
	return x.content.entry(set.leaves[0].items[0].slot, make([]string, len(x.facets))), true
}

// set returns the entries with a value of a facet, nil where there are none. The
// index is locked.
func (x *Index[V]) set(facet, value string) *orderedSet {
	f := x.facet(facet)
	if f < 0 {
		return nil
	}
	_, set := x.content.facets[f].lookup(value)
	return set
}
