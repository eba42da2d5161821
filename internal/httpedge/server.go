// This file owns the http.Server with its limits.

package httpedge

import (
	"log/slog"
	"net/http"
	"time"
)

// NewServer makes a server for handler with every timeout that suits all calls: 10 s for a request's header, 2 min for
// an idle connection, 64 KiB of header. How long a body may take to arrive and an answer to be sent differs from route
// to route, events and uploads above all, so a Router keeps those. The server's own complaints go to logger as
// warnings; nil discards them.
func NewServer(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(orDiscard(logger).Handler(), slog.LevelWarn),
	}
}

func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
