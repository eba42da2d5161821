// This file owns the decisions of the sweeper: what is to be done with a silent run, by what is known of its jobs.

package pyoco

import (
	"context"
	"time"
)

// act is one thing to do. It looks at the run again first, and does nothing where that has changed.
type act func(context.Context) error

const (
	// maxAsked is how many PENDING runs a sweep asks the stream's leader about one by one, where it has to.
	maxAsked = 500
	// maxChecked is how many it asks about where it need not: what it remembers could be of a stream that was rolled back.
	maxChecked = 50
)

// plan decides what is to be done. The queue is read only where a run has no job that is known, or where every job of it
// must be known.
func (s *sweeper) plan(ctx context.Context, suspects []openRun) (acts []act, err error) {
	s.spent.begin()
	if len(suspects) == 0 {
		return nil, nil
	}
	edition, complete, reading := s.jobs.edition(), false, false
	for _, suspect := range suspects {
		jobs, _ := s.jobs.of(suspect.ID)
		reading = reading || len(jobs) == 0 || suspect.Status == StatusCancelling
	}
	if reading {
		if complete, err = s.jobs.read(ctx); err != nil {
			return nil, err
		}
	}
	for asked, suspect := range suspects { // in no order, so that each is asked about some time
		jobs, sure := s.jobs.of(suspect.ID)
		if !sure && asked >= maxAsked && suspect.Status == StatusPending {
			continue
		}
		if !sure || asked < maxChecked {
			if jobs, err = s.jobs.present(ctx, suspect.ID, jobs); err != nil {
				return nil, err
			}
		}
		switch {
		case suspect.Status == StatusCancelling || len(jobs) == 0:
			if !complete {
				continue
			}
		default:
			spent, err := s.spent.all(ctx, suspect, jobs)
			if err != nil {
				return nil, err
			}
			if !spent {
				continue
			}
		}
		acts = append(acts, s.actOn(suspect, jobs))
	}
	if s.jobs.edition() != edition {
		return nil, nil
	}
	return acts, nil
}

// actOn is what to do with a run whose jobs are all known: there are none, they are spent, or the run is to be cancelled.
func (s *sweeper) actOn(suspect openRun, jobs []uint64) act {
	return func(ctx context.Context) error {
		run, err := s.confirm(ctx, suspect)
		switch {
		case run == nil || err != nil:
			return err
		case run.Status == StatusCancelling:
			return s.cancel(ctx, run, jobs)
		case len(jobs) == 0:
			return s.requeue(ctx, run, time.Since(suspect.since))
		default:
			return s.retry(ctx, run, jobs)
		}
	}
}

// confirm reads a suspect from the leader. It gives none where the run has changed since it became one, has ended, or is
// with a live Python worker, which may be too busy to write the snapshot.
func (s *sweeper) confirm(ctx context.Context, suspect openRun) (*Run, error) {
	if s.isRefused(suspect.ID) {
		return nil, nil
	}
	run, err := s.gateway.runs.get(ctx, suspect.ID)
	if isGone(err) {
		s.runs.forget(suspect.ID, suspect.revision+1)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if run.Revision != suspect.revision {
		s.runs.observe(run.summary(), run.Revision)
		return nil, nil
	}
	if s.gateway.ended(run).Status.Terminal() || s.gateway.workers.pythonExecutes(run.ID) {
		return nil, nil
	}
	return run, nil
}
