// Package natsd runs a nats-server with JetStream inside the calling program,
// for those who want one binary. It is durable by default, takes its store
// folder for itself, is ready when Start returns, and leaves signals and the
// process itself to the caller. A Config is enough for a server alone; a Node keeps
// its configuration in its folder and can be a member of a cluster; ParseFlags
// takes nats-server's own command line. Package natsd/admin looks after them.
//
// This file owns the life of a server: start, the checks that it really runs,
// and stop.
package natsd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Server is a running nats-server. Its methods are safe for concurrent use.
type Server struct {
	nats *server.Server
	url  string
	done chan struct{}
	log  serverLog

	ready chan struct{}
}

// Start runs a server and returns once it listens and its store takes writes: a
// file and, where clients need no credentials that only they know, one empty
// message in a stream PYOCO_PROBE. A store that is only full is no error, so that room
// can be made in it: the log says so. The member of a cluster takes messages only once
// enough of the others are there, which Start does not wait for.
//
// An error means that nothing is left running and that the folder is free again;
// it says what to do where the folder is in use (ErrStoreInUse), a port is
// taken, the store takes no writes, or not in time (ErrStartTimeout), or a cluster
// would lose the folder's streams (ErrOtherCluster).
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
	err = checkFolder(cfg)
	var s *Server
	if err == nil {
		s, err = launch(ctx, cfg, lock)
	}
	if err != nil {
		lock.release()
		return nil, err
	}
	if err := s.probe(ctx, cfg); err != nil {
		s.Shutdown()
		return nil, err
	}
	return s, nil
}

// launch starts nats-server. On success the lock is released when the server
// has ended, for whatever reason it did; on error it stays with the caller.
func launch(ctx context.Context, cfg Config, lock *storeLock) (*Server, error) {
	opts := cfg.options()
	// Asked before the store is read back, which may take minutes, and for an
	// error that errors.Is can read: nats-server only logs one.
	for _, address := range listenAddresses(opts) {
		if err := addressFree(ctx, address); err != nil {
			return nil, err
		}
	}
	ns, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("natsd: nats-server refuses its options: %w", err)
	}
	s := &Server{nats: ns, done: make(chan struct{}), ready: make(chan struct{}), log: serverLog{out: cfg.Logger, native: cfg.NativeLog}}
	if err := s.log.attach(ns, cfg.options()); err != nil {
		return nil, err
	}

	// It reports failures by Fatalf, which a program's logger answers with an
	// exit; ours keeps the first one. Start runs to its end even when ctx is
	// over: a Shutdown beside it can leave a listener behind.
	ns.Start()
	listening := s.log.fatal.get() == nil && (opts.DontListen || ns.ReadyForConnections(cfg.StartTimeout))
	if err := s.log.fatal.get(); err != nil || !listening {
		ns.Shutdown()
		ns.WaitForShutdown()
		if err == nil {
			err = tooSlow("it does not listen on all its ports", cfg.StartTimeout)
		}
		return nil, fmt.Errorf("natsd: nats-server did not start: %w", err)
	}
	s.url = clientURL(ns)
	var watching sync.WaitGroup
	ended, end := context.WithCancel(context.WithoutCancel(ctx))
	if clustered(opts) {
		w := newWatcher(s, cfg.StoreDir, opts.Cluster.Name)
		watching.Go(func() { w.run(ended) })
	} else {
		close(s.ready)
	}
	go func() {
		ns.WaitForShutdown()
		end()
		watching.Wait()
		lock.release()
		close(s.done)
	}()
	return s, nil
}

// ErrStartTimeout is returned by Start where the server took longer than
// Config.StartTimeout.
var ErrStartTimeout = errors.New("the start took too long")

func tooSlow(what string, limit time.Duration) error {
	return fmt.Errorf("%w: %s within %s", ErrStartTimeout, what, limit)
}

// addressFree tells whether a server can listen on the address; the errors are net's.
func addressFree(ctx context.Context, address string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("natsd: can't listen on %s: %w; stop what listens there or choose another port", address, err)
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

// Ready returns a channel that is closed when JetStream takes writes: at once for
// a server alone, for the member of a cluster when enough of the others are there
// and have chosen a leader. It stays open where that never happens before the end.
func (s *Server) Ready() <-chan struct{} { return s.ready }

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
