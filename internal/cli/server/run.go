// This file owns the server's start: from what the flags and the environment say to the library, the parts that are most
// likely to refuse first.

package server

import (
	"context"
	"log/slog"
	"net"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
	"github.com/pyoco/pyoco/internal/cli/logs"
	"github.com/pyoco/pyoco/internal/cli/worker"
)

// What the log lines of the parts name.
const (
	service     = "pyoco-server:http"
	natsService = "pyoco-server:nats"
)

func (o *options) run(cmd *cobra.Command, p cli.Process) error {
	ctx := cmd.Context()
	settings, out := o.read(cmd, p)
	log := out.Logger(service)
	if settings.NoPepper != nil {
		return cannotStart("a file with one line that this user may read: export PYOCO_AUTH_PEPPER_FILE=/run/secrets/pepper", "%v", settings.NoPepper)
	}
	if settings.Refused != nil {
		return cannotStart("export PYOCO_HTTP_AUTH_MODE=api_key", "%v", settings.Refused)
	}
	var served *pyoco.WorkerConfig
	if o.withWorker {
		cfg, err := o.worker.Config(settings, out.Logger(worker.Service))
		if err != nil {
			return err
		}
		served = &cfg
	}
	servers, err := o.servers(settings, log)
	if err != nil {
		return err
	}
	s := &system{process: p, log: log}
	if s.listener, err = o.listen(ctx); err != nil {
		return err
	}
	defer s.listener.Close() // where it is not served
	if s.listener, err = o.secured(s.listener, log); err != nil {
		return err
	}
	s.secure = o.tlsCert != ""
	access := settings.NATS
	if o.withNATS {
		access = cli.Access{} // the server that is started asks for nothing
		if s.nats, err = o.nats.start(ctx, p, out, settings.Log.Level); err != nil {
			return err
		}
		defer s.nats.Shutdown()
		servers = s.nats.ClientURL()
		cli.Announce(p.Out, log, "NATS listens on "+servers+", its data is in ./"+dataFolder, "monitor", s.nats.MonitorURL())
	}
	gatewayConn, err := connect(servers, "pyoco-server", access, log)
	if err != nil {
		return err
	}
	defer gatewayConn.Close()
	if s.gateway, err = pyoco.NewGateway(gatewayConn, o.gatewayConfig(settings, out)); err != nil {
		return &startError{err}
	}
	if served != nil {
		workerConn, err := connect(servers, "pyoco-worker "+served.ID, access, served.Log)
		if err != nil {
			return err
		}
		defer workerConn.Close()
		if s.worker, err = pyoco.NewWorker(workerConn, *served); err != nil {
			return &startError{err}
		}
	}
	s.announce(servers, served)
	return s.run(ctx)
}

// servers is the list of NATS servers to connect to, or the one that is to be started.
func (o *options) servers(settings env.Settings, log *slog.Logger) (string, error) {
	chosen := settings.NATSURL
	if o.natsURL != "" {
		chosen = o.natsURL
	}
	if !o.withNATS {
		return chosen, nil
	}
	started := o.nats.url()
	switch {
	case o.natsURL != "" && o.natsURL != started:
		return "", cannotStart("leave out --nats-url, or --with-nats-bootstrap",
			"--nats-url %s is not the NATS server that --with-nats-bootstrap starts: %s", cli.Redact(o.natsURL), started)
	case chosen != started && chosen != env.DefaultNATSURL:
		log.Warn("PYOCO_NATS_URL is not used: --with-nats-bootstrap starts a NATS server", "nats", started)
	}
	return started, nil
}

func (o *options) listen(ctx context.Context) (net.Listener, error) {
	address := net.JoinHostPort(o.host, o.port.String())
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, cannotStart("pyoco-server up --port 8001",
			"the gateway can't listen on %s: %v; stop what listens there or choose another port", address, err)
	}
	return listener, nil
}

func (o *options) gatewayConfig(settings env.Settings, out *logs.Output) pyoco.GatewayConfig {
	cfg := settings.Gateway
	if o.lang.Value != "" {
		cfg.Dashboard.Language = o.lang.Value
	}
	cfg.Dashboard.Actions = cfg.Dashboard.Actions || o.actions
	cfg.Log, cfg.HTTPLog = out.Logger(service), out.LoggerAt(service, o.level())
	return cfg
}

func connect(servers, name string, access cli.Access, log *slog.Logger) (*nats.Conn, error) {
	nc, err := cli.Connect(servers, name, access, log)
	if err != nil {
		return nil, &startError{err}
	}
	return nc, nil
}
