// This file owns the commands about dead letters: dlq list, show, replay and drop.

package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

func dlqCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "Handle dead letters: what is kept of jobs that could not be run, and of runs that failed",
		Example: cli.Example(
			"pyoco-client dlq list --output table",
			"pyoco-client dlq show 7",
			"pyoco-client dlq replay 7",
		),
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return cli.Usage("a command is required: list, show, replay or drop", "pyoco-client dlq list --output table")
		},
	}
	cmd.AddCommand(
		dlqListCommand(g),
		letterCommand(g, "show", "Show a dead letter", http.MethodGet, ""),
		letterCommand(g, "replay", "Queue a new run that does what a dead letter's run was to do", http.MethodPost, "/replay"),
		letterCommand(g, "drop", "Remove a dead letter", http.MethodDelete, ""),
	)
	for _, sub := range cmd.Commands() {
		sub.Flags().SortFlags = false
	}
	return cmd
}

func dlqListCommand(g *global) *cobra.Command {
	var f filters
	var form *cli.Choice
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List dead letters, the newest first",
		Example: cli.Example(
			"pyoco-client dlq list --limit 20 --output table",
			"pyoco-client dlq list --reason execution_error --tag hello",
			"pyoco-client dlq list --run-id RUN_ID",
		),
		Args: cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			answer, err := c.Raw(ctx, http.MethodGet, "/dlq", f.query())
			if err != nil {
				return err
			}
			if form.Value == "json" {
				return output.JSON(cmd.OutOrStdout(), answer)
			}
			return printLetters(cmd, answer)
		}),
	}
	flags := cmd.Flags()
	flags.String("reason", "", "only letters with this reason, like execution_error")
	flags.String("tag", "", "only letters of this tag")
	flags.String("run-id", "", "only letters of this run")
	flags.String("cursor", "", "next_cursor of the page before")
	flags.Var(&number{whole: true}, "limit", "how many letters at most (default: the gateway's, 50)")
	f.add(cmd, "reason", "tag", "run-id", "cursor", "limit")
	form = cli.ChoiceFlag(cmd, "output", "json", "how to print", "json", "table")
	return cmd
}

// letterCommand makes one call about one letter and prints the answer.
func letterCommand(g *global, name, short, method, part string) *cobra.Command {
	return &cobra.Command{
		Use:     name + " SEQ",
		Short:   short,
		Example: cli.Example("pyoco-client dlq " + name + " 7"),
		Args: func(_ *cobra.Command, args []string) error {
			hint := "pyoco-client dlq " + name + " 7"
			switch {
			case len(args) == 0:
				return cli.Usage("the number of a dead letter is required", hint)
			case len(args) > 1:
				return cli.Usage("only one dead letter at a time, got also "+args[1], hint)
			}
			if _, err := strconv.ParseUint(args[0], 10, 64); err != nil {
				return cli.Usage("the number of a dead letter must be a whole number, got "+strconv.Quote(args[0]), hint)
			}
			return nil
		},
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, args []string, c *pyoco.Client) error {
			return printAnswer(ctx, cmd, c, method, "/dlq/"+url.PathEscape(args[0])+part, nil)
		}),
	}
}

// shownError is how much of an error a table shows, in characters.
const shownError = 60

func printLetters(cmd *cobra.Command, answer json.RawMessage) error {
	var page struct {
		Items []map[string]json.RawMessage `json:"items"`
		Next  json.RawMessage              `json:"next_cursor"`
	}
	if err := decode(answer, &page); err != nil {
		return err
	}
	header := []string{"seq", "timestamp", "reason", "run_id", "flow_name", "tag", "error"}
	var rows [][]string
	for _, letter := range page.Items {
		row := make([]string, len(header))
		for i, name := range header {
			row[i] = output.Cell(letter[name])
		}
		if last := &row[len(row)-1]; utf8.RuneCountInString(*last) > shownError {
			*last = string([]rune(*last)[:shownError-1]) + "…"
		}
		rows = append(rows, row)
	}
	if err := output.Table(cmd.OutOrStdout(), header, rows); err != nil {
		return err
	}
	if next := output.Cell(page.Next); next != "-" {
		return output.Text(cmd.OutOrStdout(), "next_cursor: "+next)
	}
	return nil
}
