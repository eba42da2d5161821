// Package client owns the pyoco-client command: flags in, the public API called, what the gateway sent out.
//
// This file owns the root of the tree, and what every command shares.
package client

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
)

// Main runs the command and gives its exit code: 0, 1 on every error, 130 where ctx was
// cancelled, and 3 or 4 for watch --exit-status.
func Main(ctx context.Context, p cli.Process) int {
	root := New(p)
	root.SetArgs(append([]string{}, p.Args...)) // never nil: cobra would read the process's own
	cmd, err := root.ExecuteContextC(ctx)
	return report(ctx, cmd, err)
}

// New makes the command's tree. Errors are returned and not printed; see Main.
func New(p cli.Process) *cobra.Command {
	g := &global{lookup: p.Lookup}
	root := &cobra.Command{
		Use:   "pyoco-client",
		Short: "Submit flows to a pyoco gateway and follow their runs",
		Example: cli.Example(
			"pyoco-client --server http://127.0.0.1:8000 list --limit 20 --output table",
			"pyoco-client submit-yaml --workflow-file flow.yaml --flow-name main --tag hello",
			"pyoco-client watch RUN_ID --until-terminal --output status",
			"pyoco-client --api-key \"$KEY\" workers --scope all --output table",
		),
		Version:       pyoco.Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(*cobra.Command, []string) error {
			return cli.Usage("a command is required", "pyoco-client list --limit 20 --output table")
		},
	}
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	flags := root.PersistentFlags()
	flags.StringVar(&g.server, "server", "http://127.0.0.1:8000", "URL of the gateway")
	flags.StringVar(&g.apiKey, "api-key", "", "API key to send with each call (default: PYOCO_API_KEY, or what the file PYOCO_API_KEY_FILE holds)")
	flags.StringVar(&g.apiKeyHeader, "api-key-header", "X-API-Key", "header of the API key")
	root.AddCommand(
		submitCommand(g), submitYAMLCommand(g), getCommand(g), tasksCommand(g), listCommand(g), listVNextCommand(g),
		watchCommand(g), cancelCommand(g), workersCommand(g), metricsCommand(g), dlqCommand(g),
		wheelsCommand(g), wheelUploadCommand(g), wheelHistoryCommand(g), wheelDeleteCommand(g), validateCommand(),
	)
	for _, cmd := range append(root.Commands(), root) {
		cmd.Flags().SortFlags = false
	}
	return root
}

// global are the flags that stand before or after any command.
type global struct {
	server, apiKey, apiKeyHeader string

	lookup func(name string) (string, bool)
}

// runner is what a command does with a client.
type runner func(ctx context.Context, cmd *cobra.Command, args []string, c *pyoco.Client) error

// with gives a command its client, and marks its errors as those of a run: what else cobra returns is a bad command line.
func (g *global) with(run runner) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		key := g.apiKey
		if key == "" {
			var err error
			if key, err = env.APIKey(g.lookup); err != nil {
				return cli.Usage(err.Error(), "a file with one line that this user may read: export PYOCO_API_KEY_FILE=~/.pyoco-key")
			}
		}
		c, err := pyoco.NewClient(g.server, pyoco.ClientConfig{APIKey: key, APIKeyHeader: g.apiKeyHeader})
		if err != nil {
			return cli.Usage("--"+err.Error(), withGlobals(cmd, "--server http://127.0.0.1:8000"))
		}
		defer c.Close()
		if err := run(cmd.Context(), cmd, args, c); err != nil {
			return &runError{err}
		}
		return nil
	}
}
