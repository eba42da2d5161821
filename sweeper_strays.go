// This file owns stray jobs: those of runs that are gone, or that have ended without their job being removed.

package pyoco

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// maxStrays is how many stray jobs one sweep looks at.
const maxStrays = 500

// strayJob is a job whose run is not open.
type strayJob struct {
	run   string
	since time.Time // when it was found
}

// strays decides about stray jobs. They are looked for where the queue holds more messages than there are open runs. One
// must have been a stray at the sweep before: a job whose run ends at this moment is none.
func (s *sweeper) strays(ctx context.Context, state *jet.StreamState) (acts []act, err error) {
	began := time.Now()
	if state.Messages > uint64(s.runs.len()) {
		if err := s.findStrays(ctx); err != nil {
			return nil, err
		}
	}
	for sequence, stray := range s.seen {
		if held, known := state.Holds(sequence); known && !held || s.runs.has(stray.run) {
			delete(s.seen, sequence)
		} else if stray.since.Before(began) && len(acts) < maxStrays {
			acts = append(acts, func(ctx context.Context) error {
				gone, err := s.stray(ctx, sequence, stray)
				if gone {
					s.mu.Lock()
					defer s.mu.Unlock()
					delete(s.seen, sequence)
				}
				return err
			})
		}
	}
	return acts, nil
}

// findStrays reads the queue. Where that finds none, some may have been read and forgotten since: once a minute it is read
// from the front.
func (s *sweeper) findStrays(ctx context.Context) error {
	if len(s.seen) == 0 && time.Since(s.reread) >= readPause {
		s.reread = time.Now()
		s.jobs.again()
	}
	if _, err := s.jobs.read(ctx); err != nil {
		return err
	}
	for sequence, run := range s.jobs.strays(s.runs) {
		if _, before := s.seen[sequence]; !before {
			s.seen[sequence] = strayJob{run: run, since: time.Now()}
		}
	}
	return nil
}

// stray removes a job of a run that is gone, with a dead letter, or of one that has ended: a worker removes that when it
// comes again, unless its deliveries are spent. It says whether the job is gone.
func (s *sweeper) stray(ctx context.Context, sequence uint64, stray strayJob) (gone bool, err error) {
	run, err := s.gateway.runs.get(ctx, stray.run)
	switch {
	case isGone(err):
		return s.bury(ctx, sequence, stray.run)
	case err != nil:
		return false, err
	case !s.gateway.ended(run).Status.Terminal() || time.Since(stray.since) < 2*s.gateway.cfg.Resources.AckWait:
		return false, nil
	}
	there, err := s.jobs.present(ctx, stray.run, []uint64{sequence})
	if err != nil || len(there) == 0 {
		return err == nil, err
	}
	return s.discard(ctx, sequence, actionJobRemoved, "job of a run that has ended, removed", run)
}

// bury removes a job whose run is gone, and keeps a dead letter of it.
func (s *sweeper) bury(ctx context.Context, sequence uint64, run string) (gone bool, err error) {
	message, err := s.gateway.jet.Message(ctx, workStream, sequence)
	if isGone(err) || err == nil && runOf(message) != run {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	job, err := decodeJob(message.Data)
	if err != nil {
		return false, err
	}
	letter := job.letter(reasonRunNotFound, "the run has no snapshot", s.gateway.now())
	tag := strings.TrimPrefix(message.Subject, s.gateway.cfg.Resources.subject(""))
	_ = s.letters.bury(ctx, tag, fmt.Sprintf("%d.%s.%s", sequence, letter.Reason, letter.RunID), letter)
	return s.discard(ctx, sequence, actionBuried, "job of a run that does not exist, removed", job.snapshot(0), "err_id", errRunNotFound)
}

// discard removes a job, and logs and counts it if it was there.
func (s *sweeper) discard(ctx context.Context, sequence uint64, action, what string, run *Run, attrs ...any) (gone bool, err error) {
	err = s.gateway.jet.DeleteMessage(ctx, workStream, sequence)
	switch {
	case err == nil:
		s.did(action, what, run, append(attrs, "job_seq", sequence)...)
	case !isGone(err):
		return false, err
	}
	return true, nil
}
