// This file owns the removal of what broken uploads of wheels have left.

package pyoco

import (
	"context"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// tidyAge is how long chunks of no wheel stay: an upload stores its next one well before. tidyPeriod is the time between two
// looks for such.
const (
	tidyAge    = 15 * time.Minute
	tidyPeriod = 10 * time.Minute
)

// run removes what uploads have left that were broken off by the end of their gateway, until ctx ends.
func (s *wheelStore) run(ctx context.Context) {
	ticker := time.NewTicker(tidyPeriod)
	defer ticker.Stop()
	for {
		attempt, cancel := context.WithTimeout(ctx, time.Minute)
		err := s.objects.Tidy(attempt, tidyAge)
		cancel()
		if err != nil && ctx.Err() == nil && !jet.NoStream(err) {
			s.gateway.cfg.Log.Warn("what broken uploads of wheels have left is not removed now", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
