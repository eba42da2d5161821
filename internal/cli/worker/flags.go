// This file owns the flags that make a worker, which pyoco-server --with-worker also has, and what becomes of them.

package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
)

// Flags are what a command line says of a worker.
type Flags struct {
	prefix             string // of the names of the flags, but for worker-id
	tags, id, resolver string
	pollTimeout        cli.Seconds
	python             *pythonFlags // nil where the program has no such flags
}

// AddFlags adds the flags, with a prefix before the names that don't say of themselves that they are a worker's.
func AddFlags(flags *pflag.FlagSet, prefix string) *Flags {
	f := &Flags{prefix: prefix, pollTimeout: cli.Seconds(time.Second)}
	flags.StringVar(&f.tags, prefix+"tags", "default", "tags to serve, comma-separated: runs of any of them are taken")
	flags.StringVar(&f.id, "worker-id", "worker", "name of the worker in records and lists")
	flags.Var(&f.pollTimeout, prefix+"poll-timeout", "how long one pull for runs stays open")
	flags.StringVar(&f.resolver, prefix+"flow-resolver", "", "accepted for old scripts, without effect: flows are Go functions")
	return f
}

// Config is the configuration of the worker: the environment's with what the flags say, and the samples to run. What has
// no effect is logged.
func (f *Flags) Config(settings env.Settings, log *slog.Logger) (cfg pyoco.WorkerConfig, err error) {
	if err := f.checkResolver(log); err != nil {
		return cfg, err
	}
	cfg = settings.Worker
	cfg.ID, cfg.PollTimeout, cfg.Log = f.id, time.Duration(f.pollTimeout), log
	if err := f.python.set(&cfg); err != nil {
		return cfg, err
	}
	if cfg.Tags = split(f.tags); len(cfg.Tags) == 0 {
		cfg.Tags = []string{"default"}
		if tag := settings.Gateway.DefaultTag; tag != "" {
			cfg.Tags = []string{tag}
		}
	}
	if cfg.Tasks, cfg.Flows, err = Samples(); err != nil {
		return cfg, err
	}
	_, err = cfg.WithDefaults()
	var bad *pyoco.InvalidError
	if errors.As(err, &bad) {
		if flag := map[string]string{
			"ID": "worker-id", "Tags": f.prefix + "tags", "Python.Modules": "python-modules",
			"Wheels.Interval": "wheel-sync-interval-sec",
		}[bad.Field]; flag != "" {
			err = errors.New("--" + flag + ": " + bad.Reason)
		}
	}
	return cfg, err
}

// split gives the words of a comma-separated list, each once.
func split(list string) []string {
	var words []string
	for word := range strings.SplitSeq(list, ",") {
		if word = strings.TrimSpace(word); word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// checkResolver takes what the Python worker loads its flows from, and says that nothing comes of it.
func (f *Flags) checkResolver(log *slog.Logger) error {
	if f.resolver == "" {
		return nil
	}
	flag := "--" + f.prefix + "flow-resolver"
	file, function, found := strings.Cut(f.resolver, ":")
	if !found || strings.TrimSpace(file) == "" || strings.TrimSpace(function) == "" {
		return cli.Usage(fmt.Sprintf("%s must be module:function or file.py:function, got %q", flag, f.resolver),
			flag+" examples/hello_flow.py:resolve_flow, or leave it out: this worker's flows are Go functions")
	}
	log.Warn(flag+" has no effect: flows and tasks are Go functions that a program registers (see examples/worker); this worker has those of the quickstart",
		"flow_resolver", f.resolver)
	return nil
}
