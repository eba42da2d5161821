// This file owns how the sweeper finds that a job will not be delivered again. JetStream doesn't say how often a message was
// delivered; it sends an advisory when a message would be delivered once too often, and says of a consumer what is still
// on its way.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

const (
	// maxConsumersAsked is how many consumers a sweep asks for.
	maxConsumersAsked = 200
	// maxAdvisories is how many advisories from before its start a gateway reads.
	maxAdvisories = 1000
)

// spentJobs knows what can be known of spent jobs. It is for one goroutine.
type spentJobs struct {
	gateway *Gateway

	next     uint64 // the advisory to read next; 0 before the first reading
	created  time.Time
	advised  map[uint64]time.Time // sequence of a job → when the server said that it is spent
	overdue  map[string]uint64    // run whose job should have been delivered → deliveries when that was found
	previous map[string]uint64    // overdue of the last sweep

	read      bool // in this sweep, the advisories were read
	consumers map[string]*jet.ConsumerState
}

func newSpentJobs(g *Gateway) *spentJobs {
	return &spentJobs{gateway: g, advised: map[uint64]time.Time{}}
}

// begin begins a sweep.
func (s *spentJobs) begin() {
	s.read, s.consumers = false, map[string]*jet.ConsumerState{}
	s.previous, s.overdue = s.overdue, map[string]uint64{}
}

// all says whether none of the jobs of a silent run will be delivered again. Where it errs, the run gets a second job,
// which the claim makes harmless.
func (s *spentJobs) all(ctx context.Context, run openRun, jobs []uint64) (bool, error) {
	silent := time.Since(run.since)
	if silent < s.gateway.cfg.Resources.AckWait { // one that has just been queued; in a backlog there are many
		return false, nil
	}
	if err := s.readAdvisories(ctx); err != nil {
		return false, err
	}
	consumer, err := s.consumer(ctx, or(run.Tag, s.gateway.cfg.DefaultTag))
	if err != nil {
		return false, err
	}
	passed := false // over a job of which nothing was said
	for _, sequence := range jobs {
		if _, advised := s.advised[sequence]; advised {
			continue
		}
		if consumer == nil || sequence > consumer.Delivered {
			return false, nil
		}
		passed = true
	}
	// A job is given its whole time, however long the run has been silent before it was queued.
	return !passed || consumer.Pending == 0 || s.late(run, consumer, min(silent, s.gateway.sweeper.jobs.age(jobs))), nil
}

// late says that a job which the consumer has passed should have come again, and its run been claimed, long ago: an open
// pull has not brought it, or deliveries after that have passed it over.
func (s *spentJobs) late(run openRun, consumer *jet.ConsumerState, silent time.Duration) bool {
	if silent < consumer.AckWait+run.lease(s.gateway.cfg.RunLease)+2*s.gateway.cfg.SweepPeriod {
		return false
	}
	before, known := s.previous[run.ID]
	if !known {
		before = consumer.Deliveries
	}
	s.overdue[run.ID] = before
	return consumer.Waiting > 0 || consumer.Deliveries > before
}

// consumer gives the state of a tag's consumer; nil where there is none, or where this sweep has asked for enough.
func (s *spentJobs) consumer(ctx context.Context, tag string) (*jet.ConsumerState, error) {
	if state, known := s.consumers[tag]; known || len(s.consumers) >= maxConsumersAsked {
		return state, nil
	}
	state, err := s.gateway.jet.ConsumerState(ctx, workStream, consumerName(tag))
	if err != nil && !errors.Is(err, jet.ErrNotFound) {
		return nil, err
	}
	s.consumers[tag] = state
	return state, nil
}

// readAdvisories reads what the server has said since the last time. It only hastens: the advisories may be missing.
func (s *spentJobs) readAdvisories(ctx context.Context) error {
	if s.read {
		return nil
	}
	s.read = true
	state, err := s.gateway.jet.StreamState(ctx, advisoryStream)
	if jet.NoStream(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !state.Created.Equal(s.created) {
		s.created, s.next = state.Created, state.Last-min(state.Last, maxAdvisories)+1
	}
	if s.next > state.Last {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, actTime)
	defer cancel()
	return s.gateway.jet.Read(ctx, advisoryStream, s.next, state.Last, func(m jet.Message) {
		s.next = m.Sequence + 1
		var advisory struct {
			Stream   string `json:"stream"`
			Sequence uint64 `json:"stream_seq"`
		}
		if json.Unmarshal(m.Data, &advisory) == nil && advisory.Stream == workStream {
			s.advised[advisory.Sequence] = m.Time
		}
	})
}

// forget drops what was said of jobs that are gone, and of those of a work stream that was there before this one.
func (s *spentJobs) forget(work *jet.StreamState) {
	for sequence, at := range s.advised {
		if held, known := work.Holds(sequence); known && !held || at.Before(work.Created) {
			delete(s.advised, sequence)
		}
	}
}
