// This file owns the acts of the sweeper on runs. Each is repeated by the next sweep, of any gateway, where this one dies in
// the middle.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/jet"
)

// headerRequeued counts how often a spent job was queued anew. For runs that no worker of ours has claimed, it stands for
// their attempts.
const headerRequeued = "Pyoco-Requeued"

func isGone(err error) bool { return errors.Is(err, jet.ErrNotFound) }

// requeue publishes the job of a run that has none: the gateway that took it died between its two writes, or the job was
// removed.
func (s *sweeper) requeue(ctx context.Context, run *Run) error {
	if run.hasBundle() {
		s.log.Warn("the job of a bundle's run is lost, and cannot be made here", "run_id", run.ID, "err_id", errOrphanRun)
		return nil
	}
	if run.ParamsTruncated {
		return s.fail(ctx, run, nil, reasonInvalidJob, "invalid_job: the run's job is lost, and its snapshot was too large for its params to be kept")
	}
	var text []byte
	if run.WorkflowSHA256 != "" {
		var err error
		if text, err = s.gateway.texts.read(ctx, run.WorkflowSHA256); errors.Is(err, errTextGone) {
			return s.fail(ctx, run, nil, reasonFlowNotFound, "flow_not_found: the run's job is lost, and "+err.Error())
		} else if err != nil {
			return err
		}
	}
	if run = run.clone(); len(run.Params) == 0 {
		run.Params = []byte("{}")
	}
	run.Tag = or(run.Tag, s.gateway.cfg.DefaultTag)
	if err := checkTag("tag", run.Tag); err != nil {
		s.log.Error("the job of a run is lost, and its tag cannot be published to", "run_id", run.ID, "error", err, "err_id", errOrphanRun)
		return nil
	}
	message, err := s.gateway.message(run, string(text))
	if err != nil {
		return s.fail(ctx, run, nil, reasonInvalidJob, "invalid_job: the run's job is lost, and cannot be made anew: "+err.Error())
	}
	id := errOrphanRun
	if run.Status == StatusRunning {
		id = errTerminalState
	}
	return s.publish(ctx, run, message, jobID(run), "run had no job, queued anew", "err_id", id)
}

// retry queues a run anew whose jobs are spent. Once its attempts are spent too, it fails.
func (s *sweeper) retry(ctx context.Context, run *Run, jobs []uint64) error {
	spent, err := s.gateway.jet.Message(ctx, workStream, jobs[len(jobs)-1])
	if isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	requeued, _ := strconv.Atoi(spent.Header.Get(headerRequeued))
	limit, tries := s.gateway.cfg.Resources.MaxDeliver, run.Attempt
	if tries == 0 {
		tries = requeued
	}
	if tries >= limit {
		return s.fail(ctx, run, jobs, reasonMaxDeliver,
			fmt.Sprintf("max_deliver_exceeded: no worker has ended the run in %d attempts (limit %d)", tries, limit))
	}
	if err := s.remove(ctx, jobs); err != nil {
		return err
	}
	message := &nats.Msg{
		Subject: spent.Subject, Data: spent.Data, Header: nats.Header{headerRequeued: []string{strconv.Itoa(requeued + 1)}},
	}
	messageID := jobID(run)
	if requeued > 0 { // the run may be as it was at the time before
		messageID += "." + strconv.Itoa(requeued)
	}
	return s.publish(ctx, run, message, messageID, "the deliveries of the run's job were spent, queued anew", "err_id", errTerminalState)
}

// jobID is the message id of a job that is queued anew. It changes with the run's revision, for that of the submission is
// swallowed for two minutes even where that job is gone.
func jobID(run *Run) string { return fmt.Sprintf("%s.%d", run.ID, run.Revision) }

// publish queues a run once, whatever number of gateways try.
func (s *sweeper) publish(ctx context.Context, run *Run, message *nats.Msg, id, what string, attrs ...any) error {
	sequence, before, err := s.gateway.jet.PublishOnce(ctx, message, id)
	if err != nil {
		return err
	}
	s.jobs.note(run.ID, sequence)
	if !before {
		s.did(actionRequeued, what, run, append(attrs, "job_seq", sequence)...)
	}
	return nil
}

// remove takes jobs out of the queue.
func (s *sweeper) remove(ctx context.Context, jobs []uint64) error {
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
	s.letters.bury(ctx, or(ended.Tag, s.gateway.cfg.DefaultTag), fmt.Sprintf("%d.%s.%s", run.Revision, reason, run.ID), ended.letter(reason, s.gateway.now()))
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
	if err := s.remove(ctx, jobs); err != nil {
		return nil, err
	}
	next := run.clone()
	next.stopTasks()
	if err := next.finish(status, text, s.gateway.now()); err != nil {
		return nil, err
	}
	err := s.gateway.runs.write(ctx, next)
	var conflict *jet.ConflictError
	if errors.As(err, &conflict) {
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
