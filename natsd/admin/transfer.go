// This file owns the watch over a transfer, which ends when nothing comes any more.

package admin

import (
	"context"
	"errors"
	"sync"
	"time"
)

// watched ends a transfer that has stalled.
type watched struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	stall  time.Duration
	timer  *time.Timer

	mu    sync.Mutex
	seen  uint64
	ended bool
}

var errStalled = errors.New("nothing has come for a while; is the server still there")

func watch(ctx context.Context, stall time.Duration) *watched {
	if stall == 0 {
		stall = time.Minute
	}
	w := &watched{stall: stall}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(stall, func() { w.cancel(errStalled) })
	return w
}

// moved is told how much has come, by any goroutine, and passes it on where it is
// more than before, one at a time and never after the end.
func (w *watched) moved(bytes uint64, tell func(Progress), p Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || bytes <= w.seen {
		return
	}
	w.seen = bytes
	w.timer.Reset(w.stall)
	if tell != nil {
		tell(p)
	}
}

// explain gives the reason of an end that was ours.
func (w *watched) explain(err error) error {
	if cause := context.Cause(w.ctx); cause != nil && errors.Is(err, context.Canceled) {
		return cause
	}
	return err
}

func (w *watched) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.timer.Stop()
	w.cancel(nil)
}
