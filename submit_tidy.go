// This file owns refused submissions of which it is not known whether they were stored: they are taken back in the
// background, by one actor that Run waits for.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// maxUnsettled bounds the submissions that have not been answered and those that are being taken back, together. Over
	// it, a submission is refused before anything is written: a run that was refused must never be executed, and one that
	// nobody takes back is queued by the sweeper as if it had been accepted.
	maxUnsettled = 10_000
	// tidyPause is how long to wait before what could not be taken back is tried again.
	tidyPause = 200 * time.Millisecond
	// tidyStop bounds what is still tried when the gateway stops.
	tidyStop = 5 * time.Second
)

// tidier takes refused runs back, for as long as that takes.
type tidier struct {
	gateway *Gateway
	wake    chan struct{}
	landed  chan struct{} // closed when none is in flight and none can come

	mu       sync.Mutex
	inFlight int             // submissions that have not been answered
	due      map[*Run]func() // what is to be taken back, and what lets the sweeper see it again
	closed   bool
}

func newTidier(g *Gateway) *tidier {
	return &tidier{gateway: g, wake: make(chan struct{}, 1), landed: make(chan struct{}), due: map[*Run]func(){}}
}

// enter takes the place of a submission, before it writes anything. leave gives it back.
func (t *tidier) enter() (leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return nil, errStopping
	case t.inFlight+len(t.due) >= maxUnsettled:
		return nil, unavailable(fmt.Sprintf("%d submissions wait for an answer of NATS", maxUnsettled), nil)
	}
	t.inFlight++
	return t.leave, nil
}

func (t *tidier) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight--
	if t.closed && t.inFlight == 0 {
		close(t.landed)
	}
}

// tidy leaves a refused run to the tidier. Its error says so: this gateway may end before it is done, and the run is then
// one like any other.
func (g *Gateway) tidy(run *Run, what string, cause error) error {
	g.cfg.Log.Warn("a refused run may have been stored, removing it", "run_id", run.ID, "err_id", errOrphanRun)
	t := g.refused
	t.mu.Lock()
	t.due[&Run{ID: run.ID, UpdatedAt: run.UpdatedAt, RequestSHA256: run.RequestSHA256}] = g.sweeper.refusing(run.ID)
	t.mu.Unlock()
	poke(t.wake)
	return &unavailableError{what: what, cause: cause, orphan: true}
}

// run takes back until ctx ends. Then it waits for the submissions that are in flight, and tries once more what they and
// others have left, but only as long as a stop may take.
func (t *tidier) run(ctx context.Context) {
	retry := time.NewTimer(tidyPause)
	defer retry.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-t.wake:
		case <-retry.C:
		}
		if t.round(ctx) > 0 {
			retry.Reset(tidyPause)
		}
	}
	t.mu.Lock()
	t.closed = true
	if t.inFlight == 0 {
		close(t.landed)
	}
	t.mu.Unlock()
	<-t.landed
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyStop)
	defer cancel()
	for left := t.round(stop); left > 0 && t.gateway.jet.Connected() && stop.Err() == nil; left = t.round(stop) {
		retry.Reset(tidyPause)
		select {
		case <-retry.C:
		case <-stop.Done():
		}
	}
	for run := range t.due {
		t.gateway.cfg.Log.Error("a refused run may remain", "run_id", run.ID, "err_id", errOrphanRun)
	}
}

// round tries to take back all that is due, unless NATS is away, and says how much is left.
func (t *tidier) round(ctx context.Context) (left int) {
	t.mu.Lock()
	due := slices.Collect(maps.Keys(t.due))
	t.mu.Unlock()
	if !t.gateway.jet.Connected() {
		return len(due)
	}
	var group errgroup.Group // what fails for one run is no reason to leave the others
	group.SetLimit(8)
	for _, run := range due {
		group.Go(func() error {
			call, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			if err := t.gateway.takeBack(call, run); err == nil || t.unreadable(run, err) {
				t.done(run)
			}
			return nil
		})
	}
	_ = group.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.due)
}

// unreadable says that another program has written over the run what is no snapshot: it is not ours any more.
func (t *tidier) unreadable(run *Run, err error) bool {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &syntax) && !errors.As(err, &wrong) {
		return false
	}
	t.gateway.cfg.Log.Error("a refused run may remain", "run_id", run.ID, "error", err, "err_id", errOrphanRun)
	return true
}

func (t *tidier) done(run *Run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due[run]()
	delete(t.due, run)
}
