// This file owns what the tests of the package's users see of its inside.

package pyoco

import "github.com/pyoco/pyoco/internal/httpedge"

// Routes are the gateway's, so that no test forgets a new one.
func (g *Gateway) Routes() []httpedge.Route { return g.router.Routes() }
