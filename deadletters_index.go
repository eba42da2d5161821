// This file owns finding dead letters: what is kept of each in memory, so that a page costs the page. It is read when
// somebody asks for letters, and only what came since the last time.

package pyoco

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/jet"
)

// letterIndex knows the letters that are kept, oldest first. It is safe for concurrent use.
type letterIndex struct {
	jet       *jet.Jet
	resources Resources

	turn    chan struct{} // has one element while somebody reads or changes what stands below
	state   jet.StreamState
	next    uint64 // the letter to read next
	entries []letterEntry
}

// letterEntry is what letters are found by.
type letterEntry struct {
	seq                        uint64
	reason, tag, runID, tenant string
}

func newLetterIndex(j *jet.Jet, r Resources) *letterIndex {
	return &letterIndex{jet: j, resources: r, turn: make(chan struct{}, 1)}
}

// letterFilter says which letters are meant; an empty field: any.
type letterFilter struct{ reason, tag, runID, tenant string }

func (f letterFilter) matches(e letterEntry) bool {
	return (f.reason == "" || f.reason == e.reason) && (f.tag == "" || f.tag == e.tag) && (f.runID == "" || f.runID == e.runID) &&
		(f.tenant == "" || f.tenant == e.tenant)
}

// begin takes the turn; end gives it back.
func (x *letterIndex) begin(ctx context.Context) (end func(), err error) {
	select {
	case x.turn <- struct{}{}:
		return func() { <-x.turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// find gives the numbers of the newest letters below one, newest first; a negative limit is none.
func (x *letterIndex) find(ctx context.Context, filter letterFilter, below uint64, limit int) ([]uint64, error) {
	end, err := x.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	if err := x.refresh(ctx); err != nil {
		return nil, err
	}
	var found []uint64
	for _, e := range slices.Backward(x.entries) {
		if len(found) == limit {
			break
		}
		if e.seq < below && filter.matches(e) {
			found = append(found, e.seq)
		}
	}
	return found, nil
}

// count gives how many letters match.
func (x *letterIndex) count(ctx context.Context, filter letterFilter) (int, error) {
	found, err := x.find(ctx, filter, math.MaxUint64, -1)
	return len(found), err
}

// forget drops a letter that was found to be gone.
func (x *letterIndex) forget(ctx context.Context, seq uint64) {
	end, err := x.begin(ctx)
	if err != nil {
		return // it is found again
	}
	defer end()
	x.entries = slices.DeleteFunc(x.entries, func(e letterEntry) bool { return e.seq == seq })
}

// refresh reads the letters that are new, and drops those that are gone as far as the stream's state says which.
func (x *letterIndex) refresh(ctx context.Context) error {
	state, err := x.jet.StreamContent(ctx, x.resources.DeadLetterStream)
	if err != nil {
		return err
	}
	if !state.Created.Equal(x.state.Created) || state.Last < x.state.Last {
		x.entries, x.next = nil, 0
	}
	x.state = *state
	x.next = max(x.next, state.First)
	if state.Messages > 0 && x.next <= state.Last {
		if err := x.jet.Read(ctx, x.resources.DeadLetterStream, x.next, state.Last, x.take); err != nil {
			return err
		}
		x.next = state.Last + 1
	}
	x.entries = slices.DeleteFunc(x.entries, func(e letterEntry) bool {
		held, known := state.Holds(e.seq)
		return known && !held
	})
	return nil
}

func (x *letterIndex) take(m jet.Message) {
	x.next = m.Sequence + 1
	var letter struct {
		Reason string `json:"reason"`
		RunID  string `json:"run_id"`
		Tenant string `json:"tenant_id"`
	}
	_ = json.Unmarshal(finite(m.Data), &letter) // what is not readable is found by its tag
	x.entries = append(x.entries, letterEntry{
		seq: m.Sequence, reason: letter.Reason, tag: x.tagOf(m.Subject), runID: letter.RunID, tenant: letter.Tenant,
	})
}

func (x *letterIndex) tagOf(subject string) string {
	return strings.TrimPrefix(subject, x.resources.deadLetter(""))
}

// letterOf is a stored letter as it is shown.
func (x *letterIndex) letterOf(m jet.Message) *DeadLetter {
	letter := &DeadLetter{}
	if err := json.Unmarshal(finite(m.Data), letter); err != nil {
		letter = &DeadLetter{
			Timestamp: timestamp(m.Time), Error: "the letter is not readable: " + err.Error(), Tag: x.tagOf(m.Subject),
			Subject: m.Subject, Payload: clip(strings.ToValidUTF8(string(m.Data), "\ufffd"), maxLetterPayload),
		}
	}
	letter.Seq = m.Sequence
	return letter
}
