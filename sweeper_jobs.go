// This file owns what the sweeper knows of the jobs in the work stream. JetStream can't be asked for the job of a run: the
// jobs of a tag share a subject, and a work queue takes no second consumer. So a gateway remembers what it has published
// and read, and asks the stream's leader which of that is still there.

package pyoco

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// jobBook says which jobs a run has. It is safe for concurrent use; refresh and read are for one goroutine.
type jobBook struct {
	jet     *jet.Jet
	subject string // of all jobs

	mu    sync.Mutex
	runs  map[uint64]string    // sequence → run; "" where the message is no job
	since map[uint64]time.Time // when a sequence was noted
	jobs  map[string][]uint64  // run → sequences
	top   uint64               // the highest sequence that was noted
	state *jet.StreamState     // as last asked for
	next  uint64               // what stands before was read
	long  time.Time            // when the last long reading began

	cleared int // how often everything was forgotten
}

func newJobBook(j *jet.Jet, r Resources) *jobBook {
	b := &jobBook{jet: j, subject: r.subject(">"), state: &jet.StreamState{}}
	b.clear()
	return b
}

func (b *jobBook) clear() {
	b.cleared++
	b.runs, b.since, b.jobs, b.next, b.top = map[uint64]string{}, map[uint64]time.Time{}, map[string][]uint64{}, 0, 0
}

// reset forgets everything: a server that was cut off from its power gives out sequences a second time.
func (b *jobBook) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
}

// edition changes when everything was forgotten: what was concluded from what is not remembered is void then.
func (b *jobBook) edition() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cleared
}

// note remembers a job of a run.
func (b *jobBook) note(run string, sequence uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if other, known := b.runs[sequence]; known {
		if other == run {
			return
		}
		b.clear() // the sequences begin anew
	}
	b.runs[sequence], b.since[sequence], b.top = run, time.Now(), max(b.top, sequence)
	if run != "" {
		b.jobs[run] = append(b.jobs[run], sequence)
	}
}

// refresh asks the stream's leader what is there, and forgets what is not. Where that can't be told of all at once, it
// forgets the jobs of runs that are not open.
func (b *jobBook) refresh(ctx context.Context, open *openRuns) (*jet.StreamState, error) {
	b.mu.Lock()
	top := b.top
	b.mu.Unlock()
	state, err := b.jet.StreamContent(ctx, workStream)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	anew := !b.state.Created.IsZero() && !state.Created.Equal(b.state.Created)
	if anew || state.Last < max(b.state.Last, top) { // or rolled back
		b.clear()
	}
	b.state = state
	for sequence, run := range b.runs {
		if held, known := b.holds(sequence); known && !held || !known && !open.has(run) {
			b.drop(run, sequence)
		}
	}
	return state, nil
}

func (b *jobBook) drop(run string, sequence uint64) {
	delete(b.runs, sequence)
	delete(b.since, sequence)
	left := slices.DeleteFunc(b.jobs[run], func(other uint64) bool { return other == sequence })
	if b.jobs[run] = left; len(left) == 0 {
		delete(b.jobs, run)
	}
}

// holds is what the stream's state says of a sequence; one that is newer than the state is there.
func (b *jobBook) holds(sequence uint64) (held, known bool) {
	if sequence > b.state.Last {
		return true, true
	}
	return b.state.Holds(sequence)
}

// of gives the jobs of a run that are, or may be, in the stream; sure is false where one has to be asked for.
func (b *jobBook) of(run string) (sequences []uint64, sure bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	sure = true
	for _, sequence := range b.jobs[run] {
		held, known := b.holds(sequence)
		if held || !known {
			sequences = append(sequences, sequence)
		}
		sure = sure && known
	}
	return sequences, sure
}

// age is for how long this gateway has known the job that it has come to know last.
func (b *jobBook) age(sequences []uint64) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	var newest time.Time
	for _, sequence := range sequences {
		newest = later(newest, b.since[sequence])
	}
	return time.Since(newest)
}

// left gives the jobs that may still be there of a run that has ended.
func (b *jobBook) left(run *Run) []uint64 {
	sequences, _ := b.of(run.ID)
	b.mu.Lock()
	defer b.mu.Unlock()
	if held, known := b.holds(run.JobSeq); run.JobSeq > 0 && (held || !known) && !slices.Contains(sequences, run.JobSeq) {
		sequences = append(sequences, run.JobSeq)
	}
	return sequences
}

// strays gives the jobs of runs that are not open.
func (b *jobBook) strays(open *openRuns) map[uint64]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	strays := map[uint64]string{}
	for sequence, run := range b.runs {
		if run != "" && !open.has(run) {
			strays[sequence] = run
		}
	}
	return strays
}
