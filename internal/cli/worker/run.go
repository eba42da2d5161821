// This file owns the worker's run: from what the flags and the environment say to the library.

package worker

import (
	"context"
	"strings"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
	"github.com/pyoco/pyoco/internal/cli/logs"
)

// Service is what the log lines of a worker name.
const Service = "pyoco-server:worker"

func (o *options) run(ctx context.Context, p cli.Process) error {
	settings := env.Read(p.Lookup)
	log := logs.New(p.Out, settings.Log).Logger(Service)
	for _, warning := range settings.Warnings {
		log.Warn(warning)
	}
	cfg, err := o.Config(settings, log)
	if err != nil {
		return err
	}
	if o.natsURL == "" {
		o.natsURL = settings.NATSURL
	}
	nc, err := cli.Connect(o.natsURL, "pyoco-worker "+cfg.ID, settings.NATS, log)
	if err != nil {
		return err
	}
	defer nc.Close()
	worker, err := pyoco.NewWorker(nc, cfg)
	if err != nil {
		return err
	}
	defer cli.TellStop(ctx, p.Out, log)()
	if o.once {
		return runOnce(ctx, worker, p, cfg)
	}
	cli.Announce(p.Out, log, "worker "+cfg.ID+" serves "+strings.Join(cfg.Tags, ", ")+"; Ctrl-C ends it", "nats", cli.Redact(o.natsURL))
	return worker.Run(ctx)
}

func runOnce(ctx context.Context, worker *pyoco.Worker, p cli.Process, cfg pyoco.WorkerConfig) error {
	cli.Announce(p.Out, cfg.Log, "worker "+cfg.ID+" takes one run of "+strings.Join(cfg.Tags, ", "))
	ran, err := worker.RunOnce(ctx)
	if err == nil && !ran {
		cli.Announce(p.Out, cfg.Log, "no run came within "+cfg.PollTimeout.String())
	}
	return err
}
