// This file owns replaying a dead letter: a new run that does what the letter's run was to do.

package pyoco

import (
	"context"
	"errors"
	"fmt"
)

// ReplayError is returned for a dead letter of which no run can be made.
type ReplayError struct {
	Seq    uint64
	Reason string
}

func (e *ReplayError) Error() string {
	return fmt.Sprintf("seq: dead letter %d cannot be replayed: %s", e.Seq, e.Reason)
}

// Replay queues a new run with the flow, the tag and the params of a dead letter's run, which it names in RerunOf. The
// letter stays. A missing one is ErrNotFound; one whose run or flow file is not kept is a *ReplayError.
func (g *Gateway) Replay(ctx context.Context, seq uint64) (*Submitted, error) {
	letter, err := g.DeadLetter(ctx, seq)
	if err != nil {
		return nil, err
	}
	if letter.RunID == "" {
		return nil, &ReplayError{seq, "it is of a message that is no job, so there is no run to repeat"}
	}
	old, err := g.Get(ctx, letter.RunID)
	if errors.Is(err, ErrNotFound) {
		return nil, &ReplayError{seq, "run " + letter.RunID + " is not kept, and its params with it"}
	}
	if err != nil {
		return nil, err
	}
	if old.ParamsTruncated {
		return nil, &ReplayError{seq, "run " + old.ID + " was too large for its params to be kept: submit it again"}
	}
	if old.hasBundle() {
		return nil, &ReplayError{seq, "run " + old.ID + " is one of a bundle: submit the bundle again"}
	}
	s := Submission{Flow: old.Flow, Tag: old.Tag, Tags: old.Tags, Params: old.Params}
	if old.WorkflowSHA256 != "" {
		if s.Workflow, err = g.texts.read(ctx, old.WorkflowSHA256); errors.Is(err, errTextGone) {
			return nil, &ReplayError{seq, err.Error() + ": submit the file again"}
		} else if err != nil {
			return nil, unavailable("the flow file could not be read", err)
		}
	}
	run, warnings, err := g.prepare(ctx, s)
	if err != nil {
		return nil, err
	}
	run.RerunOf, run.TenantID, run.APIKeyID = old.ID, old.TenantID, or(run.APIKeyID, old.APIKeyID)
	return g.submit(ctx, run, s.Workflow, warnings)
}

// hasBundle says that the run's job holds a bundle, which its snapshot names.
func (r *Run) hasBundle() bool {
	hash, named := r.extra["bundle_hash"]
	return named && string(hash) != "null"
}
