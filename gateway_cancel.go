// This file owns cancels: the request for a run's end, over HTTP and without.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pyoco/pyoco/internal/httpedge"
	"github.com/pyoco/pyoco/internal/jet"
)

// callTime bounds a call that goes on trying while NATS is silent, as the router bounds it over HTTP.
const callTime = 3500 * time.Millisecond

// errCancelUnknown is in the error of a cancel that was sent to NATS and not answered.
var errCancelUnknown = errors.New("it is not known whether the cancel was stored")

// Cancel asks for a run's end and gives the run as it then is. A run that has ended stays as it is. The tasks of a
// running one see their context end at once; one that is still queued never starts. It takes 3.5 s at most. ErrUnavailable
// is returned where NATS gave no answer; whether the cancel was stored is then not known where the text says so, and to ask
// again does no harm.
func (g *Gateway) Cancel(ctx context.Context, id string) (*Run, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	run, err := g.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	asked, by := false, callerOf(ctx).by()
	remembered := g.repairs.remember(id, by) // before the write, so that nothing written over it is missed
	run, err = g.runs.update(ctx, run, func(r *Run) error {
		if asked = !g.ended(r).Status.Terminal() && r.requestCancel(by, g.now()); !asked {
			return errUnchanged
		}
		return nil
	})
	remembered(err == nil && run.Status == StatusCancelling)
	if errors.Is(err, jet.ErrNotFound) {
		return nil, ErrNotFound
	}
	if errors.Is(err, jet.ErrUncertain) {
		return nil, unavailable("the cancel was not answered", fmt.Errorf("%w: %w", errCancelUnknown, err))
	}
	if err != nil {
		return nil, unavailable("the cancel could not be written", err)
	}
	if asked {
		g.noted(run)
		g.hintCancel(id)
	}
	return g.ended(run), nil
}

// hintCancel tells the run's worker to look now. It is not needed: the next heartbeat finds the cancel.
func (g *Gateway) hintCancel(id string) { _ = g.jet.Conn().Publish(cancelHintSubject(id), nil) }

func (g *Gateway) postRunCancel(w http.ResponseWriter, r *http.Request) error {
	run, err := g.Cancel(r.Context(), httpedge.Param(r, "id"))
	if err != nil {
		return answer(err, errRunNotFound)
	}
	return httpedge.WriteJSON(w, http.StatusOK, run)
}
