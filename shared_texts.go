// This file owns the texts that the summaries of many runs have in common, so that each is in memory once.

package pyoco

import "sync"

// maxSharedTexts bounds what is remembered. Beyond it all is forgotten, and texts are shared from there on.
const maxSharedTexts = 1 << 16

// sharedTexts remembers texts. The zero value works; it is safe for concurrent use.
type sharedTexts struct {
	mu    sync.Mutex
	known map[string]string
}

// in makes a summary that nobody else has yet use the texts of those before it.
func (t *sharedTexts) in(s *runSummary) *runSummary {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Status = Status(t.of(string(s.Status)))
	for _, text := range []*string{
		&s.Flow, &s.Tag, &s.TenantID, &s.APIKeyID, &s.ScheduleID, &s.WorkflowSHA256, &s.FlowTextSHA256, &s.WorkerID, &s.Error,
	} {
		*text = t.of(*text)
	}
	if len(s.Tags) > 0 { // the list may be a run's, and a decoded one has room for more
		tags := make([]string, len(s.Tags))
		for i, tag := range s.Tags {
			tags[i] = t.of(tag)
		}
		s.Tags = tags
	}
	return s
}

func (t *sharedTexts) of(text string) string {
	if text == "" {
		return ""
	}
	if known, ok := t.known[text]; ok {
		return known
	}
	if len(t.known) >= maxSharedTexts {
		t.known = nil
	}
	if t.known == nil {
		t.known = map[string]string{}
	}
	t.known[text] = text
	return text
}
