//go:build unix

// This file owns how a child notices that it stood still: a machine that is too busy does to it what a pause does.

package chaos

import (
	"context"
	"fmt"
	"os"
	"time"
)

const (
	stallTick  = 50 * time.Millisecond
	stallLeast = 250 * time.Millisecond
)

// tellStalls prints each time that was noticed until ctx ends.
func tellStalls(ctx context.Context) {
	ticker := time.NewTicker(stallTick)
	defer ticker.Stop()
	for last := now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		at := now()
		if stall := (span{From: last, To: at}); stall.length() >= stallLeast {
			_, _ = fmt.Fprintf(os.Stdout, "%s%d %d\n", lineStall, stall.From, stall.To)
		}
		last = at
	}
}
