// This file owns the commands that show one run: get and tasks.

package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

func getCommand(g *global) *cobra.Command {
	var records bool
	cmd := &cobra.Command{
		Use:     "get RUN_ID",
		Short:   "Show a run",
		Example: cli.Example("pyoco-client get RUN_ID", "pyoco-client get RUN_ID --records | jq .task_records"),
		Args:    oneRun,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, args []string, c *pyoco.Client) error {
			query := url.Values{}
			if records {
				query.Set("include", "records")
			}
			return printRun(ctx, cmd, c, args[0], "", query)
		}),
	}
	cmd.Flags().BoolVar(&records, "records", false, "with the record of each task")
	return cmd
}

func tasksCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "tasks RUN_ID",
		Short:   "Show what became of each task of a run",
		Example: cli.Example("pyoco-client tasks RUN_ID", "pyoco-client tasks RUN_ID | jq .tasks"),
		Args:    oneRun,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, args []string, c *pyoco.Client) error {
			return printRun(ctx, cmd, c, args[0], "/tasks", nil)
		}),
	}
}

// oneRun checks that the arguments are the id of one run.
func oneRun(cmd *cobra.Command, args []string) error {
	hint := "pyoco-client " + cmd.Name() + " RUN_ID"
	switch {
	case len(args) == 0 || args[0] == "":
		return cli.Usage("the id of a run is required", hint)
	case len(args) > 1:
		return cli.Usage("only one run at a time, got also "+args[1], hint)
	}
	return nil
}

func printRun(ctx context.Context, cmd *cobra.Command, c *pyoco.Client, id, part string, query url.Values) error {
	return printAnswer(ctx, cmd, c, http.MethodGet, "/runs/"+url.PathEscape(id)+part, query)
}

// printAnswer makes a call and prints what the gateway sent.
func printAnswer(ctx context.Context, cmd *cobra.Command, c *pyoco.Client, method, path string, query url.Values) error {
	answer, err := c.Raw(ctx, method, path, query)
	if err != nil {
		return err
	}
	return output.JSON(cmd.OutOrStdout(), answer)
}
