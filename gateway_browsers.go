// This file owns what browsers may change: nothing from pages of other origins, and without keys nothing at all until
// somebody has turned actions on.

package pyoco

import (
	"net/http"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// fromBrowsers puts the check in front of a route that changes something. It goes before that of the key.
func (g *Gateway) fromBrowsers(route httpedge.Route) httpedge.Handler {
	if route.Method == http.MethodGet || route.Method == http.MethodHead {
		return route.Handler
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := g.crossOrigin.Check(r); err != nil {
			return &httpedge.Problem{
				Status: http.StatusForbidden, ErrID: errInvalidRequest, Cause: err,
				Detail: "Origin: must be the gateway's own: a page of another origin may change nothing here",
			}
		}
		if g.cfg.Auth.Mode != AuthAPIKey && !g.cfg.Dashboard.Actions && byBrowser(r) {
			return &httpedge.Problem{
				Status: http.StatusForbidden, ErrID: errInvalidRequest,
				Detail: "actions: are off for browsers; start the gateway with PYOCO_DASHBOARD_ACTIONS=1 or --dashboard-actions " +
					"(DashboardConfig.Actions) to allow them, or with PYOCO_HTTP_AUTH_MODE=api_key to ask for keys",
			}
		}
		return route.Handler(w, r)
	}
}

// byBrowser says whether a request bears what only browsers send (Fetch, 3.2; Fetch Metadata Request Headers, 2.4).
func byBrowser(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != ""
}
