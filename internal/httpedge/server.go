// This file owns the http.Server: its timeouts, where its own messages go, and how it ends.

package httpedge

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	readHeaderTimeout = 5 * time.Second
	idleTimeout       = 90 * time.Second
	maxHeaderBytes    = 64 << 10

	// stopGrace is how long requests may still take once the server is to end: the Router gives each less.
	stopGrace = defaultTimeout + ioStep + time.Second
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
		// OPTIONS * is for the Router too, like all else.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(orDiscard(log).Handler(), slog.LevelWarn),
	}
}

// Serve answers on l, which it closes, until ctx ends. Then it takes no new connection, tells the streams by Stopping,
// waits for all requests, and returns nil; what is not done after 15 s is cut off. An error is the listener's.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	srv := NewServer(h, log)
	srv.BaseContext = func(net.Listener) context.Context {
		return context.WithValue(context.WithoutCancel(ctx), servingKey{}, ctx.Done())
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		_ = srv.Close()
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if err := srv.Shutdown(last); err != nil {
		orDiscard(log).Warn("requests were cut off at the server's end", "error", err)
		_ = srv.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// servingKey holds the channel that is closed when Serve is to end.
type servingKey struct{}

// Stopping gives a channel that is closed when the server of a request is to end, which is when its streams must; nil, on
// which nothing ever comes, where the server is not Serve's.
func Stopping(request context.Context) <-chan struct{} {
	stopping, _ := request.Value(servingKey{}).(<-chan struct{})
	return stopping
}

func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
