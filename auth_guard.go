// This file owns the guard in front of the routes: which need a key, which scope, and what is answered without.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// guarded puts the guard in front of every route that is not open. A new route is guarded by being one.
func (g *Gateway) guarded(routes []httpedge.Route) []httpedge.Route {
	for i, route := range routes {
		switch {
		case g.cfg.Auth.Mode != AuthAPIKey:
			routes[i].Handler = g.named(route)
		case !route.Open:
			routes[i].Handler = g.guard(route)
		}
		routes[i].Handler = g.fromBrowsers(routes[i])
	}
	return routes
}

func (g *Gateway) guard(route httpedge.Route) httpedge.Handler {
	scope := scopeOf(route.Method, route.Pattern)
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := g.authenticate(r)
		if err == nil && !c.may(scope) {
			err = &scopeError{scope}
		}
		if err != nil {
			return g.refuse(w, r, err)
		}
		return route.Handler(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	}
}

// scopeNouns are the first segments of paths, and the noun of their scopes.
var scopeNouns = map[string]string{
	"runs": "runs", "dlq": "runs", "events": "runs", "overview": "runs", "metrics": "runs", "schedules": "runs", "workers": "workers", "wheels": "wheels",
}

// anyScope is needed by routes that any key may call.
const anyScope = ""

// scopeOf is what a route needs; what is not known needs most.
func scopeOf(method, pattern string) string {
	if pattern == "/openapi.json" || pattern == "/whoami" { // they tell nothing of anybody else
		return anyScope
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(pattern, "/"), "/")
	noun := scopeNouns[first]
	switch {
	case noun == "":
		return ScopeAdmin
	case method == http.MethodGet || method == http.MethodHead:
		return noun + ":read"
	}
	return noun + ":write"
}

// scopeError says which scope a key lacks.
type scopeError struct{ scope string }

func (e *scopeError) Error() string { return "the API key lacks the scope " + e.scope }

// errNoKey says that a request has no key.
var errNoKey = errors.New("no API key")

func (g *Gateway) authenticate(r *http.Request) (*caller, error) {
	text, err := keyOf(r, g.cfg.Auth.Header)
	if err != nil {
		return nil, err
	}
	if err := g.up(r.Context()); err != nil && !errors.Is(err, errStopping) { // what is under way may end
		return nil, err
	}
	return g.verifier.verify(r.Context(), text, addressOf(r, g.cfg.Auth.TrustedProxies))
}

// keyOf is the text of a request's key.
func keyOf(r *http.Request, header string) (string, error) {
	given := r.Header.Values(header)
	if len(given) == 0 || strings.EqualFold(header, "Authorization") {
		given = given[:0:0]
		for _, value := range r.Header.Values("Authorization") {
			scheme, token, ok := strings.Cut(value, " ")
			if ok && strings.EqualFold(scheme, "Bearer") { // RFC 9110, 11.1: in any case
				given = append(given, token)
			}
		}
	}
	switch {
	case len(given) == 0 || len(given) == 1 && strings.TrimSpace(given[0]) == "":
		return "", errNoKey
	case len(given) > 1:
		return "", errKeyInvalid
	}
	return strings.TrimSpace(given[0]), nil
}

// refuse counts and logs a refusal, and gives its answer. The log names the key by its id, where the text has one.
func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, err error) error {
	problem, reason := g.refusal(err)
	g.instruments.refused(reason)
	if problem.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="pyoco"`) // RFC 9110, 15.5.2
	}
	if problem.Status < http.StatusInternalServerError {
		text, _ := keyOf(r, g.cfg.Auth.Header)
		id, _, _ := parseKey(text)
		g.cfg.HTTPLog.Info("request refused for its API key", "reason", reason, "api_key_id", id, "err_id", problem.ErrID,
			"address", addressOf(r, g.cfg.Auth.TrustedProxies).String())
	}
	return problem
}

// Why requests are refused, as the metrics have it.
const (
	refusedMissing     = "missing"
	refusedInvalid     = "invalid"
	refusedRevoked     = "revoked"
	refusedExpired     = "expired"
	refusedScope       = "scope"
	refusedAttempts    = "attempts"
	refusedBusy        = "busy"
	refusedUnavailable = "unavailable"
)

func (g *Gateway) refusal(err error) (*httpedge.Problem, string) {
	forbidden := func(reason, detail string) (*httpedge.Problem, string) {
		return &httpedge.Problem{Status: http.StatusForbidden, ErrID: errKeyRefused, Detail: detail}, reason
	}
	later := func(reason string, wait time.Duration, detail string) (*httpedge.Problem, string) {
		return &httpedge.Problem{Status: http.StatusTooManyRequests, ErrID: errKeyRefused, RetryAfter: wait, Detail: detail}, reason
	}
	var scope *scopeError
	var guessed *attemptsError
	switch {
	case errors.Is(err, errNoKey):
		return &httpedge.Problem{
			Status: http.StatusUnauthorized, ErrID: errKeyRequired,
			Detail: fmt.Sprintf("%s: an API key is required, here or as Authorization: Bearer", g.cfg.Auth.Header),
		}, refusedMissing
	case errors.Is(err, errKeyInvalid):
		return forbidden(refusedInvalid, "the API key is not valid")
	case errors.Is(err, errKeyRevoked):
		return forbidden(refusedRevoked, "the API key was revoked: ask for a new one")
	case errors.Is(err, errKeyExpired):
		return forbidden(refusedExpired, "the API key has expired: ask for a new one")
	case errors.As(err, &scope):
		return forbidden(refusedScope, fmt.Sprintf("the API key has not the scope %s, which this call needs", scope.scope))
	case errors.As(err, &guessed):
		return later(refusedAttempts, guessed.wait, "too many API keys from this address were refused: try again later")
	case errors.Is(err, errKeysBusy):
		return later(refusedBusy, time.Second, "too many new API keys are being checked: try again in a moment")
	}
	return &httpedge.Problem{
		Status: http.StatusServiceUnavailable, ErrID: errNATSUnavailable, RetryAfter: retryAfter, Cause: err,
		Detail: "the API key can't be checked now, NATS is not available: try again in a moment (see GET /ready)",
	}, refusedUnavailable
}

// stillAllowed says whether the key of a stream is in force.
func (g *Gateway) stillAllowed(ctx context.Context) bool {
	c := callerOf(ctx)
	return c == nil || g.verifier.inForce(ctx, c)
}
