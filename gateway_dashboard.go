// This file owns the dashboard at the gateway: its page and files, and what its caller may do.

package pyoco

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/dashboard"
	"github.com/pyoco/pyoco/internal/httpedge"
)

// DashboardConfig says how a Gateway shows itself to people, at GET /.
type DashboardConfig struct {
	// Language is that of its texts: auto (the browser's), ja or en; a reader can choose another one. Default: auto.
	Language string
	// Actions lets people who need no key submit, cancel, replay, hide and upload from a browser. Default: they may only
	// look. Where keys are on, a key's scopes say what its holder may do, and this does nothing.
	Actions bool
}

// The languages of the dashboard.
const (
	LanguageAuto     = "auto"
	LanguageJapanese = "ja"
	LanguageEnglish  = "en"
)

func (c DashboardConfig) withDefaults() (DashboardConfig, error) {
	c.Language = strings.ToLower(strings.TrimSpace(or(c.Language, LanguageAuto)))
	if !slices.Contains([]string{LanguageAuto, LanguageJapanese, LanguageEnglish}, c.Language) {
		return c, invalid("Dashboard.Language", "must be auto, ja or en, got %q", clip(c.Language, maxShown))
	}
	return c, nil
}

// newDashboard makes the page of a gateway with a complete configuration.
func newDashboard(cfg GatewayConfig) (*dashboard.Dashboard, error) {
	return dashboard.New(dashboard.Settings{
		Lang: cfg.Dashboard.Language, Auth: string(cfg.Auth.Mode), Header: cfg.Auth.Header, Version: Version(),
	})
}

func (g *Gateway) getDashboard(w http.ResponseWriter, r *http.Request) error {
	g.dashboard.ServePage(w, r)
	return nil
}

func (g *Gateway) getDashboardFile(w http.ResponseWriter, r *http.Request) error {
	if !g.dashboard.ServeFile(w, r, httpedge.Param(r, "path")) {
		return &httpedge.Problem{Status: http.StatusNotFound, ErrID: errInvalidRequest, Detail: "path: there is no such file"}
	}
	return nil
}

// Self is what a caller may know of itself.
type Self struct {
	Auth     AuthMode `json:"auth"`
	KeyID    string   `json:"key_id,omitempty"`
	TenantID string   `json:"tenant_id,omitempty"`
	// Scopes are what the caller may do from a browser, in the order of Scopes.
	Scopes []string `json:"scopes"`
}

func (g *Gateway) getWhoami(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r.Context())
	self := Self{Auth: g.cfg.Auth.Mode, Scopes: []string{}}
	if c != nil {
		self.KeyID, self.TenantID = c.keyID, c.tenant
	}
	for _, scope := range Scopes() {
		reads := strings.HasSuffix(scope, ":read")
		switch {
		case scope == ScopeAdmin && !c.isAdmin():
		case c == nil && !reads && !g.cfg.Dashboard.Actions:
		case c.may(scope):
			self.Scopes = append(self.Scopes, scope)
		}
	}
	return httpedge.WriteJSON(w, http.StatusOK, self)
}
