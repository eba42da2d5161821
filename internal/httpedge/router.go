// This file owns Router: what is done around every handler, in which order.

package httpedge

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// defaultTimeout leaves time for the answer itself: clients of the Python gateway wait 5 s, and are promised 4.
const defaultTimeout = 3500 * time.Millisecond

// Handler answers a request, or returns the error that the Router answers with; never both. See Router.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one method of one path.
type Route struct {
	// Method is in capitals. A GET route answers HEAD as well.
	Method string
	// Pattern is a path whose segments may be ":name"; the last one may be "*name", which takes the rest with its
	// leading slash. Wildcards may stand beside fixed segments, which go first.
	Pattern string
	Handler Handler
	// Open is for the caller: a route that needs no key. The Router does nothing with it.
	Open bool
	// Stream takes away the deadline of the request's context and of its answer. Its handler has to end with Stopping,
	// and the body has to move at least every 10 s, at 4 KiB a second on the whole.
	Stream bool
}

// Config is what a Router needs. The zero value works.
type Config struct {
	// Log gets a line per request at debug level, and what went wrong above it. Default: nothing is logged.
	Log *slog.Logger
	// Timeout is the deadline of the context of non-stream routes and of reading their bodies. Default: 3.5 s.
	Timeout time.Duration
	// Observe is told of each answer: the route's pattern ("unmatched" where there was none), the method ("OTHER"
	// where it is not one of RFC 9110 or PATCH), the status (499 where the client went away first) and the time it
	// took. It may be nil, and has to be safe for concurrent use.
	Observe func(route, method string, status int, d time.Duration)
}

// Router is a http.Handler over a fixed set of routes, safe for concurrent use. It never redirects. An error that a
// handler returns is answered in one place: a Problem as it is, *http.MaxBytesError with 413,
// context.DeadlineExceeded with 503, anything else and a panic with 500 and no cause.
type Router struct {
	cfg    Config
	routes []Route
	table  *table
}

// NewRouter checks cfg and the routes. It returns an error that names the routes that can not be told apart, and for
// a pattern that is not one.
func NewRouter(routes []Route, cfg Config) (*Router, error) {
	if cfg.Timeout < 0 {
		return nil, errors.New("httpedge: Timeout: must not be negative")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	cfg.Log = orDiscard(cfg.Log)
	if cfg.Observe == nil {
		cfg.Observe = func(string, string, int, time.Duration) {}
	}
	table, err := newTable(routes)
	if err != nil {
		return nil, err
	}
	return &Router{cfg: cfg, routes: slices.Clone(routes), table: table}, nil
}

// Routes gives a copy of the routes, in the order they were given.
func (rt *Router) Routes() []Route { return slices.Clone(rt.routes) }

// Param gives what the wildcard of that name matched, or "" where the route has none.
func Param(r *http.Request, name string) string { return r.PathValue(name) }

// ServeHTTP finds the route, runs its handler and answers for it where it failed.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	id := requestID(r)
	w.Header().Set(requestIDHeader, id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if len(r.TransferEncoding) > 0 {
		// net/http does not tell whether such a request had a Content-Length too. Where it had, a proxy may have seen
		// another end of it, and what follows on the connection may be no request of its client's (RFC 9112, 6.1).
		w.Header().Set("Connection", "close")
	}
	r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
	rec := &recorder{ResponseWriter: w}
	route, values := rt.match(r)
	for _, v := range values {
		r.SetPathValue(v.name, v.value)
	}
	// Deferred, since an answer may end in http.ErrAbortHandler.
	defer func() { rt.observe(rec, r, route.Pattern, time.Since(start)) }()
	setDeadlines(rec, r, route.Stream, rt.cfg.Timeout)
	rt.run(rec, r, route)
	if route.Stream {
		endDeadline(rec)
	}
}

// run keeps the request as it came for the answer: whether the client is gone is not for the route's deadline to say.
func (rt *Router) run(rec *recorder, r *http.Request, route *Route) {
	defer rt.recover(rec, r)
	inner := r
	if !route.Stream {
		ctx, cancel := context.WithTimeout(r.Context(), rt.cfg.Timeout)
		defer cancel()
		inner = r.WithContext(ctx)
	}
	if err := route.Handler(rec, inner); err != nil {
		rt.answer(rec, r, err)
	}
}

// match gives the route of a request, or one that refuses it.
func (rt *Router) match(r *http.Request) (*Route, []value) {
	if !plainPath(r.URL) {
		return refuse(&Problem{Status: http.StatusNotFound, ErrID: errIDInvalid, Detail: "path: there is nothing here"}), nil
	}
	if route, values := rt.table.find(r.Method, r.URL.Path); route != nil {
		return route, values
	}
	allowed := strings.Join(rt.table.allowed(r.URL.Path), ", ")
	if allowed == "" {
		return refuse(&Problem{Status: http.StatusNotFound, ErrID: errIDInvalid, Detail: "path: there is nothing here"}), nil
	}
	route := refuse(&Problem{
		Status: http.StatusMethodNotAllowed, ErrID: errIDInvalid, Detail: "method: must be one of " + allowed,
	})
	refused := route.Handler
	route.Handler = func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", allowed)
		return refused(w, r)
	}
	return route, nil
}

func refuse(p *Problem) *Route {
	return &Route{Pattern: "unmatched", Handler: func(http.ResponseWriter, *http.Request) error { return p }}
}

func (rt *Router) observe(rec *recorder, r *http.Request, pattern string, d time.Duration) {
	status := rec.status
	if !rec.sent() {
		status = http.StatusOK // what net/http sends for a handler that wrote nothing
	}
	method := knownMethod(r.Method)
	rt.cfg.Observe(pattern, method, status, d)
	rt.cfg.Log.LogAttrs(r.Context(), slog.LevelDebug, "request",
		slog.String("method", method), slog.String("route", pattern), slog.Int("status", status),
		slog.Duration("duration", d), slog.Int64("bytes", rec.bytes), slog.String("request_id", RequestID(r.Context())))
}

// knownMethod keeps a caller from making up metric labels.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return method
	}
	return "OTHER"
}
