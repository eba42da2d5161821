// This file owns why a run has not started yet.

package pyoco

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/pyoco/pyoco/internal/runindex"
)

// maxQueueCount is how far the runs before one are counted.
const maxQueueCount = 1000

// pendingReason says in words why a run has not started, or nothing where it has. ahead is how many runs of its tag were
// submitted before it and have not started either, at most maxQueueCount; a caller that sees one tenant is told of that one's.
func (g *Gateway) pendingReason(c *caller, r *Run) (reason string, ahead int) {
	switch r.Status {
	case StatusPendingApproval:
		return "waiting for approval", 0
	case StatusPending:
	default:
		return "", 0
	}
	ahead = len(g.index.Page(runindex.Query{
		Filter: c.filter(map[string]string{facetWaiting: r.Tag}),
		Before: &runindex.Cursor{Order: float64(r.UpdatedAt), Key: r.ID}, Limit: maxQueueCount,
	}))
	whose := "its tag"
	if !c.isAdmin() {
		whose = "its tag and tenant"
	}
	queue := "it is the next of " + whose
	switch {
	case ahead == maxQueueCount:
		queue = fmt.Sprintf("%d or more runs of %s are before it", ahead, whose)
	case ahead == 1:
		queue = "1 run of " + whose + " is before it"
	case ahead > 1:
		queue = fmt.Sprintf("%d runs of %s are before it", ahead, whose)
	}
	switch serving, free := g.workers.serving(r.Tag); {
	case serving == 0:
		return fmt.Sprintf("no live worker serves the tag %q; %s", r.Tag, queue), ahead
	case free == 0 && serving == 1:
		return fmt.Sprintf("the worker of the tag %q is busy; %s", r.Tag, queue), ahead
	case free == 0:
		return fmt.Sprintf("all %d workers of the tag %q are busy; %s", serving, r.Tag, queue), ahead
	}
	return "queued; " + queue, ahead
}

// explained adds to a run that has not started why that is.
func (g *Gateway) explained(ctx context.Context, r *Run) *Run {
	reason, ahead := g.pendingReason(callerOf(ctx), r)
	if reason == "" {
		return r
	}
	return r.with(map[string]any{"pending_reason": reason, "queue_position": ahead + 1})
}

// with is the run with more fields, which are shown and not stored.
func (r *Run) with(fields map[string]any) *Run {
	shown := r.clone()
	shown.extra = make(map[string]json.RawMessage, len(r.extra)+len(fields))
	maps.Copy(shown.extra, r.extra)
	for name, value := range fields {
		if data, err := encode(value); err == nil {
			shown.extra[name] = data
		}
	}
	return shown
}
