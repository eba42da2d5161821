// This file owns a facet: its values, each held once, and the ordered set of the
// entries that have one.

package runindex

import "strings"

// noValue is the id of "", which has no set.
const noValue = 0

type facet struct {
	ids    map[string]uint32
	values []*value // by id
	free   []uint32 // ids without a value
}

type value struct {
	name    string
	entries orderedSet
}

func newFacet() facet {
	return facet{ids: map[string]uint32{}, values: []*value{{}}}
}

// id returns the id of a value, a new one for a value not seen before: the caller
// inserts an entry under it. was is what the entry has now; it is likely to stay.
func (f *facet) id(name string, was uint32) uint32 {
	if f.values[was].name == name {
		return was
	}
	if name == "" {
		return noValue
	}
	if id, ok := f.ids[name]; ok {
		return id
	}
	// A copy, for the caller's may be cut from a whole record.
	v := &value{name: strings.Clone(name)}
	var id uint32
	if last := len(f.free) - 1; last >= 0 {
		id = f.free[last]
		f.free = f.free[:last]
		f.values[id] = v
	} else {
		id = uint32(len(f.values))
		f.values = append(f.values, v)
	}
	f.ids[v.name] = id
	return id
}

// lookup returns the id of a value and the entries that have it, or noValue and nil
// where none has it.
func (f *facet) lookup(name string) (id uint32, entries *orderedSet) {
	id, ok := f.ids[name]
	if !ok {
		return noValue, nil
	}
	return id, &f.values[id].entries
}

func (f *facet) insert(id, slot uint32, at *bound) {
	if id != noValue {
		f.values[id].entries.insert(slot, at, nil)
	}
}

func (f *facet) remove(id uint32, at *bound) {
	if id != noValue {
		f.values[id].entries.remove(at)
	}
}

// release forgets a value that no entry has any more, so that values that come
// and go, as worker names do, don't pile up.
func (f *facet) release(id uint32) {
	if id == noValue || f.values[id].entries.size > 0 {
		return
	}
	delete(f.ids, f.values[id].name)
	f.values[id] = nil
	f.free = append(f.free, id)
}
