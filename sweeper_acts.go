// This file owns queueing a run anew. What is done in part is finished by the next sweep, of any gateway.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/jet"
)

// headerRequeued counts how often a spent job was queued anew. For runs that no worker of ours has claimed, it stands for
// their attempts.
const headerRequeued = "Pyoco-Requeued"

func isGone(err error) bool { return errors.Is(err, jet.ErrNotFound) }

// requeue publishes the job of a run that has none: the gateway that took it died between its two writes, or the job was
// removed.
//
// A file's text that is not kept was a Python gateway's to send, which may be about to: only after a lease is it given up.
func (s *sweeper) requeue(ctx context.Context, run *Run, silent time.Duration) error {
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
		text, err = s.gateway.texts.read(ctx, run.WorkflowSHA256)
		switch {
		case errors.Is(err, errTextGone) && silent < s.gateway.cfg.RunLease:
			return nil
		case errors.Is(err, errTextGone):
			return s.fail(ctx, run, nil, reasonFlowNotFound, "flow_not_found: the run's job is lost, and "+err.Error())
		case err != nil:
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
	if isGone(err) || err == nil && runOf(spent) != run.ID {
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
	if err := s.remove(ctx, run.ID, jobs); err != nil {
		return err
	}
	message := &nats.Msg{
		Subject: spent.Subject, Data: spent.Data, Header: nats.Header{headerRequeued: []string{strconv.Itoa(requeued + 1)}},
	}
	messageID := jobID(run)
	if strings.HasPrefix(spent.Header.Get(nats.MsgIdHdr), messageID) { // the run is as it was at the time before
		messageID += "." + strconv.Itoa(requeued+1)
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
		return nil
	}
	there, err := s.jobs.present(ctx, run.ID, []uint64{sequence})
	if err != nil || len(there) > 0 {
		return err
	}
	return s.touch(ctx, run) // the job that has this id is gone: the next one needs another
}

// touch gives a run a new revision.
func (s *sweeper) touch(ctx context.Context, run *Run) error {
	next := run.clone()
	next.touch(s.gateway.now())
	err := s.gateway.runs.write(ctx, next)
	if errors.As(err, new(*jet.ConflictError)) {
		return nil
	}
	return err
}
