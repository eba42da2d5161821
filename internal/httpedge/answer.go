// This file owns the one place where errors and panics become answers, and what of them is logged.

package httpedge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// statusClientGone is nginx's number for a client that closed the connection before its answer.
const statusClientGone = 499

// writeError is a failed write of an answer: the client is gone or does not read, and nobody is left to be told.
type writeError struct{ err error }

func (e *writeError) Error() string { return "write answer: " + e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }

// answer serves err, unless an answer has begun or the client is gone.
func (rt *Router) answer(rec *recorder, r *http.Request, err error) {
	id := slog.String("request_id", RequestID(r.Context()))
	cause := slog.Any("error", err)
	switch {
	case clientGone(r, err):
		rt.cfg.Log.LogAttrs(r.Context(), slog.LevelDebug, "client gone before its answer was", id, cause)
		// No body. The status is for the log, and keeps net/http from calling this a success.
		rec.WriteHeader(statusClientGone)
		return
	case rec.sent():
		rt.cfg.Log.LogAttrs(r.Context(), slog.LevelWarn, "failed after the answer had begun", id, cause)
		if _, ok := errors.AsType[*cutError](err); ok {
			panic(http.ErrAbortHandler)
		}
		return
	}
	p := rt.problem(r, err)
	level := slog.LevelDebug
	switch {
	case p.Status == http.StatusInternalServerError:
		level = slog.LevelError
	case p.Status > http.StatusInternalServerError:
		level = slog.LevelWarn
	}
	switch {
	case p.Cause != nil:
		cause = slog.Any("error", p.Cause)
	case p.Status < http.StatusInternalServerError: // the detail may quote the request, which is for its sender alone
		cause = slog.Any("fields", fieldNames(p.Fields))
	}
	rt.cfg.Log.LogAttrs(r.Context(), level, "request refused", slog.Int("status", p.Status), slog.String("err_id", p.ErrID), id, cause)
	rt.write(rec, r, p)
}

func fieldNames(fields []FieldError) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Field
	}
	return names
}

// clientGone tells whether nobody waits for the answer. A body that came too slowly is not that, though net/http ends
// the request's context then too.
func clientGone(r *http.Request, err error) bool {
	if _, ok := errors.AsType[*writeError](err); ok {
		return true
	}
	if p, ok := errors.AsType[*Problem](err); ok && p.Status == http.StatusRequestTimeout {
		return false
	}
	return errors.Is(r.Context().Err(), context.Canceled)
}

// problem is the table from errors to answers.
func (rt *Router) problem(r *http.Request, err error) *Problem {
	var p *Problem
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &tooLarge):
		return bodyTooLarge(tooLarge.Limit)
	case errors.Is(err, context.DeadlineExceeded):
		return &Problem{
			Status: http.StatusServiceUnavailable, RetryAfter: time.Second, Cause: err,
			Detail: fmt.Sprintf("timeout: no answer within %s; the service behind is slow or away, try again",
				rt.cfg.Timeout),
		}
	}
	return internal(r, err)
}

func internal(r *http.Request, err error) *Problem {
	return &Problem{
		Status: http.StatusInternalServerError, Cause: err,
		Detail: "internal error; the log has the cause under request id " + RequestID(r.Context()),
	}
}

func bodyTooLarge(limit int64) *Problem {
	return invalid(http.StatusRequestEntityTooLarge, errIDInvalid,
		FieldError{Field: "body", Reason: fmt.Sprintf("must be at most %d bytes", limit)})
}

// recover answers for a handler that panicked. Where its answer had begun the connection is cut, so that the client
// does not take half of it for the whole.
func (rt *Router) recover(rec *recorder, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	rt.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "panic in handler",
		slog.String("request_id", RequestID(r.Context())), slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
	if rec.sent() {
		panic(http.ErrAbortHandler)
	}
	rt.write(rec, r, internal(r, nil))
}

func (rt *Router) write(rec *recorder, r *http.Request, p *Problem) {
	if err := p.write(rec); err != nil {
		rt.cfg.Log.LogAttrs(r.Context(), slog.LevelDebug, "problem not written",
			slog.String("request_id", RequestID(r.Context())), slog.Any("error", err))
	}
}
