// This file owns the cancel command, and waiting for the cancelled run's end.

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

func cancelCommand(g *global) *cobra.Command {
	var id string
	var wait bool
	seconds := &number{text: "30", whole: true}
	cmd := &cobra.Command{
		Use:   "cancel",
		Short: "Ask for a run's end",
		Example: cli.Example(
			"pyoco-client cancel --run-id RUN_ID",
			"pyoco-client cancel --run-id RUN_ID --wait --timeout-sec 60",
		),
		Args: cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			if id == "" {
				return cli.Usage("--run-id must not be empty", "pyoco-client cancel --run-id RUN_ID")
			}
			answer, err := c.Raw(ctx, http.MethodPost, "/runs/"+url.PathEscape(id)+"/cancel", nil)
			if err != nil {
				return err
			}
			if !wait {
				return output.JSON(cmd.OutOrStdout(), answer)
			}
			var run struct {
				Status pyoco.Status `json:"status"`
			}
			if err := json.Unmarshal(answer, &run); err != nil {
				return fmt.Errorf("the answer is not what this client knows: %w", err)
			}
			if run.Status.Terminal() {
				return output.JSON(cmd.OutOrStdout(), answer)
			}
			if err := waitForEnd(ctx, cmd, c, id, max(seconds.int(), 1)); err != nil {
				return err
			}
			return printRun(ctx, cmd, c, id, "", nil)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&id, "run-id", "", "the run (required)")
	flags.BoolVar(&wait, "wait", false, "wait until the run has ended")
	flags.Var(seconds, "timeout-sec", "how long to wait, at least 1")
	require(cmd, "run-id")
	return cmd
}

func waitForEnd(ctx context.Context, cmd *cobra.Command, c *pyoco.Client, id string, seconds int) error {
	waiting, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
	defer cancel()
	var last pyoco.Status
	for event, err := range c.Watch(waiting, id) {
		switch {
		case err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
			return &cli.Error{
				ID: "ERR-PYOCO-CANCEL", Title: "wait timeout",
				Reason: fmt.Sprintf("run %s has not ended within %d s", id, seconds),
				Hint: fmt.Sprintf("its cancellation stays requested; wait longer or look at the run: pyoco-client cancel --run-id %s --wait --timeout-sec %d",
					id, 2*seconds),
			}
		case err != nil:
			return err
		case event.Snapshot.Status != last:
			last = event.Snapshot.Status
			showProgress(cmd, fmt.Sprintf("run %s is %s", id, last))
		}
	}
	return nil
}

// showProgress tells a person at a terminal, and nobody else, that something is going on.
func showProgress(cmd *cobra.Command, text string) {
	if cli.IsTerminal(cmd.ErrOrStderr()) {
		fmt.Fprintln(cmd.ErrOrStderr(), output.Clean(text))
	}
}
