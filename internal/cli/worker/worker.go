// Package worker owns the pyoco-worker command: flags and environment in, the public API called.
//
// This file owns the command and its flags.
package worker

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
)

// Main runs the command and gives its exit code: 0, also after SIGTERM; 1 on every error, 130 on Ctrl-C.
func Main(ctx context.Context, p cli.Process) int {
	cmd := New(p)
	cmd.SetArgs(append([]string{}, p.Args...)) // never nil: cobra would read the process's own
	cmd, err := cmd.ExecuteContextC(ctx)
	if err != nil && !cli.Ended(ctx, err) {
		cli.AsUsage(cmd, err).Print(p.Err)
		return cli.ExitFailed
	}
	return cli.ExitCode(ctx)
}

// New makes the command. Errors are returned and not printed; see Main.
func New(p cli.Process) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "pyoco-worker",
		Short: "Pull the runs of some tags and execute them",
		Long: `Pull the runs of some tags and execute them.

Tasks and flows are Go functions that a program registers: this one has those of the quickstart. A worker with your own
tasks is a short program, see examples/worker. What no Go function is registered for can be a Python function: with
--wheel-sync those of the wheels that were uploaded for the tags, which are installed beside what --python has; with
--python-tasks and --python-modules those that are installed there. Settings come from the flags, then from the environment (PYOCO_NATS_URL and
others), then from a file .env. Ctrl-C ends it in order, a second one at once.`,
		Example: cli.Example(
			"pyoco-worker --nats-url nats://127.0.0.1:4222 --tags hello --worker-id w1",
			"pyoco-worker --tags hello,default --run-once --poll-timeout 5",
			"pyoco-worker --tags hello --wheel-sync --python /opt/tasks/bin/python3",
		),
		Args:          cobra.NoArgs,
		Version:       pyoco.Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), p) },
	}
	cmd.SetIn(p.In)
	cmd.SetOut(p.Out)
	cmd.SetErr(p.Err)
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.natsURL, "nats-url", "", "URL of the NATS server (default: PYOCO_NATS_URL, else nats://127.0.0.1:4222)")
	o.Flags = AddFlags(flags, "")
	o.addPython(flags)
	flags.BoolVar(&o.once, "run-once", false, "take one run, or none within the poll timeout, and exit")
	return cmd
}

// options are what the flags say.
type options struct {
	*Flags
	natsURL string
	once    bool
}
