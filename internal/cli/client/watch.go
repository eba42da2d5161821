// This file owns the watch command: a run's events as they come, one a line.

package client

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

// Exit codes of watch --exit-status.
const (
	exitFailed     = 3
	exitCancelled  = 4
	exitUnfinished = 5 // with --until-terminal, where the stream ended before the run
)

func watchCommand(g *global) *cobra.Command {
	var f filters
	var records, untilTerminal, status bool
	var form *cli.Choice
	most := &number{text: "0", whole: true}
	cmd := &cobra.Command{
		Use:   "watch RUN_ID",
		Short: "Follow a run: its snapshot at once and after each change, a heartbeat in between",
		Long: `Follow a run: its snapshot at once and after each change, a heartbeat in between.

It ends when the gateway closes the stream (after --timeout-sec), after --max-events, or with --until-terminal once the run
has ended, and exits 0 whatever became of the run; with --exit-status, 3 for FAILED, 4 for CANCELLED and, with --until-terminal, 5 where the stream ended before the run: a
longer --timeout-sec waits for it.`,
		Example: cli.Example(
			"pyoco-client watch RUN_ID --until-terminal --output status",
			"pyoco-client watch RUN_ID --records --timeout-sec 600 | jq .data.snapshot.tasks",
			"pyoco-client watch RUN_ID --until-terminal --timeout-sec 600 --exit-status && echo done",
		),
		Args: oneRun,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, args []string, c *pyoco.Client) error {
			query := f.query()
			if records {
				query.Set("include", "records")
			}
			var last pyoco.Status
			seen := 0
			for event, err := range c.WatchRaw(ctx, args[0], query) {
				if err != nil {
					return err
				}
				data := readEvent(event)
				if data.Snapshot.Status != "" {
					last = data.Snapshot.Status
				}
				if err := printEvent(cmd, event, data, form.Value); err != nil {
					return err
				}
				if seen++; seen == most.int() || untilTerminal && last.Terminal() {
					break
				}
			}
			switch {
			case status && last == pyoco.StatusFailed:
				return statusError(exitFailed)
			case status && last == pyoco.StatusCancelled:
				return statusError(exitCancelled)
			case status && untilTerminal && !last.Terminal():
				fmt.Fprintf(cmd.ErrOrStderr(), "the stream ended before the run, which is %s: watch it again, or longer with --timeout-sec 600\n", output.Clean(string(last)))
				return statusError(exitUnfinished)
			}
			return nil
		}),
	}
	flags := cmd.Flags()
	flags.BoolVar(&records, "records", false, "with the record of each task")
	flags.Var(&number{}, "since", "only snapshots updated at this time or later, in Unix seconds")
	flags.Var(&number{whole: true}, "timeout-sec", "when the gateway closes the stream, 1 to 600 (default: the gateway's, 60)")
	flags.Var(most, "max-events", "end after so many events; 0 means never")
	flags.BoolVar(&untilTerminal, "until-terminal", false, "end once the run has ended")
	flags.BoolVar(&status, "exit-status", false, "exit 3 where the run FAILED, 4 where it was CANCELLED, 5 where --until-terminal was not reached")
	f.add(cmd, "since", "timeout-sec")
	form = cli.ChoiceFlag(cmd, "output", "json", "how to print; status: time, event, status and run, tab-separated", "json", "status")
	return cmd
}

// eventData is what the status lines show of an event.
type eventData struct {
	RunID    json.RawMessage `json:"run_id"`
	TS       json.RawMessage `json:"ts"`
	Snapshot struct {
		Status pyoco.Status `json:"status"`
	} `json:"snapshot"`
}

// readEvent reads what it can: an event that this version doesn't know is still printed.
func readEvent(event pyoco.RawEvent) eventData {
	var data eventData
	_ = json.Unmarshal(event.Data, &data)
	return data
}

func printEvent(cmd *cobra.Command, event pyoco.RawEvent, data eventData, form string) error {
	if form == "json" {
		name, err := json.Marshal(event.Name)
		if err != nil {
			return err
		}
		return output.JSON(cmd.OutOrStdout(), fmt.Appendf(nil, `{"event":%s,"data":%s}`, name, event.Data))
	}
	status := "-"
	if data.Snapshot.Status != "" {
		status = output.Clean(string(data.Snapshot.Status))
	}
	line := []string{output.Cell(data.TS), output.Clean(event.Name), status, output.Cell(data.RunID)}
	return output.Text(cmd.OutOrStdout(), strings.Join(line, "\t"))
}
