// This file owns which server the flags mean.

package bootstrap

import (
	"errors"
	"net"
	"slices"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
	"github.com/pyoco/pyoco/natsd"
)

const (
	defaultFolder      = "./nats-bootstrap-data"
	defaultMonitorPort = 8222
	defaultClusterPort = 6222
)

// errAnswered says that the command line asked a question, which nats-server's parser has answered.
var errAnswered = errors.New("answered")

// source is where a server's configuration is read, at its start and at each reload.
type source struct {
	cmd   *cobra.Command
	flags *serverFlags
	args  []string // nats-server's
	file  string   // of a node; "": the arguments stand for themselves
}

// prepare writes the configuration file of a node.
func (f *serverFlags) prepare(cmd *cobra.Command, args []string) (*source, error) {
	s := &source{cmd: cmd, flags: f, args: args}
	if f.folder == "" {
		return nil, cli.Usage("--datafolder must not be empty", cli.FirstExample(cmd))
	}
	node := slices.ContainsFunc(asNode, cmd.Flags().Changed)
	if len(args) > 0 && !node {
		return s, nil
	}
	n, err := f.node(cmd)
	if err != nil {
		return nil, err
	}
	if s.file, err = n.WriteConfig(); err != nil {
		return nil, startFailed(err)
	}
	s.args = append([]string{"-c", s.file}, args...)
	return s, nil
}

// node is what the flags before -- describe.
func (f *serverFlags) node(cmd *cobra.Command) (_ natsd.Node, err error) {
	n := natsd.Node{
		Folder: f.folder, Port: listenPort(f.clientPort), MonitorPort: listenPort(f.monitorPort), SyncInterval: f.sync.interval, User: f.user,
	}
	if cmd.Flags().Changed("user") {
		if f.user == "" {
			return n, cli.Usage("--user must not be empty", cli.FirstExample(cmd))
		}
		if n.Password, err = env.ReadSecret(f.password); err != nil {
			return n, cli.Usage("--password-file: "+err.Error(), cli.FirstExample(cmd))
		}
	}
	if f.cluster == "" {
		for _, name := range []string{"cluster", "listen", "cluster-port"} {
			if cmd.Flags().Changed(name) {
				return n, cli.Usage("--"+name+" is for the member of a cluster: give its name by --cluster", clusterExample)
			}
		}
		return n, nil
	}
	host, port := f.listen, int(f.clusterPort)
	if h, p, err := net.SplitHostPort(f.listen); err == nil {
		given, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return n, cli.Usage("--listen must be host or host:port, got "+strconv.Quote(f.listen), clusterExample)
		}
		if cmd.Flags().Changed("cluster-port") && port != int(given) {
			return n, cli.Usage("--listen and --cluster-port name two ports, "+p+" and "+strconv.Itoa(port), clusterExample)
		}
		host, port = h, int(given)
	}
	if port == 0 {
		return n, cli.Usage("--cluster-port must be 1 to 65535: the others must know it", clusterExample)
	}
	n.Host = server.DEFAULT_HOST
	if isLocal(host) {
		n.Host = host
	}
	n.Cluster = &natsd.Cluster{Name: f.cluster, Host: host, Port: port, Seeds: f.seeds}
	return n, nil
}

const clusterExample = "nats-bootstrap up --cluster pyoco --listen 127.0.0.1 --cluster-port 6222"

// read reads what the command line means, configuration files included.
func (s *source) read() (natsd.Config, error) {
	opts, err := natsd.ParseFlags(s.args, s.cmd.OutOrStdout())
	switch {
	case err != nil:
		return natsd.Config{}, cli.Usage(err.Error(), cli.FirstExample(s.cmd)+" (nats-bootstrap up -- -h lists the flags)")
	case opts == nil:
		return natsd.Config{}, errAnswered
	case s.file != "" && opts.ConfigFile != s.file:
		return natsd.Config{}, cli.Usage("-c does not go with nats-bootstrap's own flags, which write a configuration file: leave out "+
			own(s.cmd), "nats-bootstrap up -- -c "+opts.ConfigFile)
	}
	cfg := natsd.Config{Options: opts, StoreDir: opts.StoreDir}
	if opts.StoreDir == "" || s.file == "" && s.cmd.Flags().Changed("datafolder") {
		cfg.StoreDir = s.flags.folder
	}
	s.flags.sync.apply(&cfg)
	return cfg, nil
}

// own names the flags that were given before --.
func own(cmd *cobra.Command) string {
	text := ""
	cmd.Flags().Visit(func(f *pflag.Flag) { text += " --" + f.Name })
	return text[min(1, len(text)):]
}

func listenPort(p cli.Port) int {
	if p == 0 {
		return natsd.AnyPort
	}
	return int(p)
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// openToAll says that whoever reaches the machine may use the server.
func openToAll(o *server.Options) bool {
	if o.Username != "" || o.Authorization != "" || len(o.Nkeys) > 0 || len(o.TrustedOperators) > 0 || o.TLSVerify {
		return false
	}
	for _, user := range o.Users {
		if user.Account == nil || user.Account.GetName() != o.SystemAccount {
			return false
		}
	}
	return !isLocal(o.Host)
}
