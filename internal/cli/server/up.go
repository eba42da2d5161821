// This file owns the command up and its flags.

package server

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
	"github.com/pyoco/pyoco/internal/cli/logs"
	"github.com/pyoco/pyoco/internal/cli/worker"
)

// options are what the flags say.
type options struct {
	host       string
	port       cli.Port
	tlsCert    string
	tlsKey     string
	webLevel   *cli.Choice
	lang       *cli.Choice
	actions    bool
	natsURL    string
	withNATS   bool
	nats       natsOptions
	withWorker bool
	worker     *worker.Flags
}

func upCommand(p cli.Process) *cobra.Command {
	o := options{port: 8000, nats: natsOptions{port: 4222, monitorPort: 8222, startTimeout: cli.Seconds(10 * time.Second)}}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the gateway; with flags, NATS and a worker in the same process",
		Long: `Start the gateway; with flags, NATS and a worker in the same process.

Settings come from the flags, then from the environment (PYOCO_NATS_URL and others), then from a file .env. Ctrl-C ends
everything in order, a second one at once.`,
		Example: cli.Example(
			"pyoco-server up --host 127.0.0.1 --port 8000",
			"pyoco-server up --with-nats-bootstrap --host 127.0.0.1 --port 8000",
			"pyoco-server up --with-nats-bootstrap --with-worker --worker-tags hello,default",
			"pyoco-server up --nats-url nats://nats.internal:4222 --log-level debug",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, p) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.host, "host", "127.0.0.1", "address to listen on")
	flags.Var(&o.port, "port", "port to listen on; 0: a free one")
	flags.StringVar(&o.tlsCert, "tls-cert", "", "file with the certificate and its chain (PEM), to speak TLS; read again when it changes")
	flags.StringVar(&o.tlsKey, "tls-key", "", "file with the certificate's private key (PEM)")
	o.webLevel = cli.ChoiceFlag(cmd, "log-level", "warning", "the web server's own lines; debug has one for each request",
		"critical", "error", "warning", "info", "debug", "trace")
	o.lang = cli.ChoiceFlag(cmd, "dashboard-lang", "", "language of the dashboard (default: PYOCO_DASHBOARD_LANG, else auto: the browser's)",
		"auto", "ja", "en")
	flags.BoolVar(&o.actions, "dashboard-actions", false, "let browsers submit, cancel, replay, hide and upload without keys")
	flags.StringVar(&o.natsURL, "nats-url", "", "URL of the NATS server (default: PYOCO_NATS_URL, else nats://127.0.0.1:4222)")
	flags.BoolVar(&o.withNATS, "with-nats-bootstrap", false, "start a NATS server, too, with its data in ./"+dataFolder)
	flags.StringVar(&o.nats.host, "nats-listen-host", "127.0.0.1", "address of that NATS server")
	flags.Var(&o.nats.port, "nats-client-port", "its port for clients; 0: a free one")
	flags.Var(&o.nats.monitorPort, "nats-http-port", "its port for monitoring; 0: a free one")
	flags.Var(&o.nats.startTimeout, "nats-start-timeout", "how long it may take to store something, once its data was read")
	flags.BoolVar(&o.withWorker, "with-worker", false, "start a worker, too, with the tasks of pyoco-worker")
	o.worker = worker.AddFlags(flags, "worker-")
	return cmd
}

// level is that of the web server's lines.
func (o *options) level() slog.Level {
	level, ok := logs.ParseLevel(o.webLevel.Value)
	if !ok { // trace
		return slog.LevelDebug
	}
	return level
}

// withoutEffect says which flags were given that need another one.
func (o *options) withoutEffect(cmd *cobra.Command) []string {
	var lines []string
	need := func(given bool, by string, names ...string) {
		for _, name := range names {
			if !given && cmd.Flags().Changed(name) {
				lines = append(lines, "--"+name+" has no effect without --"+by)
			}
		}
	}
	need(o.withNATS, "with-nats-bootstrap", "nats-listen-host", "nats-client-port", "nats-http-port", "nats-start-timeout")
	need(o.withWorker, "with-worker", "worker-id", "worker-tags", "worker-poll-timeout", "worker-flow-resolver")
	return lines
}

// read reads the environment, and logs what is wrong there and with the flags.
func (o *options) read(cmd *cobra.Command, p cli.Process) (env.Settings, *logs.Output) {
	settings := env.Read(p.Lookup)
	out := logs.New(p.Out, settings.Log)
	log := out.Logger(service)
	for _, warning := range append(settings.Warnings, o.withoutEffect(cmd)...) {
		log.Warn(warning)
	}
	return settings, out
}
