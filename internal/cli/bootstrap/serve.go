// This file owns a server's time in the program: from its start to its end, and the signals between.

package bootstrap

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"sync"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/natsd"
)

// serve runs a server until ctx ends. read gives its configuration, anew at each call.
func serve(ctx context.Context, p cli.Process, f *upFlags, read func() (natsd.Config, error)) error {
	cfg, err := read()
	if errors.Is(err, errAnswered) {
		return nil
	}
	if err != nil {
		return err
	}
	log := f.log.open(p, &cfg)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, managed()...)
	defer signal.Stop(signals)
	s, err := natsd.Start(ctx, cfg)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return failed("NATS did not start", err, "see what holds ports and folder, or choose others: nats-bootstrap up -- -p 4333 -m 8333 -sd ./other-data")
	}
	defer s.Shutdown()
	if openToAll(cfg.Options) {
		log.Warn("anybody who reaches this machine can read and write everything here: the server has no users and listens on all addresses; -a 127.0.0.1 keeps it local")
	}
	log.Info("NATS is ready", "url", s.ClientURL(), "monitor", s.MonitorURL(), "data", cfg.StoreDir)
	return (&service{server: s, read: read, log: log}).until(ctx, signals)
}

var errEnded = errors.New("nats-server stopped by itself")

// service is a running server and what signals may ask of it.
type service struct {
	server  *natsd.Server
	read    func() (natsd.Config, error)
	log     *slog.Logger
	leaving sync.WaitGroup
	left    bool // on somebody's wish
}

// until acts on signals until ctx or the server ends.
func (s *service) until(ctx context.Context, signals <-chan os.Signal) error {
	defer s.leaving.Wait()
	for {
		select {
		case <-ctx.Done():
			s.log.Info("NATS stops", "reason", context.Cause(ctx).Error())
			s.server.Shutdown()
			return nil
		case <-s.server.Done():
			if s.left {
				return nil
			}
			return failed("NATS has ended", errEnded, "its log says why")
		case got := <-signals:
			s.act(got)
		}
	}
}

func (s *service) reload() {
	cfg, err := s.read()
	if err == nil {
		err = s.server.Reload(cfg)
	}
	if err != nil {
		s.log.Error("the configuration stays as it was", "error", err)
		return
	}
	s.log.Info("the configuration was read anew")
}

func (s *service) reopenLog() {
	if err := s.server.ReopenLog(); err != nil {
		s.log.Error("the log file can't be opened anew", "error", err)
		return
	}
	s.log.Info("the log file was opened anew")
}

// leave lets the clients go first.
func (s *service) leave() {
	s.log.Info("NATS hands over and stops")
	s.left = true
	s.leaving.Go(s.server.LameDuck)
}
