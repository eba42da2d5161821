// This file owns what the tests of the package's users see of its inside.

package pyoco

import "github.com/pyoco/pyoco/internal/httpedge"

// KnownKeys is how many keys are taken without a look at their records.
func (g *Gateway) KnownKeys() int {
	g.verifier.mu.RLock()
	defer g.verifier.mu.RUnlock()
	return len(g.verifier.known)
}

// Routes are the gateway's, so that no test forgets a new one.
func (g *Gateway) Routes() []httpedge.Route { return g.router.Routes() }
