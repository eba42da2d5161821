// This file owns the gateway over HTTP: its server, its routes, and which error becomes which answer.

package pyoco

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// Serve answers HTTP on l, with the timeouts that a server needs, until ctx ends. Then it takes no new connection, ends
// the streams, waits for the other requests, which takes 15 s at most, and returns nil. It closes l; an error is l's.
// Several calls may serve several listeners. On loopback, without keys, it answers to no foreign name: see AuthConfig.
func (g *Gateway) Serve(ctx context.Context, l net.Listener) error {
	return httpedge.Serve(onLoopback(ctx, l), l, g, g.cfg.HTTPLog)
}

func (g *Gateway) routes() []httpedge.Route {
	return []httpedge.Route{
		{Method: "GET", Pattern: "/", Handler: g.getDashboard, Open: true},
		{Method: "GET", Pattern: "/static/*path", Handler: g.getDashboardFile, Open: true},
		{Method: "GET", Pattern: "/health", Handler: g.getHealth, Open: true},
		{Method: "GET", Pattern: "/ready", Handler: g.getReady, Open: true},
		{Method: "GET", Pattern: "/metrics", Handler: g.metricsHandler()},
		{Method: "GET", Pattern: "/openapi.json", Handler: g.getOpenAPI},
		{Method: "GET", Pattern: "/whoami", Handler: g.getWhoami},
		{Method: "GET", Pattern: "/overview", Handler: g.getOverview},
		{Method: "POST", Pattern: "/runs", Handler: g.postRuns},
		{Method: "POST", Pattern: "/runs/yaml", Handler: g.postRunsYAML},
		{Method: "GET", Pattern: "/runs", Handler: g.getRuns},
		{Method: "GET", Pattern: "/runs/:id", Handler: g.getRun},
		{Method: "GET", Pattern: "/runs/:id/tasks", Handler: g.getRunTasks},
		{Method: "GET", Pattern: "/runs/:id/flow", Handler: g.getRunFlow},
		{Method: "GET", Pattern: "/runs/:id/watch", Handler: g.getRunWatch, Stream: true},
		{Method: "POST", Pattern: "/runs/:id/cancel", Handler: g.postRunCancel},
		{Method: "GET", Pattern: "/dlq", Handler: g.getLetters},
		{Method: "GET", Pattern: "/dlq/:seq", Handler: g.getLetter},
		{Method: "POST", Pattern: "/dlq/:seq/replay", Handler: g.postLetterReplay},
		{Method: "DELETE", Pattern: "/dlq/:seq", Handler: g.deleteLetter},
		{Method: "GET", Pattern: "/events", Handler: g.getEvents, Stream: true},
		{Method: "GET", Pattern: "/wheels", Handler: g.getWheels},
		{Method: "POST", Pattern: "/wheels", Handler: g.postWheels, Stream: true},
		{Method: "GET", Pattern: "/wheels/history", Handler: g.getWheelHistory},
		{Method: "GET", Pattern: "/wheels/:name", Handler: g.getWheel, Stream: true},
		{Method: "DELETE", Pattern: "/wheels/:name", Handler: g.deleteWheel},
		{Method: "GET", Pattern: "/workers", Handler: g.getWorkers},
		{Method: "GET", Pattern: "/workers/:id", Handler: g.getWorker},
		{Method: "PATCH", Pattern: "/workers/:id", Handler: g.patchWorker},
	}
}

// retryAfter is when a client may try again while NATS is away.
const retryAfter = 2 * time.Second

// answer gives the problem that an error is served as; nil stays nil.
func answer(err error, notFound string) error {
	var bad *InvalidError
	var transition *TransitionError
	var away *unavailableError
	var replay *ReplayError
	var older *WheelVersionError
	var full *noRoomError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad):
		status := http.StatusUnprocessableEntity
		if bad.TooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		return &httpedge.Problem{
			Status: status, Detail: bad.Error(), ErrID: bad.id,
			Fields: []httpedge.FieldError{{Field: bad.Field, Reason: bad.Reason}},
		}
	case errors.Is(err, ErrNotFound):
		detail := "run_id: there is no such run"
		switch notFound {
		case errWorkerNotFound:
			detail = "worker_id: there is no such worker"
		case errInvalidRequest:
			detail = "seq: there is no such dead letter"
		case errWheelNotFound:
			detail = "name: there is no such wheel"
		}
		return &httpedge.Problem{Status: http.StatusNotFound, Detail: detail, ErrID: notFound}
	case errors.As(err, &full):
		return &httpedge.Problem{Status: http.StatusInsufficientStorage, Detail: err.Error(), ErrID: full.id, Cause: full.cause}
	case errors.As(err, &older):
		return &httpedge.Problem{Status: http.StatusConflict, Detail: err.Error(), ErrID: errWheelVersion}
	case errors.As(err, &replay):
		return &httpedge.Problem{Status: http.StatusConflict, Detail: err.Error(), ErrID: errInvalidRequest}
	case errors.As(err, &transition):
		return &httpedge.Problem{Status: http.StatusConflict, Detail: err.Error(), ErrID: errInvalidRequest}
	case errors.Is(err, errCancelUnknown):
		return &httpedge.Problem{
			Status: http.StatusServiceUnavailable, ErrID: errNATSUnavailable, RetryAfter: retryAfter, Cause: err,
			Detail: "NATS gave no answer: it is not known whether the cancel was stored; ask again, which does no harm",
		}
	case errors.Is(err, errWheelUnknown):
		return &httpedge.Problem{
			Status: http.StatusServiceUnavailable, ErrID: errNATSUnavailable, RetryAfter: retryAfter, Cause: err,
			Detail: "NATS gave no answer: it is not known whether the wheel was stored; look at the list before uploading again",
		}
	case errors.Is(err, errStopping):
		return &httpedge.Problem{
			Status: http.StatusServiceUnavailable, ErrID: errNATSUnavailable, RetryAfter: retryAfter,
			Detail: "the gateway is stopping: nothing was accepted, try another one, or again in a moment",
		}
	case errors.Is(err, errReading):
		return &httpedge.Problem{
			Status: http.StatusServiceUnavailable, ErrID: errNATSUnavailable, RetryAfter: retryAfter,
			Detail: "the index of runs is being read from NATS: try again in a moment (see GET /ready); single runs can be read already",
		}
	case errors.As(err, &away) && away.orphan:
		return &httpedge.Problem{
			Status: http.StatusServiceUnavailable, ErrID: errOrphanRun, RetryAfter: retryAfter, Cause: err,
			Detail: "NATS gave no answer: the run may have been accepted, and is being taken back; " +
				"look for it before submitting again, or submit with an Idempotency-Key, which makes that safe",
		}
	case errors.Is(err, ErrUnavailable):
		return &httpedge.Problem{
			Status: http.StatusServiceUnavailable, ErrID: errNATSUnavailable, RetryAfter: retryAfter, Cause: err,
			Detail: "NATS is not available: nothing was accepted, try again in a moment (see GET /ready)",
		}
	}
	return err
}

func (g *Gateway) getHealth(w http.ResponseWriter, _ *http.Request) error {
	return httpedge.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (g *Gateway) getReady(w http.ResponseWriter, r *http.Request) error {
	var reason string
	var cause error
	switch {
	case g.isStopping():
		reason = "the gateway is stopping"
	case !g.jet.Connected():
		reason = "NATS is not connected"
	case g.whole() != nil:
		reason = "the index of runs is being read"
	default:
		if cause = g.probe.ask(r.Context()); cause == nil {
			return httpedge.WriteJSON(w, http.StatusOK, map[string]string{"status": "ready"})
		}
		reason = "NATS takes no writes: is its store full?"
	}
	return &httpedge.Problem{
		Status: http.StatusServiceUnavailable, Detail: reason, ErrID: errNATSUnavailable, RetryAfter: retryAfter, Cause: cause,
	}
}

// errReading refuses lists while the index is being read for the first time.
var errReading = unavailable("the index of runs is being read", nil)

// whole refuses to answer from an index that does not hold everything yet.
func (g *Gateway) whole() error {
	switch {
	case g.live.isOpen() && g.workers.live.isOpen():
		return nil
	case g.jet.Connected():
		return errReading
	}
	return unavailable("the index of runs has not been read, and NATS is not connected", nil)
}
