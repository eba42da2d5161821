// This file owns an intake of one message: when it has come, and when to stop waiting for it.

package jet

import (
	"context"
	"time"
)

// Once is Run for one message: it returns as soon as that is with its handler, or when every consumer was asked and none
// has come within Poll. It says whether one came. The intake must have one slot, and is used up.
func (in *Intake) Once(ctx context.Context) bool {
	in.mu.Lock()
	in.single = true
	in.mu.Unlock()
	in.Run(ctx)
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.taken
}

// complete says that an intake of one message has no more to do. Without an answer from the server it never has.
func (in *Intake) complete() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.single || in.taken {
		return in.single
	}
	for _, f := range in.feeds {
		if !f.asked || f.pull != 0 { // what an open pull is sent would come back only after its AckWait
			return false
		}
	}
	return time.Since(in.asked) >= in.cfg.Poll
}
