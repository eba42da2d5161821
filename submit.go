// This file owns submission: what is checked before anything is written, and the two writes that make a run.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/jet"
)

// Submission says what to run.
type Submission struct {
	// Flow names the run's flow. Without Workflow, it is the flow that the worker's resolver knows by this name.
	Flow string
	// Workflow is the text of a flow file to run; see ParseFlow.
	Workflow []byte
	// Tag says which workers may run it. Default: the gateway's DefaultTag.
	Tag string
	// Tags are labels for people; they route nothing.
	Tags []string
	// Params are the run's parameters: a struct or a map, an object as JSON. They are laid over the flow file's
	// defaults. At most 256 KiB.
	Params any
	// IdempotencyKey makes the same submission, repeated, the same run: the first one's answer is given again, by any
	// gateway, as long as the run is kept. Another submission with the key is ErrInvalid. 1 to 255 printable ASCII
	// characters. Default: none, each submission is a run.
	IdempotencyKey string
}

// Submitted is an accepted run.
type Submitted struct {
	ID     string `json:"run_id"`
	Status Status `json:"status"`
	// BundleHash is that of the run's bundle; null where there is none.
	BundleHash *string `json:"bundle_hash"`
	// RerunOf is the run that this one repeats, if it does.
	RerunOf string `json:"rerun_of,omitempty"`
	// Warnings say what is allowed and probably not meant.
	Warnings []string `json:"warnings,omitempty"`
}

const (
	maxFlowNameBytes = 256
	maxTags          = 64
	// publishTime bounds the two writes of a submission, and undoTime their undoing: together under the 4 s that a
	// call may take.
	publishTime = 2800 * time.Millisecond
	undoTime    = time.Second
)

// Submit stores a run as PENDING and queues it. When it returns without an error, the run will end exactly once, however
// many processes die, while some worker serves its tag. ErrInvalid: it can't be run as it is, and nothing was written.
// ErrUnavailable: NATS gave no answer, and the run is not accepted; or, where the text says so, it may have been, and is
// taken back if that can still be done.
func (g *Gateway) Submit(ctx context.Context, s Submission) (*Submitted, error) {
	run, warnings, err := g.prepare(ctx, s)
	if err != nil {
		g.instruments.submitted(err)
		return nil, err
	}
	return g.submit(ctx, run, s.Workflow, warnings)
}

// submit stores and queues a prepared run.
func (g *Gateway) submit(ctx context.Context, run *Run, workflow []byte, warnings []string) (accepted *Submitted, err error) {
	defer func() { g.instruments.submitted(err) }()
	writing, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	if err := g.up(writing); err != nil {
		return nil, err
	}
	message, err := g.message(run, string(workflow)) // once connected: before, the server's limit is not known
	if err != nil {
		return nil, err
	}
	if run.WorkflowSHA256 != "" { // before the run, so that its job can be made again from then on
		if err := g.texts.keep(writing, run.WorkflowSHA256, workflow); err != nil {
			return nil, unavailable("the flow file could not be stored", err)
		}
	}
	err = g.accept(ctx, writing, run, message)
	if before := (*repeatedError)(nil); errors.As(err, &before) {
		err = g.acceptAgain(ctx, writing, before.run, string(workflow))
	}
	if err != nil {
		return nil, err
	}
	return &Submitted{ID: run.ID, Status: StatusPending, RerunOf: run.RerunOf, Warnings: warnings}, nil
}

// prepare checks a submission and makes its PENDING snapshot.
func (g *Gateway) prepare(ctx context.Context, s Submission) (*Run, []string, error) {
	run, warnings, err := g.newRun(s)
	if err == nil {
		callerOf(ctx).sign(run) // first: a key of its own is one of its tenant
	}
	if err == nil && s.IdempotencyKey != "" {
		err = s.keyed(run)
	}
	return run, warnings, err
}

func (g *Gateway) newRun(s Submission) (*Run, []string, error) {
	s.Tag = or(s.Tag, g.cfg.DefaultTag)
	if err := s.check(g.cfg.MaxWorkflowBytes); err != nil {
		return nil, nil, err
	}
	params, err := objectOf("params", s.Params)
	if err != nil {
		return nil, nil, err
	}
	now := g.now()
	run := &Run{
		ID: uuid.NewString(), Flow: s.Flow, Tag: s.Tag, Tags: s.Tags, Status: StatusPending, Params: params,
		UpdatedAt: timestamp(now),
	}
	if len(s.Workflow) == 0 {
		return run, nil, nil
	}
	flow, err := ParseFlow(s.Workflow)
	if err != nil {
		return nil, nil, err
	}
	if err := g.refuseAdditions(flow, s.Tag); err != nil {
		return nil, nil, err
	}
	if run.Params, err = overlay(flow.Defaults(), params); err != nil {
		return nil, nil, invalid("params", "%v", err)
	}
	if len(run.Params) > maxParamsBytes {
		return nil, nil, tooLarge("params", maxParamsBytes, len(run.Params))
	}
	run.WorkflowSHA256, run.WorkflowBytes = sha256Hex(s.Workflow), len(s.Workflow)
	return run, flow.Warnings(), nil
}

// refuseAdditions refuses a file that says what only our workers understand where a live Python worker would take the
// run, and fail or misread it.
func (g *Gateway) refuseAdditions(flow *Flow, tag string) error {
	if len(flow.additions) == 0 {
		return nil
	}
	worker, ok := g.workers.livePython(tag)
	if !ok {
		return nil
	}
	return invalid(flow.additions[0], "is not known to Python workers, and %q serves the tag %q: take it out, use another tag, or stop that worker",
		clip(worker, maxShown), tag)
}

func (s *Submission) check(maxWorkflow int) error {
	switch {
	case s.Flow == "":
		return invalid("flow_name", "must not be empty")
	case len(s.Flow) > maxFlowNameBytes:
		return tooLarge("flow_name", maxFlowNameBytes, len(s.Flow))
	case !utf8.ValidString(s.Flow):
		return invalid("flow_name", "must be UTF-8")
	case len(s.Tags) > maxTags:
		return invalid("tags", "must be at most %d, got %d", maxTags, len(s.Tags))
	case len(s.Workflow) > maxWorkflow:
		err := tooLarge("workflow", maxWorkflow, len(s.Workflow))
		err.id = errWorkflowTooLarge
		return err
	case !utf8.Valid(s.Workflow):
		return invalid("workflow", "must be UTF-8")
	}
	for i, label := range s.Tags {
		if len(label) > maxTagBytes {
			return tooLarge(fmt.Sprintf("tags[%d]", i), maxTagBytes, len(label))
		}
	}
	if err := checkIdempotencyKey(s.IdempotencyKey); err != nil {
		return err
	}
	return checkTag("tag", s.Tag)
}

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
	sequence, err := g.jet.Publish(writing, message, run.ID)
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

// tidy removes in the background the snapshot of a refused submission, of which it is not known whether it was stored. Its
// error says so: this gateway may end before it is done, and the run is then one like any other.
func (g *Gateway) tidy(run *Run, what string, cause error) error {
	g.cfg.Log.Warn("a refused run may have been stored, removing it", "run_id", run.ID, "err_id", errOrphanRun)
	taken := g.sweeper.refusing(run.ID)
	g.tidying.Go(func() {
		defer taken()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		for stopping := false; ctx.Err() == nil && !stopping; {
			if g.takeBack(ctx, run) == nil {
				return
			}
			timer := time.NewTimer(200 * time.Millisecond)
			select {
			case <-timer.C:
			case <-g.stopping: // once more, but only as long as a stop may take
				stopping = !g.jet.Connected()
				<-timer.C
			}
		}
		g.cfg.Log.Error("a refused run may remain", "run_id", run.ID, "err_id", errOrphanRun)
	})
	return &unavailableError{what: what, cause: cause, orphan: true}
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

// unavailableError is ErrUnavailable with what was tried, and why it failed.
type unavailableError struct {
	what   string
	cause  error
	orphan bool // what was refused may have been accepted all the same
}

func (e *unavailableError) Error() string {
	if e.cause == nil {
		return "unavailable: " + e.what
	}
	return fmt.Sprintf("unavailable: %s: %v", e.what, e.cause)
}

// Is makes the error ErrUnavailable.
func (e *unavailableError) Is(target error) bool { return target == ErrUnavailable }

// Unwrap gives the cause.
func (e *unavailableError) Unwrap() error { return e.cause }

func unavailable(what string, cause error) error { return &unavailableError{what: what, cause: cause} }
