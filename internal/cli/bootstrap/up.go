// This file owns the commands that run a server: up and join.

package bootstrap

import (
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
)

func upCommand(p cli.Process) *cobra.Command {
	f := newServerFlags()
	cmd := &cobra.Command{
		Use:   "up [flags] [-- nats-server flags]",
		Short: "Run a server until Ctrl-C",
		Long: `Run a server until Ctrl-C.

Alone, it is a sound single node: JetStream is on, it listens on 127.0.0.1 only, and every write is synced to disk before
it is acknowledged. With --cluster, it is the first member of a cluster; the others join it. With --user, clients and the
other servers must show that user and its password.

Its configuration is written to nats-server.conf in the data folder. Flags of nats-server after -- are laid over it. Without
any flag before --, they stand for themselves, with nats-server's own defaults, but for JetStream, synced writes and the
data folder; nats-bootstrap up -- -h lists them.

SIGHUP reads the configuration file anew, SIGUSR1 opens the log file anew, SIGUSR2 hands over to the rest of a cluster and stops.`,
		Example: cli.Example(
			"nats-bootstrap up -- -js -a 127.0.0.1 -p 4222 -m 8222",
			"nats-bootstrap up",
			"nats-bootstrap up --sync interval=2s -- -c nats.conf",
			"nats-bootstrap up --cluster pyoco --listen 127.0.0.1 --client-port 4222 --http-port 8222 --cluster-port 6222 --datafolder artifacts/nats/n1",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noWords(cmd, args); err != nil {
				return err
			}
			return serve(cmd, p, f, args)
		},
	}
	f.addTo(cmd)
	return cmd
}

func joinCommand(p cli.Process) *cobra.Command {
	f := newServerFlags()
	cmd := &cobra.Command{
		Use:   "join --cluster C --seed HOST[:PORT] [flags] [-- nats-server flags]",
		Short: "Run a server that joins a cluster, until Ctrl-C",
		Long: `Run a server that joins a cluster, until Ctrl-C.

The seeds are any servers of the cluster: one that is up is enough to find all, and once it has found them, it finds them
again without. The servers may be started in any order. See nats-bootstrap up -h for the rest.`,
		Example: cli.Example(
			"nats-bootstrap join --cluster pyoco --seed 127.0.0.1:6222 --listen 127.0.0.1 --client-port 4223 --http-port 8223 --cluster-port 6223 --datafolder artifacts/nats/n2",
			"nats-bootstrap join --cluster pyoco --seed nats-1,nats-2 --user pyoco --password-file /etc/pyoco/nats-password",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noWords(cmd, args); err != nil {
				return err
			}
			return serve(cmd, p, f, args)
		},
	}
	f.addTo(cmd)
	cmd.Flags().StringSliceVar(&f.seeds, "seed", nil, "address of a server of the cluster, host or host:port (default port: that of --cluster-port); may be repeated")
	for _, name := range []string{"cluster", "seed"} {
		_ = cmd.MarkFlagRequired(name) // fails only for a flag that is not there
	}
	return cmd
}

// noWords refuses words that are neither flags nor nats-server's.
func noWords(cmd *cobra.Command, args []string) error {
	if dash := cmd.ArgsLenAtDash(); dash > 0 || dash < 0 && len(args) > 0 {
		return cli.Usage("nats-server's flags come after --, got "+strconv.Quote(args[0])+" before it", cli.FirstExample(cmd))
	}
	return nil
}

// serverFlags are nats-bootstrap's own flags of a server.
type serverFlags struct {
	cluster     string
	listen      string
	seeds       []string
	clientPort  cli.Port
	monitorPort cli.Port
	clusterPort cli.Port
	folder      string
	user        string
	password    string // a file
	sync        syncMode
	log         logFlags
}

func newServerFlags() *serverFlags {
	return &serverFlags{clientPort: server.DEFAULT_PORT, monitorPort: defaultMonitorPort, clusterPort: defaultClusterPort}
}

// asNode are the flags that describe a node: with any of them, or without any nats-server flag, one is run.
var asNode = []string{"cluster", "listen", "client-port", "http-port", "cluster-port", "user", "password-file"}

func (f *serverFlags) addTo(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.cluster, "cluster", "", "name of the cluster that the server is a member of")
	flags.StringVar(&f.listen, "listen", "0.0.0.0", "address for the other servers of the cluster, host or host:port; where it is local, the other ports are too")
	flags.Var(&f.clientPort, "client-port", "port for clients; 0: any free one")
	flags.Var(&f.monitorPort, "http-port", "port of the HTTP monitoring; 0: any free one")
	flags.Var(&f.clusterPort, "cluster-port", "port for the other servers of the cluster")
	flags.StringVar(&f.folder, "datafolder", defaultFolder, "folder of the data")
	flags.StringVar(&f.user, "user", "", "name that clients, and the other servers of the cluster, must show (default: they need none)")
	flags.StringVar(&f.password, "password-file", "", "file with the password that goes with it, the same for all servers")
	flags.Var(&f.sync, "sync", "when a write is on disk: always (before it is acknowledged), or interval=DURATION, which a power cut may lose")
	f.log.addTo(cmd)
	_ = cmd.MarkFlagDirname("datafolder")
	_ = cmd.MarkFlagFilename("password-file")
	cmd.MarkFlagsRequiredTogether("user", "password-file")
}
