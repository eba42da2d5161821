// This file owns what the summaries of many runs have in common, so that it is in memory once.

package pyoco

import (
	"hash/maphash"
	"slices"
	"sync"
)

// maxShared bounds how many texts are remembered, and how many origins. Beyond it all are forgotten, and shared anew from
// there on.
const maxShared = 1 << 16

// sharedTexts remembers texts and origins. The zero value works; it is safe for concurrent use.
type sharedTexts struct {
	mu      sync.Mutex
	texts   map[string]string
	origins map[uint64]*runOrigin // by hash
	seed    maphash.Seed          // from the first origin on
}

// in makes a summary that nobody else has yet use the texts and the origin of those before it.
func (t *sharedTexts) in(s *runSummary) *runSummary {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Status, s.WorkerID, s.Error = Status(t.text(string(s.Status))), t.text(s.WorkerID), t.text(s.Error)
	s.runOrigin = t.origin(s.runOrigin)
	return s
}

func (t *sharedTexts) text(text string) string {
	if text == "" {
		return ""
	}
	if known, ok := t.texts[text]; ok {
		return known
	}
	if t.texts == nil || len(t.texts) >= maxShared {
		t.texts = map[string]string{}
	}
	t.texts[text] = text
	return text
}

func (t *sharedTexts) origin(o *runOrigin) *runOrigin {
	if t.origins == nil || len(t.origins) >= maxShared {
		t.origins, t.seed = map[uint64]*runOrigin{}, maphash.MakeSeed()
	}
	hash := o.hash(t.seed)
	if known, ok := t.origins[hash]; ok && known.equal(o) {
		return known
	}
	kept := *o // it may be a part of something larger
	for _, text := range []*string{
		&kept.Flow, &kept.Tag, &kept.TenantID, &kept.APIKeyID, &kept.ScheduleID, &kept.WorkflowSHA256, &kept.FlowTextSHA256,
	} {
		*text = t.text(*text)
	}
	kept.Tags = slices.Clone(o.Tags)
	for i, tag := range kept.Tags {
		kept.Tags[i] = t.text(tag)
	}
	t.origins[hash] = &kept
	return &kept
}

func (o *runOrigin) hash(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	add := func(text string) {
		_, _ = h.WriteString(text) // it never fails
		_ = h.WriteByte(0)
	}
	for _, text := range o.texts() {
		add(text)
	}
	for _, tag := range o.Tags {
		add(tag)
	}
	return h.Sum64()
}

func (o *runOrigin) equal(other *runOrigin) bool {
	return o.texts() == other.texts() && slices.Equal(o.Tags, other.Tags) && (o.Tags == nil) == (other.Tags == nil)
}

// texts are all that it has but for its tags.
func (o *runOrigin) texts() [7]string {
	return [...]string{o.Flow, o.Tag, o.TenantID, o.APIKeyID, o.ScheduleID, o.WorkflowSHA256, o.FlowTextSHA256}
}
