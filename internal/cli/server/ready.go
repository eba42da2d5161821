// This file owns the command ready: whether a gateway takes runs, for what watches over it and has no other program for that.

package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

func readyCommand() *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use:   "ready",
		Short: "Ask a gateway whether it takes runs: exit code 0, or 1",
		Long: `Ask a gateway whether it takes runs: exit code 0, or 1 where it is not there, is still reading what there is, or has no
NATS. It needs no key. It is meant for health checks, in images that have no curl.`,
		Example: cli.Example("pyoco-server ready", "pyoco-server ready --url http://127.0.0.1:8000"),
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, err := askReady(cmd.Context(), strings.TrimSuffix(url, "/")+"/ready")
			if err != nil {
				return &startError{&cli.Error{ID: "ERR-PYOCO-0003", Reason: "the gateway is not ready: " + err.Error(), Hint: "see its log"}}
			}
			return output.Text(cmd.OutOrStdout(), answer)
		},
	}
	cmd.Flags().StringVar(&url, "url", "http://127.0.0.1:8000", "URL of the gateway")
	return cmd
}

// askReady gives the answer of a gateway that is ready. A gateway answers within its own deadline for calls.
func askReady(ctx context.Context, url string) (string, error) {
	const patience, longest = 5 * time.Second, 64 << 10
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, longest))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(string(body)))
	}
	return string(body), err
}
