// This file owns the http.Server: its timeouts and where its own messages go.

package httpedge

import (
	"log/slog"
	"net/http"
	"time"
)

const (
	readHeaderTimeout = 5 * time.Second
	idleTimeout       = 90 * time.Second
	maxHeaderBytes    = 64 << 10
)

// NewServer gives a server for h, which is expected to be a Router: the deadlines of bodies and answers are set there
// for each request, since a server-wide WriteTimeout kills streams. Headers may take 5 s and 64 KiB, an idle connection
// is kept for 90 s. What net/http has to say goes to log as warnings; log may be nil. The caller brings the listener.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(orDiscard(log).Handler(), slog.LevelWarn),
	}
}

func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
