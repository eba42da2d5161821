// This file owns the memory of removed keys, without which a change that arrives
// late would bring one back.

package runindex

// maxTombstones is how many removed keys are remembered one by one: at the rate
// of a thousand removals a second, longer than any write's answer may take.
const maxTombstones = 16_384

// tombstones remembers the revisions of removals. The newest maxTombstones are
// known by their key. Of the older ones only the highest revision is kept, as a
// floor for all keys that the index doesn't hold: changes come in the order of
// their revisions, so that one of an absent key from below the floor is late.
// That would be wrong only for a feed that is maxTombstones removals behind.
type tombstones struct {
	revisions map[string]uint64
	ring      []tombstone // oldest at next, once it is full
	next      int
	floor     uint64
}

type tombstone struct {
	key      string
	revision uint64
}

// revision returns up to which revision an absent key is known to be removed.
func (t *tombstones) revision(key string) uint64 {
	return max(t.floor, t.revisions[key])
}

func (t *tombstones) add(key string, revision uint64) {
	if revision <= t.revisions[key] {
		return
	}
	if t.revisions == nil {
		t.revisions = map[string]uint64{}
	}
	t.revisions[key] = revision
	if len(t.ring) < maxTombstones {
		t.ring = append(t.ring, tombstone{key, revision})
		return
	}
	oldest := t.ring[t.next]
	t.floor = max(t.floor, oldest.revision)
	if t.revisions[oldest.key] == oldest.revision {
		delete(t.revisions, oldest.key)
	}
	t.ring[t.next] = tombstone{key, revision}
	t.next = (t.next + 1) % maxTombstones
}
