// This file owns what runs in one process, and the order in which it ends: HTTP, the worker, and then NATS.

package server

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/natsd"
)

// system is the parts of one process.
type system struct {
	process  cli.Process
	log      *slog.Logger
	listener net.Listener
	secure   bool // the listener speaks TLS
	gateway  *pyoco.Gateway
	worker   *pyoco.Worker // nil: none
	nats     *natsd.Server // nil: it is elsewhere
}

// announce says where the gateway is, and what a worker beside it serves.
func (s *system) announce(servers string, served *pyoco.WorkerConfig) {
	url := webURL(s.listener.Addr())
	if s.secure {
		url = strings.Replace(url, "http:", "https:", 1)
	}
	text := "gateway listens on " + url
	if served != nil {
		text += ", worker " + served.ID + " serves " + strings.Join(served.Tags, ", ")
	}
	cli.Announce(s.process.Out, s.log, text+"; Ctrl-C ends it", "nats", cli.Redact(servers))
}

// webURL is where a browser finds a listener on this host.
func webURL(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return address.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// run serves until ctx ends or a part fails. Then no connection is accepted any more, streams end, and requests under way
// have their time. After them the worker takes nothing new, and its runs have theirs. The gateway's index goes on until
// both are done. NATS ends last, with the caller.
func (s *system) run(ctx context.Context) error {
	defer cli.TellStop(ctx, s.process.Out, s.log)()
	indexing, endIndex := context.WithCancel(context.WithoutCancel(ctx))
	var index sync.WaitGroup
	index.Go(func() { _ = s.gateway.Run(indexing) }) // it only ends with its context
	defer index.Wait()
	defer endIndex()
	parts, serving := errgroup.WithContext(ctx)
	working, endWork := context.WithCancel(context.WithoutCancel(ctx))
	defer endWork()
	parts.Go(func() error {
		defer endWork()
		return s.gateway.Serve(serving, s.listener)
	})
	if s.worker != nil {
		parts.Go(func() error { return s.worker.Run(working) })
	}
	if s.nats != nil {
		parts.Go(func() error { return s.watchNATS(serving) })
	}
	parts.Go(func() error {
		if s.gateway.Ready(serving) == nil {
			cli.Announce(s.process.Out, s.log, "gateway is ready")
		}
		return nil
	})
	if err := parts.Wait(); err != nil {
		return &startError{err}
	}
	return nil
}

// watchNATS ends the process where the server in it has ended by itself: everything would wait for it.
func (s *system) watchNATS(ctx context.Context) error {
	select {
	case <-s.nats.Done():
		return cannotStart("see its log lines; free the disk, or use another folder", "NATS has ended by itself")
	case <-ctx.Done():
		return nil
	}
}
