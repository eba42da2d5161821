// This file owns how the commands reach a server that runs.

package bootstrap

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/natsd"
	"github.com/pyoco/pyoco/natsd/admin"
)

// startHint is how a server is started.
const startHint = "start it: nats-bootstrap up"

// access are the flags that name a server.
type access struct {
	folder  string
	monitor string
}

func (a *access) addTo(cmd *cobra.Command) {
	a.addFolder(cmd)
	cmd.Flags().StringVar(&a.monitor, "monitor-url", "", "URL of a server's HTTP monitoring, in place of a data folder; it knows of that one server alone")
}

func (a *access) addFolder(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.folder, "datafolder", defaultFolder, "data folder of a server that runs on this machine")
	_ = cmd.MarkFlagDirname("datafolder") // fails only for a flag that is not there
}

func (a *access) inspect() (natsd.Folder, error) {
	f, err := natsd.Inspect(a.folder)
	if err != nil {
		return f, failed("the data folder can't be read", err, "name the folder that the server was started with: --datafolder")
	}
	return f, nil
}

// ask asks the server of the folder and, over it, the others; or one server's monitoring.
func (a *access) ask(ctx context.Context, f natsd.Folder) (*admin.State, error) {
	var state *admin.State
	var err error
	switch {
	case a.monitor != "" || f.SystemPassword == "":
		state, err = askMonitor(ctx, a.monitorURL())
	case f.PID == 0:
		err = errStopped
	case f.URL == "":
		err = errNoPort
	default:
		state, err = askAll(ctx, f)
	}
	if err != nil {
		return nil, failed("no server has answered", err, startHint+", or name another server by --datafolder or --monitor-url")
	}
	return state, nil
}

var (
	errStopped = errors.New("the server of the data folder does not run")
	errNoPort  = errors.New("the server of the data folder has ports that the system chose; its log says which")
)

func (a *access) monitorURL() string {
	if a.monitor != "" {
		return a.monitor
	}
	return "http://" + local(defaultMonitorPort)
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func askAll(ctx context.Context, f natsd.Folder) (*admin.State, error) {
	system, clients, err := connect(f)
	if err != nil {
		return nil, err
	}
	defer system.Close()
	defer clients.Close()
	return admin.Ask(ctx, system, clients)
}

// connect opens a connection of who manages the servers, and one as runs have it.
func connect(f natsd.Folder) (system, clients *nats.Conn, err error) {
	opts := []nats.Option{nats.Name("nats-bootstrap"), nats.NoReconnect()} // another server has another password
	if system, err = nats.Connect(f.URL, append(opts, nats.UserInfo(f.SystemUser, f.SystemPassword))...); err != nil {
		return nil, nil, err
	}
	if f.User != "" {
		opts = append(opts, nats.UserInfo(f.User, f.Password))
	}
	if clients, err = nats.Connect(f.URL, opts...); err != nil {
		system.Close()
		return nil, nil, err
	}
	return system, clients, nil
}

func askMonitor(ctx context.Context, url string) (*admin.State, error) {
	transport := &http.Transport{DisableKeepAlives: true}
	return admin.AskMonitor(ctx, &http.Client{Transport: transport}, url)
}
