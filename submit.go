// This file owns submission: what is asked for, and what is checked before anything is written.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Submission says what to run.
type Submission struct {
	// Flow names the run's flow; spaces around it don't count. Without Workflow, it is the flow that the worker's resolver knows by this name.
	Flow string
	// Workflow is the text of a flow file to run; see ParseFlow.
	Workflow []byte
	// Tag says which workers may run it; spaces around it don't count. Default: the gateway's DefaultTag.
	Tag string
	// Tags are labels for people; they route nothing.
	Tags []string
	// Params are the run's parameters: a struct or a map, an object as JSON. They are laid over the flow file's
	// defaults. At most the gateway's MaxParamsBytes.
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
	defer func() {
		g.instruments.submitted(err)
		g.probe.submitted(err)
	}()
	writing, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	if err := g.up(writing); err != nil {
		return nil, err
	}
	leave, err := g.refused.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
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
	s.Flow, s.Tag = strings.TrimSpace(s.Flow), or(strings.TrimSpace(s.Tag), g.cfg.DefaultTag)
	if err := s.check(g.cfg.MaxWorkflowBytes); err != nil {
		return nil, nil, err
	}
	params, err := objectOf("params", s.Params, g.cfg.MaxParamsBytes)
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
	flow, err := g.flows.parse(s.Workflow)
	if err != nil {
		return nil, nil, err
	}
	if err := g.refuseAdditions(flow, s.Tag); err != nil {
		return nil, nil, err
	}
	if run.Params, err = overlay(flow.Defaults(), params); err != nil {
		return nil, nil, invalid("params", "%v", err)
	}
	if len(run.Params) > g.cfg.MaxParamsBytes {
		return nil, nil, tooLarge("params", g.cfg.MaxParamsBytes, len(run.Params))
	}
	run.WorkflowSHA256, run.WorkflowBytes = flow.file, len(s.Workflow)
	return run, slices.Clone(flow.Warnings()), nil
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
