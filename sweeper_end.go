// This file owns ending a run that no worker will end.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/pyoco/pyoco/internal/jet"
)

// remove takes jobs of a run out of the queue.
func (s *sweeper) remove(ctx context.Context, run string, jobs []uint64) error {
	jobs, err := s.jobs.present(ctx, run, jobs)
	if err != nil {
		return err
	}
	for _, sequence := range jobs {
		if err := s.gateway.jet.DeleteMessage(ctx, workStream, sequence); err != nil && !isGone(err) {
			return err
		}
	}
	return nil
}

// fail ends a run and leaves its dead letter. Its jobs go first: a Python worker runs whatever it is given.
func (s *sweeper) fail(ctx context.Context, run *Run, jobs []uint64, reason, text string) error {
	ended, err := s.end(ctx, run, jobs, StatusFailed, text)
	if ended == nil || err != nil {
		return err
	}
	s.did(actionFailed, "run failed", ended, "reason", reason, "error", text, "err_id", errExecutionFailed)
	_ = s.letters.bury(ctx, or(ended.Tag, s.gateway.cfg.DefaultTag), fmt.Sprintf("%d.%s.%s", run.Revision, reason, run.ID), ended.letter(reason, s.gateway.now()))
	return nil
}

// cancel ends a run that was to be cancelled, and that no worker is there to end.
func (s *sweeper) cancel(ctx context.Context, run *Run, jobs []uint64) error {
	ended, err := s.end(ctx, run, jobs, StatusCancelled, or(run.Error, "cancelled: no worker was executing the run"))
	if ended == nil || err != nil {
		return err
	}
	s.did(actionCancelled, "cancelled run ended", ended, "err_id", errTerminalState)
	return nil
}

// end writes the end of a run over the revision that was judged. It gives none where the run has changed since.
func (s *sweeper) end(ctx context.Context, run *Run, jobs []uint64, status Status, text string) (*Run, error) {
	if err := s.remove(ctx, run.ID, jobs); err != nil {
		return nil, err
	}
	next := run.clone()
	next.stopTasks()
	if err := next.finish(status, text, s.gateway.now()); err != nil {
		return nil, err
	}
	err := s.gateway.runs.write(ctx, next)
	if errors.As(err, new(*jet.ConflictError)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.gateway.noted(next)
	return next, nil
}

// stopTasks says that the tasks that have not ended never will.
func (r *Run) stopTasks() {
	open := func(state TaskState) bool { return state == TaskPending || state == TaskRunning }
	r.Tasks, r.TaskRecords = maps.Clone(r.Tasks), maps.Clone(r.TaskRecords)
	for name, state := range r.Tasks {
		if open(state) {
			r.Tasks[name] = TaskCancelled
		}
	}
	for name, record := range r.TaskRecords {
		if open(record.State) {
			stopped := *record
			stopped.State = TaskCancelled
			r.TaskRecords[name] = &stopped
		}
	}
}
