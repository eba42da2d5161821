// This file owns the commands that end a server: down, and leave, after which it is no member of its cluster any more.

package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/natsd"
	"github.com/pyoco/pyoco/natsd/admin"
)

func downCommand() *cobra.Command {
	a := &access{}
	var confirm bool
	cmd := &cobra.Command{
		Use:     "down --confirm",
		Short:   "Stop the server of a data folder, in order",
		Example: cli.Example("nats-bootstrap down --confirm", "nats-bootstrap down --confirm --datafolder artifacts/nats/n1"),
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := a.inspect()
			if err != nil {
				return err
			}
			if f.PID == 0 {
				return failed("there is nothing to stop", fmt.Errorf("no server runs on %s", a.folder), "name the folder that it was started with: nats-bootstrap down --confirm --datafolder D")
			}
			if !confirm {
				return cli.Usage(fmt.Sprintf("--confirm is required: process %d would be stopped", f.PID), cli.FirstExample(cmd))
			}
			if err := stop(cmd.Context(), f); err != nil {
				return err
			}
			return printJSON(cmd, map[string]any{"stopped": f.PID, "datafolder": a.folder})
		},
	}
	a.addFolder(cmd)
	cmd.Flags().BoolVar(&confirm, "confirm", false, "do it (required)")
	return cmd
}

// stop ends the process of the folder's server and returns when the folder is free.
func stop(ctx context.Context, f natsd.Folder) error {
	if !strings.HasPrefix(f.Program, "nats-bootstrap") {
		return failed("the server can't be stopped alone", fmt.Errorf("it runs inside %s, process %d", f.Program, f.PID), "stop that program")
	}
	process, err := os.FindProcess(f.PID)
	if err == nil {
		err = end(process)
	}
	if err != nil {
		return failed("the server can't be stopped", err, "stop it as the user who started it")
	}
	const period, patience = 50 * time.Millisecond, time.Minute
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		if now, err := natsd.Inspect(f.Path); err == nil && now.PID == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return failed("the server can't be stopped", fmt.Errorf("process %d is still there after %s", f.PID, patience), "see its log")
		case <-tick.C:
		}
	}
}

func leaveCommand() *cobra.Command {
	a := &access{}
	var name string
	cmd := &cobra.Command{
		Use:   "leave [--server NAME]",
		Short: "Let a server leave its cluster: its streams move to others, and it stops",
		Long: `Let a server leave its cluster: its streams move to others first, then it is no member any more, and stops. It is refused
where the servers that are left would be too few. Without --server, it is the one of the data folder; another one, by its
name as status shows it, must be gone already, and is only taken off the list.`,
		Example: cli.Example(
			"nats-bootstrap leave --datafolder artifacts/nats/n3",
			"nats-bootstrap leave --server host-6222-a1b2c3",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := a.inspect()
			if err != nil {
				return err
			}
			return leave(cmd, f, name)
		},
	}
	a.addFolder(cmd)
	cmd.Flags().StringVar(&name, "server", "", "name of a server that is lost")
	return cmd
}

func leave(cmd *cobra.Command, f natsd.Folder, name string) error {
	ctx := cmd.Context()
	switch {
	case f.Cluster == "":
		return failed("there is no cluster to leave", fmt.Errorf("%s is not the folder of a cluster's member", f.Path), "name the folder of a member: "+cli.FirstExample(cmd))
	case f.PID == 0 || f.URL == "":
		return failed("no server has answered", errStopped, "run it on a machine of the cluster, with the --datafolder of a server that runs")
	}
	own := name == "" || name == f.Name
	if own {
		name = f.Name
	}
	system, clients, err := connect(f)
	if err != nil {
		return failed("no server has answered", err, "see its log")
	}
	defer system.Close()
	defer clients.Close()
	if !own {
		if err := lost(ctx, f, name); err != nil {
			return err
		}
	}
	if err := admin.Leave(ctx, system, clients, name); err != nil {
		if cli.Ended(ctx, err) {
			return err
		}
		return failed("the server does not leave", err, "see what is missing: nats-bootstrap status")
	}
	if own {
		if err := stop(ctx, f); err != nil {
			return err
		}
		if err := natsd.Forget(f.Path); err != nil {
			return failed("the server has left and stopped, and its folder still knows it", err, "remove the folder before a server is started there again")
		}
	}
	return printJSON(cmd, map[string]any{"left": name, "stopped": own})
}

// lost refuses to let another server go while it runs: it would go on with data that nobody counts any more.
func lost(ctx context.Context, f natsd.Folder, name string) error {
	state, err := askAll(ctx, f)
	if err != nil {
		return failed("no server has answered", err, "see its log")
	}
	for _, s := range state.Servers {
		if s.Name == name && s.Answered {
			return failed("the server does not leave", fmt.Errorf("%s runs", name), "on its own machine: nats-bootstrap leave --datafolder D")
		}
	}
	return nil
}
