// Package admin owns the pyoco-server-admin command: what belongs to the operator of a system alone.
//
// This file owns the root of the tree, its connection and the exit codes.
package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
	"github.com/pyoco/pyoco/internal/cli/output"
	"github.com/pyoco/pyoco/internal/cli/replicas"
)

// callTime bounds a command's talk with NATS.
const callTime = 15 * time.Second

// Main runs the command and gives its exit code: 0; 2 on a bad command line and for a key that is not there, 1 where the
// command could not be done, 130 on Ctrl-C.
func Main(ctx context.Context, p cli.Process) int {
	root := New(p)
	root.SetArgs(append([]string{}, p.Args...)) // never nil: cobra would read the process's own
	cmd, err := root.ExecuteContextC(ctx)
	var unwritten *output.Error
	switch {
	case err == nil, cli.Ended(ctx, err):
		return cli.ExitCode(ctx)
	case errors.Is(err, pyoco.ErrNotFound):
		return cli.ExitUsage // it is told on stdout, for scripts
	case errors.Is(err, pyoco.ErrUnavailable):
		(&cli.Error{
			ID: "ERR-PYOCO-0003", Title: "NATS is not available", Reason: err.Error(),
			Hint: "check that NATS runs with JetStream, and its URL: " + cmd.CommandPath() + " --nats-url nats://127.0.0.1:4222",
		}).Print(p.Err)
		return cli.ExitFailed
	case errors.As(err, &unwritten):
		(&cli.Error{ID: "ERR-PYOCO-UNEXPECTED", Title: "unexpected error", Reason: err.Error(), Hint: "check where the output goes"}).Print(p.Err)
		return cli.ExitFailed
	}
	cli.AsUsage(cmd, err).Print(p.Err)
	return cli.ExitUsage
}

// New makes the command's tree. Errors are returned and not printed; see Main.
func New(p cli.Process) *cobra.Command {
	g := &global{process: p}
	root := &cobra.Command{
		Use:           "pyoco-server-admin",
		Short:         "Make and revoke the API keys of gateways, and set how many replicas there are",
		Example:       cli.Example("pyoco-server-admin api-key create --tenant demo", "pyoco-server-admin replicas --set 3"),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          missingCommand,
	}
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	root.PersistentFlags().StringVar(&g.natsURL, "nats-url", "", "URL of the NATS server (default: PYOCO_NATS_URL, else nats://127.0.0.1:4222)")
	root.AddCommand(apiKeyCommand(g), replicas.Command(p))
	return root
}

func missingCommand(cmd *cobra.Command, _ []string) error {
	return cli.Usage("a command is required", cli.FirstExample(cmd))
}

// global is what all commands have.
type global struct {
	process cli.Process
	natsURL string
}

// withKeys makes a command of what it does with the keys.
func (g *global) withKeys(do func(context.Context, *cobra.Command, *pyoco.Keys) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		settings := env.Read(g.process.Lookup)
		warn(g.process.Err, settings.Warnings)
		if settings.NoPepper != nil {
			return cli.Usage(settings.NoPepper.Error(), "a file with one line that this user may read: export PYOCO_AUTH_PEPPER_FILE=/run/secrets/pepper")
		}
		if g.natsURL == "" {
			g.natsURL = settings.NATSURL
		}
		nc, err := cli.Connect(g.natsURL, "pyoco-server-admin", settings.NATS, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		defer nc.Close()
		keys, err := pyoco.NewKeys(nc, settings.Keys)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), callTime)
		defer cancel()
		return do(ctx, cmd, keys)
	}
}

// warn writes warnings beside the output, which scripts read.
func warn(w io.Writer, warnings []string) {
	for _, warning := range warnings {
		fmt.Fprintf(w, "warning: %s\n", output.Clean(warning))
	}
}
