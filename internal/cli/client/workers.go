// This file owns the workers command and its two tables, and the metrics command.

package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

func workersCommand(g *global) *cobra.Command {
	var f filters
	var hidden bool
	var form *cli.Choice
	cmd := &cobra.Command{
		Use:   "workers",
		Short: "List workers, the one seen last first",
		Example: cli.Example(
			"pyoco-client workers --output table",
			"pyoco-client workers --scope all --state DISCONNECTED --include-hidden",
			"pyoco-client workers --output plugins",
		),
		Args: cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			query := f.query()
			if hidden {
				query.Set("include_hidden", "true")
			}
			answer, err := c.Raw(ctx, http.MethodGet, "/workers", query)
			if err != nil {
				return err
			}
			if form.Value == "json" {
				return output.JSON(cmd.OutOrStdout(), answer)
			}
			var workers []worker
			if err := decode(answer, &workers); err != nil {
				return err
			}
			if form.Value == "plugins" {
				return printPlugins(cmd, workers)
			}
			return printWorkers(cmd, workers)
		}),
	}
	cli.ChoiceFlag(cmd, "scope", "active", "active: only those that are running or idle", "active", "all")
	cli.ChoiceFlag(cmd, "state", "", "only workers in this state", string(pyoco.WorkerRunning), string(pyoco.WorkerIdle),
		string(pyoco.WorkerStopped), string(pyoco.WorkerDisconnected))
	cmd.Flags().BoolVar(&hidden, "include-hidden", false, "hidden workers too")
	cmd.Flags().Var(&number{whole: true}, "limit", "how many workers at most (default: the gateway's, 100)")
	f.add(cmd, "scope", "state", "limit")
	form = cli.ChoiceFlag(cmd, "output", "json", "how to print; plugins: a row for each installed wheel", "json", "table", "plugins")
	return cmd
}

// worker is what the tables show of a worker. Its parts stay JSON, so that an odd one spoils only its own cell.
type worker struct {
	ID    json.RawMessage `json:"worker_id"`
	State json.RawMessage `json:"state"`
	Tags  json.RawMessage `json:"tags"`
	Sync  json.RawMessage `json:"wheel_sync"`
}

// cells are the columns that both tables begin with.
func (w *worker) cells() []string {
	tags := "-"
	var list []string
	if json.Unmarshal(w.Tags, &list) == nil && len(list) > 0 {
		tags = output.Clean(strings.Join(list, ","))
	}
	return []string{output.Cell(w.ID), output.Cell(w.State), tags}
}

// plugin is an installed wheel.
type plugin struct{ name, version, wheel string }

func (p plugin) short() string {
	if p.name == "-" || p.version == "-" {
		return "-"
	}
	return p.name + "@" + p.version
}

func (w *worker) plugins() []plugin {
	var sync struct {
		Installed []json.RawMessage `json:"installed_wheels"`
	}
	_ = json.Unmarshal(w.Sync, &sync) // a worker without a readable list shows none
	var plugins []plugin
	for _, wheel := range sync.Installed {
		var fields map[string]json.RawMessage
		if json.Unmarshal(wheel, &fields) == nil {
			plugins = append(plugins, plugin{
				output.Cell(fields["package_name"]), output.Cell(fields["package_version"]), output.Cell(fields["wheel_name"]),
			})
		}
	}
	return plugins
}

func printWorkers(cmd *cobra.Command, workers []worker) error {
	const previewed = 3
	var rows [][]string
	for _, w := range workers {
		plugins := w.plugins()
		var preview []string
		for _, p := range plugins[:min(len(plugins), previewed)] {
			preview = append(preview, p.short())
		}
		if more := len(plugins) - previewed; more > 0 {
			preview = append(preview, fmt.Sprintf("+%d", more))
		}
		if len(preview) == 0 {
			preview = []string{"-"}
		}
		rows = append(rows, append(w.cells(), fmt.Sprint(len(plugins)), strings.Join(preview, ", ")))
	}
	return output.Table(cmd.OutOrStdout(), []string{"worker_id", "state", "tags", "plugins", "plugin_preview"}, rows)
}

func printPlugins(cmd *cobra.Command, workers []worker) error {
	var rows [][]string
	for _, w := range workers {
		plugins := w.plugins()
		if len(plugins) == 0 {
			plugins = []plugin{{"-", "-", "-"}}
		}
		for _, p := range plugins {
			rows = append(rows, append(w.cells(), p.name, p.version, p.wheel))
		}
	}
	return output.Table(cmd.OutOrStdout(), []string{"worker_id", "state", "tags", "package", "version", "wheel_name"}, rows)
}

func metricsCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "metrics",
		Short:   "Show the gateway's metrics as Prometheus text",
		Example: cli.Example("pyoco-client metrics", "pyoco-client metrics | grep pyoco_runs_total"),
		Args:    cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			text, err := c.Metrics(ctx)
			if err != nil {
				return err
			}
			return output.Text(cmd.OutOrStdout(), text)
		}),
	}
}
