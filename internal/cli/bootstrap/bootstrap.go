// Package bootstrap owns the nats-bootstrap command: NATS with JetStream from one binary, by nats-server's own flags or
// without any.
//
// This file owns the root of the tree and the program's end.
package bootstrap

import (
	"context"
	"errors"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
)

// Main runs the command and gives its exit code: 0, 2 on every error, 130 where Ctrl-C ended it. Passwords among the
// arguments are blotted out once they are read, for the monitoring port shows a process's command line.
func Main(ctx context.Context, p cli.Process) int {
	root := New(p)
	root.SetArgs(append([]string{}, p.Args...)) // never nil: cobra would read the process's own
	server.RedactArgs(p.Args)
	cmd, err := root.ExecuteContextC(ctx)
	var found *unwell
	switch {
	case errors.As(err, &found):
		return cli.ExitUsage
	case err != nil && !cli.Ended(ctx, err):
		cli.AsUsage(cmd, err).Print(p.Err)
		return cli.ExitUsage
	}
	return cli.ExitCode(ctx)
}

// New makes the command's tree. Errors are returned and not printed; see Main.
func New(p cli.Process) *cobra.Command {
	root := &cobra.Command{
		Use:   "nats-bootstrap",
		Short: "Run NATS with JetStream, for pyoco, from one binary",
		Example: cli.Example(
			"nats-bootstrap up",
			"nats-bootstrap up -- -js -a 127.0.0.1 -p 4222 -m 8222",
			"nats-bootstrap up --cluster pyoco",
			"nats-bootstrap join --cluster pyoco --seed nats-1",
			"nats-bootstrap doctor",
		),
		Version:       pyoco.Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.Usage("a command is required", cli.FirstExample(cmd))
		},
	}
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	root.AddCommand(upCommand(p), joinCommand(p), statusCommand(), doctorCommand(), backupCommand(p), restoreCommand(p), leaveCommand(), downCommand())
	for _, cmd := range root.Commands() {
		cmd.Flags().SortFlags = false
	}
	return root
}

// failed is an error that a command met after its command line was read, with what to do about it.
func failed(title string, cause error, hint string) *cli.Error {
	return &cli.Error{ID: "ERR-PYOCO-NATS", Title: title, Reason: cause.Error(), Hint: hint}
}
