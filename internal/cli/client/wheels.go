// This file owns the commands about wheels in the registry: wheels, wheel-history and wheel-delete.

package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
)

func wheelsCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "wheels",
		Short:   "List the wheels in the registry",
		Example: cli.Example("pyoco-client wheels", "pyoco-client wheels | jq -r '.[].name'"),
		Args:    cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			return printAnswer(ctx, cmd, c, http.MethodGet, "/wheels", nil)
		}),
	}
}

func wheelHistoryCommand(g *global) *cobra.Command {
	var f filters
	cmd := &cobra.Command{
		Use:   "wheel-history",
		Short: "List what was uploaded and deleted, the newest first",
		Example: cli.Example(
			"pyoco-client wheel-history --limit 20",
			"pyoco-client wheel-history --wheel-name shop-1.0-py3-none-any.whl --action upload",
		),
		Args: cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			return printAnswer(ctx, cmd, c, http.MethodGet, "/wheels/history", f.query())
		}),
	}
	flags := cmd.Flags()
	flags.Var(&number{text: "100", whole: true}, "limit", "how many events at most")
	flags.String("wheel-name", "", "only events of the wheel with this file name")
	cli.ChoiceFlag(cmd, "action", "", "only events of this kind", pyoco.WheelUploaded, pyoco.WheelDeleted)
	f.add(cmd, "limit", "wheel-name", "action")
	return cmd
}

func wheelDeleteCommand(g *global) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "wheel-delete",
		Short:   "Take a wheel out of the registry; workers keep what they have installed",
		Example: cli.Example("pyoco-client wheel-delete --name shop-1.0-py3-none-any.whl"),
		Args:    cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			return printAnswer(ctx, cmd, c, http.MethodDelete, "/wheels/"+url.PathEscape(name), nil)
		}),
	}
	cmd.Flags().StringVar(&name, "name", "", "file name of the wheel (required)")
	require(cmd, "name")
	return cmd
}
