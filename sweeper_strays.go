// This file owns stray jobs: those of runs that are gone, or that have ended without their job being removed.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// maxStrays is how many stray jobs one sweep looks at.
const maxStrays = 500

// strays decides about stray jobs. They are looked for where the queue holds more messages than there are open runs. A job
// must have been a stray at the sweep before: one that ends at this moment is not.
func (s *sweeper) strays(ctx context.Context, state *jet.StreamState) (acts []act, err error) {
	if state.Messages <= uint64(s.runs.len()) {
		clear(s.seen)
		return nil, nil
	}
	if _, err := s.jobs.read(ctx); err != nil {
		return nil, err
	}
	found := s.jobs.strays(s.runs)
	for sequence := range s.seen {
		if _, still := found[sequence]; !still {
			delete(s.seen, sequence)
		}
	}
	for sequence, run := range found {
		if since, before := s.seen[sequence]; !before {
			s.seen[sequence] = time.Now()
		} else if len(acts) < maxStrays {
			acts = append(acts, func(ctx context.Context) error { return s.stray(ctx, sequence, run, time.Since(since)) })
		}
	}
	return acts, nil
}

// stray removes a job of a run that is gone, with a dead letter, or of one that has ended: a worker removes that when it
// comes again, unless its deliveries are spent.
func (s *sweeper) stray(ctx context.Context, sequence uint64, id string, age time.Duration) error {
	run, err := s.gateway.runs.get(ctx, id)
	switch {
	case isGone(err):
		return s.bury(ctx, sequence)
	case err != nil:
		return err
	case !s.gateway.ended(run).Status.Terminal() || age < 2*s.gateway.cfg.Resources.AckWait:
		return nil
	}
	err = s.gateway.jet.DeleteMessage(ctx, workStream, sequence)
	if err == nil {
		s.did(actionJobRemoved, "job of a run that has ended, removed", run, "job_seq", sequence)
	}
	if isGone(err) {
		return nil
	}
	return err
}

// bury removes a job whose run is gone, and keeps a dead letter of it.
func (s *sweeper) bury(ctx context.Context, sequence uint64) error {
	message, err := s.gateway.jet.Message(ctx, workStream, sequence)
	if isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	job, err := decodeJob(message.Data)
	if err != nil {
		return nil // never noted as a run's
	}
	letter := job.letter(reasonRunNotFound, "the run has no snapshot", s.gateway.now())
	tag := strings.TrimPrefix(message.Subject, s.gateway.cfg.Resources.subject(""))
	s.letters.bury(ctx, tag, fmt.Sprintf("%d.%s.%s", sequence, letter.Reason, letter.RunID), letter)
	err = s.gateway.jet.DeleteMessage(ctx, workStream, sequence)
	if errors.Is(err, jet.ErrNotFound) {
		return nil
	}
	if err == nil {
		s.did(actionBuried, "job of a run that does not exist, removed", job.snapshot(0), "reason", reasonRunNotFound, "job_seq", sequence, "err_id", errRunNotFound)
	}
	return err
}
