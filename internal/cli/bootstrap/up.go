// This file owns the up command: which server its flags mean.

package bootstrap

import (
	"errors"
	"net"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/natsd"
)

const (
	defaultFolder      = "./nats-bootstrap-data"
	defaultMonitorPort = 8222
)

// upFlags are nats-bootstrap's own flags of a server.
type upFlags struct {
	sync        syncMode
	log         logFlags
	folder      string
	clientPort  cli.Port
	monitorPort cli.Port
}

func upCommand(p cli.Process) *cobra.Command {
	f := &upFlags{clientPort: server.DEFAULT_PORT, monitorPort: defaultMonitorPort}
	cmd := &cobra.Command{
		Use:   "up [flags] [-- nats-server flags]",
		Short: "Run a server until Ctrl-C",
		Long: `Run a server until Ctrl-C.

Alone, it is a sound single node: JetStream is on, it listens on 127.0.0.1 only, and every write is synced to disk before
it is acknowledged. After --, it takes nats-server's own flags and defaults, and nats-bootstrap up -- -h lists them; of
these, only JetStream, synced writes and the data folder are on by themselves.

SIGHUP reads the configuration file anew, SIGUSR1 opens the log file anew, SIGUSR2 hands over to the rest of a cluster and stops.`,
		Example: cli.Example(
			"nats-bootstrap up -- -js -a 127.0.0.1 -p 4222 -m 8222",
			"nats-bootstrap up",
			"nats-bootstrap up --sync interval=2s -- -c nats.conf",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); dash > 0 || dash < 0 && len(args) > 0 {
				return cli.Usage("nats-server's flags come after --, got "+strconv.Quote(args[0])+" before it", cli.FirstExample(cmd))
			}
			return serve(cmd.Context(), p, f, func() (natsd.Config, error) {
				return f.config(cmd, args)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.folder, "datafolder", defaultFolder, "folder of the data")
	flags.Var(&f.clientPort, "client-port", "port for clients; 0: any free one")
	flags.Var(&f.monitorPort, "http-port", "port of the HTTP monitoring; 0: any free one")
	flags.Var(&f.sync, "sync", "when a write is on disk: always (before it is acknowledged), or interval=DURATION, which a power cut may lose")
	f.log.addTo(cmd)
	_ = cmd.MarkFlagDirname("datafolder") // fails only for a flag that is not there
	return cmd
}

// config reads what the command line means, configuration files included.
func (f *upFlags) config(cmd *cobra.Command, args []string) (natsd.Config, error) {
	if f.folder == "" {
		return natsd.Config{}, cli.Usage("--datafolder must not be empty", cli.FirstExample(cmd))
	}
	cfg := natsd.Config{StoreDir: f.folder, Port: listenPort(f.clientPort), MonitorPort: listenPort(f.monitorPort)}
	if len(args) > 0 {
		opts, err := natsd.ParseFlags(args, cmd.OutOrStdout())
		switch {
		case err != nil:
			return natsd.Config{}, cli.Usage(err.Error(), cli.FirstExample(cmd)+" (nats-bootstrap up -- -h lists the flags)")
		case opts == nil:
			return natsd.Config{}, errAnswered
		}
		cfg = natsd.Config{Options: opts, StoreDir: opts.StoreDir}
		if opts.StoreDir == "" || cmd.Flags().Changed("datafolder") {
			cfg.StoreDir = f.folder
		}
		for flag, own := range map[string]string{"client-port": "-p", "http-port": "-m"} {
			if cmd.Flags().Changed(flag) {
				return natsd.Config{}, cli.Usage("--"+flag+" does not go with nats-server's flags: use "+own+" among these", cli.FirstExample(cmd))
			}
		}
	}
	f.sync.apply(&cfg)
	return cfg, nil
}

func listenPort(p cli.Port) int {
	if p == 0 {
		return natsd.AnyPort
	}
	return int(p)
}

// errAnswered says that the command line asked a question, which nats-server's parser has answered.
var errAnswered = errors.New("answered")

// openToAll says that whoever reaches the machine may use the server.
func openToAll(o *server.Options) bool {
	if o == nil || o.Username != "" || o.Authorization != "" || len(o.Nkeys) > 0 || len(o.TrustedOperators) > 0 || o.TLSVerify {
		return false
	}
	for _, user := range o.Users {
		if user.Account == nil || user.Account.GetName() != o.SystemAccount {
			return false
		}
	}
	ip := net.ParseIP(o.Host)
	return o.Host != "localhost" && (ip == nil || !ip.IsLoopback())
}
