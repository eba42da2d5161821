// Package natsd runs a nats-server with JetStream inside the calling program,
// for those who want one binary. It is durable by default, takes its store
// folder for itself, is ready when Start returns, and leaves signals, flags and
// the process itself to the caller.
//
// This file owns the life of a server: start, the checks that it really runs,
// and stop.
package natsd

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

// Server is a running nats-server. Its methods are safe for concurrent use.
type Server struct {
	nats *server.Server
	url  string
	done chan struct{}
}

// Start runs a server and returns once it listens and has accepted a write to
// its file store: one empty message, in a stream PYOCO_PROBE. An error means that nothing is left running and that the
// folder is free again; it says what to do where the folder is in use
// (ErrStoreInUse), a port is taken, or the store takes no writes. A store that is
// only full is no error, so that room can be made in it: the log says so.
//
// ctx bounds the start only: once Start has returned, Shutdown ends the server.
// A ctx that ends while the store is read back takes effect when that is done.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("natsd: start: %w", err)
	}
	lock, err := lockStore(cfg.StoreDir)
	if err != nil {
		return nil, err
	}
	s, err := launch(ctx, cfg, lock)
	if err != nil {
		lock.release()
		return nil, err
	}
	if err := s.probe(ctx, cfg.StartTimeout, cfg.Logger); err != nil {
		s.Shutdown()
		return nil, err
	}
	return s, nil
}

// launch starts nats-server. On success the lock is released when the server
// has ended, for whatever reason it did; on error it stays with the caller.
func launch(ctx context.Context, cfg Config, lock *storeLock) (*Server, error) {
	// Asked before the store is read back, which may take minutes, and for an
	// error that errors.Is can read: nats-server only logs one.
	for _, port := range []int{cfg.Port, cfg.MonitorPort} {
		if err := portFree(ctx, cfg.Host, port); err != nil {
			return nil, err
		}
	}
	ns, err := server.NewServer(cfg.options())
	if err != nil {
		return nil, fmt.Errorf("natsd: nats-server refuses its options: %w", err)
	}
	log := newServerLog(cfg.Logger)
	ns.SetLoggerV2(log, log.debug(), false, false)

	// It reports failures by Fatalf, which a program's logger answers with an
	// exit; ours keeps the first one. Start runs to its end even when ctx is
	// over: a Shutdown beside it can leave a listener behind.
	ns.Start()
	if err := log.fatal(); err != nil {
		ns.Shutdown()
		ns.WaitForShutdown()
		return nil, fmt.Errorf("natsd: nats-server did not start: %w", err)
	}
	s := &Server{nats: ns, url: clientURL(ns), done: make(chan struct{})}
	go func() {
		ns.WaitForShutdown()
		lock.release()
		close(s.done)
	}()
	return s, nil
}

// portFree tells whether a server can listen on the port; the errors are net's.
func portFree(ctx context.Context, host string, port int) error {
	if port <= 0 {
		return nil
	}
	addr := net.JoinHostPort(host, strconv.Itoa(port))
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("natsd: can't listen on %s: %w; stop what listens there or choose another port", addr, err)
	}
	return l.Close()
}

// Shutdown disconnects the clients, closes the store and returns when the server
// has ended and its folder is free. It may be called again and from several
// goroutines; each call waits for the end.
func (s *Server) Shutdown() {
	s.nats.Shutdown()
	<-s.done
}

// Done returns a channel that is closed when the server has ended and its folder
// is free.
func (s *Server) Done() <-chan struct{} { return s.done }

// ClientURL returns the URL for clients on this host, with the port that the
// server listens on. It stays the same after Shutdown.
func (s *Server) ClientURL() string { return s.url }

// clientURL is nats-server's, but for an address that only means something to a
// listener (0.0.0.0, ::): Windows can't connect to it.
func clientURL(ns *server.Server) string {
	u, err := url.Parse(ns.ClientURL())
	if err != nil {
		return ns.ClientURL()
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
		u.Host = net.JoinHostPort("localhost", u.Port())
	}
	return u.String()
}

// MonitorURL returns the URL of the HTTP monitoring, or "" where there is none
// or the server has ended.
func (s *Server) MonitorURL() string {
	addr := s.nats.MonitorAddr()
	if addr == nil {
		return ""
	}
	return "http://" + addr.String()
}

// InProcessConn opens a connection that needs no port. It makes a Server fit for
// nats.InProcessServer. It fails once the server has ended.
func (s *Server) InProcessConn() (net.Conn, error) {
	return s.nats.InProcessConn()
}
