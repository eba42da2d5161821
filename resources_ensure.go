// This file owns making the resources at a start: tried until NATS is there.

package pyoco

import (
	"context"
	"log/slog"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// ensureResources makes what is missing of all that a run needs, and for a gateway of what it alone keeps, trying until it
// has succeeded or ctx ends, which it says.
func ensureResources(ctx context.Context, j *jet.Jet, r Resources, log *slog.Logger, gateway bool) bool {
	for wait, told := 100*time.Millisecond, false; ; wait = min(2*wait, 2*time.Second) {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		missing, err := r.ensure(attempt, j, gateway)
		cancel()
		if err == nil {
			if missing != nil {
				log.Error("something cannot be kept, the rest works: make room in the store, or lower the limits", "error", missing)
			}
			if told {
				log.Info("NATS is back")
			}
			r.warnFewReplicas(ctx, j, log)
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if !told {
			told = true
			if away := j.Away(); away != nil {
				err = away
			}
			log.Error("NATS is not available, will keep trying: is the server running, with JetStream on, and is the URL right?",
				"error", err, "err_id", errNATSUnavailable)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}
