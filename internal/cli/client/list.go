// This file owns the lists of runs: list, and list-vnext with its cursor.

package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

// listFlags are the flags that both lists have.
type listFlags struct {
	filters
	full   bool
	output *cli.Choice
}

func (l *listFlags) addTo(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.String("status", "", "only runs with this status, like FAILED")
	flags.String("flow", "", "only runs of the flow with this name")
	flags.String("tag", "", "only runs with this tag")
	flags.BoolVar(&l.full, "full", false, "every field of each run")
	flags.Var(&number{whole: true}, "limit", "how many runs at most (default: the gateway's, 50)")
	l.add(cmd, "status", "flow", "tag", "limit")
}

func (l *listFlags) query() url.Values {
	query := l.filters.query()
	if l.full {
		query.Set("include", "full")
	}
	return query
}

func listCommand(g *global) *cobra.Command {
	var l listFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List runs, newest update first",
		Example: cli.Example(
			"pyoco-client list --tag hello --limit 20 --output table",
			"pyoco-client list --status FAILED --flow main --full",
		),
		Args: cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			answer, err := c.Raw(ctx, http.MethodGet, "/runs", l.query())
			if err != nil {
				return err
			}
			if l.output.Value == "json" {
				return output.JSON(cmd.OutOrStdout(), answer)
			}
			return printRuns(cmd, answer)
		}),
	}
	l.addTo(cmd)
	l.output = cli.ChoiceFlag(cmd, "output", "json", "how to print", "json", "table")
	return cmd
}

func listVNextCommand(g *global) *cobra.Command {
	var l listFlags
	cmd := &cobra.Command{
		Use:   "list-vnext",
		Short: "List runs page by page, or what has changed since a time",
		Example: cli.Example(
			"pyoco-client list-vnext --limit 20 --output table",
			"pyoco-client list-vnext --limit 20 --cursor NEXT_CURSOR",
			"pyoco-client list-vnext --updated-after 1700000000.5",
		),
		Args: cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			query := l.query()
			if !query.Has("cursor") {
				query.Set("cursor", "") // asks for the form with next_cursor
			}
			answer, err := c.Raw(ctx, http.MethodGet, "/runs", query)
			if err != nil {
				return err
			}
			return printPage(cmd, answer, l.output.Value)
		}),
	}
	l.addTo(cmd)
	flags := cmd.Flags()
	flags.Var(&number{}, "updated-after", "only runs updated after this time, in Unix seconds")
	flags.String("cursor", "", "next_cursor of the page before")
	flags.String("workflow-yaml-sha256", "", "only runs of the flow file with this SHA-256")
	l.add(cmd, "updated-after", "cursor", "workflow-yaml-sha256")
	l.output = cli.ChoiceFlag(cmd, "output", "json", "how to print", "json", "table")
	return cmd
}

// printPage prints a page. A gateway that knows no pages gives a bare list, which is the only one.
func printPage(cmd *cobra.Command, answer json.RawMessage, form string) error {
	if answer[0] == '[' {
		answer = fmt.Appendf(nil, `{"items":%s,"next_cursor":null}`, answer)
	}
	if form == "json" {
		return output.JSON(cmd.OutOrStdout(), answer)
	}
	var page struct {
		Items json.RawMessage `json:"items"`
		Next  json.RawMessage `json:"next_cursor"`
	}
	if err := decode(answer, &page); err != nil {
		return err
	}
	if err := printRuns(cmd, page.Items); err != nil {
		return err
	}
	if next := output.Cell(page.Next); next != "-" {
		return output.Text(cmd.OutOrStdout(), "next_cursor: "+next)
	}
	return nil
}

func printRuns(cmd *cobra.Command, items json.RawMessage) error {
	var runs []map[string]json.RawMessage
	if err := decode(items, &runs); err != nil {
		return err
	}
	header := []string{"run_id", "status", "flow_name", "tag", "updated_at"}
	var rows [][]string
	for _, run := range runs {
		row := make([]string, len(header))
		for i, name := range header {
			row[i] = output.Cell(run[name])
		}
		rows = append(rows, row)
	}
	return output.Table(cmd.OutOrStdout(), header, rows)
}

// decode reads an answer for a table.
func decode(answer json.RawMessage, v any) error {
	if err := json.Unmarshal(answer, v); err != nil {
		return fmt.Errorf("the answer is not what this client can show as a table: %w", err)
	}
	return nil
}
