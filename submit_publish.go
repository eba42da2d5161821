// This file owns the two writes that make a run, and their undoing where the second one fails.

package pyoco

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/jet"
)

const (
	// publishTime bounds the two writes of a submission, and undoTime their undoing: together under the 4 s that a
	// call may take.
	publishTime = 2800 * time.Millisecond
	undoTime    = time.Second
)

// message is the job of a run; it must fit into what the server takes.
func (g *Gateway) message(run *Run, workflow string) (*nats.Msg, error) {
	data, err := encode(jobOf(run, workflow))
	if err != nil {
		return nil, invalid("params", "is not JSON: %v", err)
	}
	const headers = 512 // more than ours take
	limit := int(g.jet.Conn().MaxPayload())
	if limit > 0 && len(data)+headers > limit {
		return nil, tooLarge("workflow and params", limit-headers, len(data))
	}
	return &nats.Msg{Subject: g.cfg.Resources.subject(run.Tag), Data: data, Header: nats.Header{}}, nil
}

// accept makes the two writes, in the time of writing. What could not be queued is removed again; if that is refused, a worker has it already.
func (g *Gateway) accept(ctx, writing context.Context, run *Run, message *nats.Msg) error {
	if err := g.runs.create(writing, run); err != nil {
		if again := run.repeated(err); !errors.Is(again, err) {
			return again
		}
		if there, conflict := conflicting(err); conflict == nil {
			// Nobody else makes a run of this id: an earlier try was stored. It may even have been queued since, by a sweeper.
			if there.Status != StatusPending {
				return nil
			}
			run.Revision = there.Revision
			return g.publish(ctx, writing, run, message)
		}
		if errors.Is(err, jet.ErrUncertain) {
			return g.tidy(run, "the run could not be stored", err)
		}
		return unavailable("the run could not be stored", err)
	}
	return g.publish(ctx, writing, run, message)
}

// publish queues a stored run, or removes it again.
func (g *Gateway) publish(ctx, writing context.Context, run *Run, message *nats.Msg) error {
	if run.RequestSHA256 == "" && run.RerunOf == "" { // else the job doesn't hold the whole snapshot
		message.Header.Set(headerRunRevision, strconv.FormatUint(run.Revision, 10))
	}
	sequence, err := g.queue(writing, message, run)
	if err == nil {
		g.sweeper.jobs.note(run.ID, sequence)
		g.notedNew(run)
		return nil
	}
	undoing, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	undo := g.runs.bucket.Purge(undoing, run.ID, run.Revision)
	there, conflict := conflicting(undo)
	switch {
	case undo == nil:
	case conflict == nil && there.Status != StatusPending:
		return nil
	case conflict == nil: // a repeated request has taken the run over, and answers for it
	default:
		return g.tidy(run, "the run could not be queued", err)
	}
	return unavailable("the run could not be queued", err)
}

// takeBack removes a refused run, or cancels it where a worker has claimed it already. One that a repeated request has
// taken over is left to that, and one that is not there can't come any more.
func (g *Gateway) takeBack(ctx context.Context, refused *Run) error {
	run, err := g.runs.get(ctx, refused.ID)
	switch {
	case errors.Is(err, jet.ErrNotFound):
		return g.runs.bucket.Bar(ctx, refused.ID)
	case err != nil:
		return err
	case run.Status == StatusPending && run.UpdatedAt != refused.UpdatedAt, run.Status != StatusPending && refused.RequestSHA256 != "":
		return nil
	case run.Status == StatusPending:
		return g.runs.bucket.Purge(ctx, run.ID, run.Revision)
	}
	_, err = g.runs.update(ctx, run, func(r *Run) error {
		if !r.requestCancel("", g.now()) {
			return errUnchanged
		}
		return nil
	})
	g.hintCancel(run.ID)
	return err
}
