// This file owns who makes a call: what a key says of its holder, and how it reaches what the call does.

package pyoco

import (
	"context"
	"slices"
	"time"
)

// caller is who makes a call, as its key says.
type caller struct {
	keyID, tenant string
	scopes        []string
	expires       Timestamp
	revision      uint64
}

type callerKey struct{}

// callerOf gives who makes the call that ctx belongs to; nil where that is no holder of a key but the program itself, or
// where keys are off. A nil caller may do everything.
func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

func (c *caller) isAdmin() bool { return c == nil || slices.Contains(c.scopes, ScopeAdmin) }

// may says whether the caller has a scope.
func (c *caller) may(scope string) bool {
	return scope == anyScope || c.isAdmin() || len(c.scopes) == 0 || slices.Contains(c.scopes, scope)
}

func (c *caller) expired(now time.Time) bool { return c.expires != 0 && timestamp(now) >= c.expires }
