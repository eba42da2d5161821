// This file owns what has to be mended after writers that write without compare-and-set: a cancel that they wrote over,
// and a cancelled run that they left without its end.

package pyoco

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// repairer remembers the cancels of this gateway until their runs have ended.
type repairer struct {
	gateway *Gateway
	wake    chan struct{}

	mu      sync.Mutex
	cancels map[string]*cancelNote // by run
	due     map[string]struct{}    // runs to look at
}

// cancelNote is a cancel that must not be lost. Several calls may be about it at once.
type cancelNote struct {
	by     string
	asking int  // calls that have not ended
	asked  bool // a call has found or made the run CANCELLING
}

func newRepairer(g *Gateway) *repairer {
	return &repairer{gateway: g, wake: make(chan struct{}, 1), cancels: map[string]*cancelNote{}, due: map[string]struct{}{}}
}

// remember keeps a cancel while it is being asked for. done ends the call, and says whether the cancel stands: then it is
// kept until the run has ended.
func (p *repairer) remember(run, by string) (done func(stands bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	note := p.cancels[run]
	if note == nil {
		note = &cancelNote{by: by}
		p.cancels[run] = note
	}
	note.asking++
	return func(stands bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		note.asking--
		note.asked = note.asked || stands
		if note.asking == 0 && !note.asked && p.cancels[run] == note {
			delete(p.cancels, run)
		}
	}
}

// forget drops what is known of a run that is gone.
func (p *repairer) forget(run string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.cancels, run)
	delete(p.due, run)
}

// again puts a run back that could not be mended.
func (p *repairer) again(run string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.due[run] = struct{}{}
}

// repairPause is how long to wait before what could not be mended is tried again.
const repairPause = time.Second

// look notes a run whose snapshot needs mending.
func (p *repairer) look(s *runSummary) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.Status.Terminal() {
		delete(p.cancels, s.ID)
		return
	}
	_, cancelled := p.cancels[s.ID]
	if cancelled && s.CancelRequestedAt == 0 || s.Status == StatusCancelling && s.EndTime > 0 {
		p.due[s.ID] = struct{}{}
		poke(p.wake)
	}
}

// run mends until ctx ends.
func (p *repairer) run(ctx context.Context) {
	retry := time.NewTimer(repairPause)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-retry.C:
		}
		p.mu.Lock()
		due := slices.Collect(maps.Keys(p.due))
		clear(p.due)
		p.mu.Unlock()
		for _, id := range due {
			call, cancel := context.WithTimeout(ctx, 5*time.Second)
			if err := p.mend(call, id); err != nil && !errors.Is(err, jet.ErrNotFound) && ctx.Err() == nil {
				p.gateway.cfg.Log.Warn("run not mended, trying again", "run_id", id, "error", err)
				p.again(id)
				retry.Reset(repairPause)
			}
			cancel()
		}
	}
}

// mend writes the cancel again, and ends a run whose Python worker is done with it and has left it CANCELLING.
func (p *repairer) mend(ctx context.Context, id string) error {
	p.mu.Lock()
	var by string
	note, cancelled := p.cancels[id]
	if cancelled {
		by = note.by
	}
	p.mu.Unlock()
	run, err := p.gateway.runs.get(ctx, id)
	if err != nil {
		return err
	}
	run, err = p.gateway.runs.update(ctx, run, func(r *Run) error {
		switch {
		case r.Status == StatusCancelling && r.EndTime > 0:
			return r.finish(StatusCancelled, r.Error, p.gateway.now())
		case cancelled && r.CancelRequestedAt == 0 && r.requestCancel(by, p.gateway.now()):
			return nil
		}
		return errUnchanged
	})
	if err != nil {
		return err
	}
	p.gateway.noted(run)
	p.gateway.hintCancel(id)
	return nil
}
