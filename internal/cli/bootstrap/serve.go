// This file owns a server's time in the program: from its start to its end, and the signals between.

package bootstrap

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"sync"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/natsd"
)

// serve runs a server until the command's context ends.
func serve(cmd *cobra.Command, p cli.Process, f *serverFlags, args []string) error {
	ctx := cmd.Context()
	from, err := f.prepare(cmd, args)
	if err != nil {
		return err
	}
	cfg, err := from.read()
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
		return startFailed(err)
	}
	defer s.Shutdown()
	if openToAll(cfg.Options) {
		log.Warn("anybody who reaches this machine can read and write everything here: the server listens on all addresses, and clients need no credentials (--user and --password-file)")
	}
	if cfg.Options.Cluster.Port != 0 {
		log.Info("NATS listens, and waits for the cluster", "url", s.ClientURL(), "monitor", s.MonitorURL(), "data", cfg.StoreDir,
			"others", joinLine(cfg.Options))
	}
	return (&service{server: s, source: from, log: log, data: cfg.StoreDir}).until(ctx, signals)
}

// startFailed is what keeps a server from its start.
func startFailed(err error) error {
	hint := "see what the reason names; other ports and another folder: nats-bootstrap up --client-port 4333 --http-port 8333 --datafolder ./other-data"
	if errors.Is(err, natsd.ErrOtherCluster) {
		hint = "give the server a folder of its own: --datafolder ./other-data"
	}
	return failed("NATS did not start", err, hint)
}

// joinLine is how another server joins this one.
func joinLine(o *server.Options) string {
	host := o.Cluster.Host
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "THIS_HOST"
	}
	line := "nats-bootstrap join --cluster " + o.Cluster.Name + " --seed " + net.JoinHostPort(host, strconv.Itoa(o.Cluster.Port))
	if o.Cluster.Username != "" {
		line += " --user " + o.Cluster.Username + " --password-file FILE"
	}
	return line
}

var errEnded = errors.New("nats-server stopped by itself")

// service is a running server and what signals may ask of it.
type service struct {
	server  *natsd.Server
	source  *source
	log     *slog.Logger
	data    string
	leaving sync.WaitGroup
	left    bool // on somebody's wish
}

// until acts on signals until ctx or the server ends.
func (s *service) until(ctx context.Context, signals <-chan os.Signal) error {
	defer s.leaving.Wait()
	ready := s.server.Ready()
	for {
		select {
		case <-ready:
			s.log.Info("NATS is ready", "url", s.server.ClientURL(), "monitor", s.server.MonitorURL(), "data", s.data)
			ready = nil
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
	cfg, err := s.source.read()
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
