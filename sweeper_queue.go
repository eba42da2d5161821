// This file owns reading the queue: through by sequence for jobs that are not known, and one by one for those that are.

package pyoco

import (
	"context"
	"errors"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

const (
	// shortReading is how many sequences may be unread for them to be read in any round; more are read once a readPause.
	shortReading = 5_000
	readPause    = time.Minute
)

// read reads the queue up to where it ended at the last refresh, and says whether it got there: a long way is gone once a
// minute only. What is known is not read again.
func (b *jobBook) read(ctx context.Context) (complete bool, err error) {
	b.mu.Lock()
	b.next = max(b.next, b.state.First)
	last, next := b.state.Last, b.next
	if last+1 > next && last+1-next > shortReading {
		if time.Since(b.long) < readPause {
			b.mu.Unlock()
			return false, nil
		}
		b.long = time.Now()
	}
	b.mu.Unlock()
	for next = b.unknown(next); next <= last; next = b.unknown(next) {
		message, err := b.jet.NextMessage(ctx, workStream, b.subject, next)
		switch {
		case errors.Is(err, jet.ErrNotFound):
			next = last + 1
		case err != nil:
			return false, err
		default:
			b.note(runOf(message), message.Sequence)
			next = message.Sequence + 1
		}
	}
	return true, nil
}

// unknown is the first sequence from one on of which nothing is known; before it, everything was read.
func (b *jobBook) unknown(from uint64) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	for from <= b.state.Last {
		_, noted := b.runs[from]
		if held, known := b.holds(from); !noted && (held || !known) {
			break
		}
		from++
	}
	b.next = from
	return from
}

// again lets the next reading begin at the front.
func (b *jobBook) again() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next = 0
}

// runOf is the run of a job; "" where the message is none.
func runOf(message jet.Message) string {
	j, err := decodeJob(message.Data)
	if err != nil {
		return ""
	}
	return j.RunID
}

// present asks the stream's leader which of a run's jobs are there. A message of another run shows that the sequences have
// begun anew.
func (b *jobBook) present(ctx context.Context, run string, sequences []uint64) (there []uint64, err error) {
	for _, sequence := range sequences {
		message, err := b.jet.Message(ctx, workStream, sequence)
		switch {
		case err == nil && runOf(message) == run:
			there = append(there, sequence)
		case err == nil:
			b.reset()
		case errors.Is(err, jet.ErrNotFound):
			b.mu.Lock()
			b.drop(run, sequence)
			b.mu.Unlock()
		default:
			return nil, err
		}
	}
	return there, nil
}
