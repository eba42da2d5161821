// This file owns pages: what is asked for, how it is best found, and the search.

package runindex

// Query says which entries a page is made of.
type Query struct {
	// Filter has the value that each named facet must have, all of them
	// together. A facet that the index doesn't have, or the value "", is found
	// in no entry.
	Filter map[string]string

	// After leaves out what isn't strictly above this order. nil: nothing.
	After *float64

	// Before begins the page strictly below this place. nil: at the top.
	Before *Cursor

	// Limit is the number of entries at most. 0 or less: none at all.
	Limit int
}

// Cursor is a place in the list, whether there is an entry or not.
type Cursor struct {
	Order float64
	Key   string
}

// Page returns the first entries that match the query, from the highest Order
// down, by descending Key where it is equal. Pages that follow each other by
// their last entry show each entry that didn't change meanwhile exactly once.
//
// Without a filter or with one facet it costs the page. With several it costs at
// worst, when large sets hardly meet, a pass over all entries: some 20 ms for
// 1,000,000, in which changes wait.
func (x *Index[V]) Page(q Query) []Entry[V] {
	if q.Limit <= 0 {
		return nil
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	c := x.content
	p, ok := x.plan(q.Filter)
	if !ok {
		return nil
	}
	var below *bound
	if q.Before != nil {
		below = c.bound(q.Before.Order, q.Before.Key)
	}
	var after uint64 // lower than the rank of any order
	if q.After != nil {
		after = rankOf(*q.After)
	}
	return c.entries(c.collect(p, below, after, q.Limit))
}

// condition is a filter on one facet, by numbers.
type condition struct {
	facet int
	id    uint32
}

// plan is how a query is answered: the entries of a set are tested one by one.
type plan struct {
	set   *orderedSet
	tests []condition
	// inOrder takes the rows to test from beside the items, which only the set
	// of all entries has.
	inOrder bool
}

// farApart is how many entries can be read in order while one is looked up: the
// latter waits for memory.
const farApart = 16

// plan chooses between the smallest set that the filter names, whose entries then
// have to be looked up, and all entries in order. ok is false where nothing can
// match. The index is locked.
func (x *Index[V]) plan(filter map[string]string) (p plan, ok bool) {
	all := &x.content.all
	smallest := all
	for name, want := range filter {
		f := x.facet(name)
		if f < 0 {
			return plan{}, false
		}
		id, set := x.content.facets[f].lookup(want)
		if set == nil {
			return plan{}, false
		}
		if set.size < smallest.size {
			smallest = set
		}
		p.tests = append(p.tests, condition{facet: f, id: id})
	}
	switch {
	case len(p.tests) <= 1:
		return plan{set: smallest}, true
	case smallest.size > all.size/farApart:
		p.set, p.inOrder = all, true
	default:
		p.set = smallest
	}
	return p, true
}

// collect returns the slots of the first entries that pass, at most limit.
func (c *content[V]) collect(p plan, below *bound, after uint64, limit int) (slots []uint32) {
	for l := range p.set.descend(below) {
		for i := len(l.items) - 1; i >= 0; i-- {
			if l.items[i].rank <= after {
				return slots
			}
			if !c.passes(&p, &l, i) {
				continue
			}
			if slots = append(slots, l.items[i].slot); len(slots) == limit {
				return slots
			}
		}
	}
	return slots
}

func (c *content[V]) passes(p *plan, l *leaf, i int) bool {
	if len(p.tests) == 0 {
		return true
	}
	var row []uint32
	if p.inOrder {
		row = l.rows[i*len(c.facets):]
	} else {
		row = c.row(l.items[i].slot)
	}
	for _, t := range p.tests {
		if row[t.facet] != t.id {
			return false
		}
	}
	return true
}

func (c *content[V]) entries(slots []uint32) []Entry[V] {
	if len(slots) == 0 {
		return nil
	}
	n := len(c.facets)
	facets := make([]string, n*len(slots))
	page := make([]Entry[V], len(slots))
	for i, slot := range slots {
		page[i] = c.entry(slot, facets[i*n:(i+1)*n:(i+1)*n])
	}
	return page
}
