// This file owns what went wrong as people and scripts see it: the id, the reason and the hint on stderr, the exit code.

package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

// statusError ends the program with a code and says nothing.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// runError is what a command met after its command line was read.
type runError struct{ cause error }

func (e *runError) Error() string { return e.cause.Error() }

func (e *runError) Unwrap() error { return e.cause }

// report prints an error and gives the exit code.
func report(ctx context.Context, cmd *cobra.Command, err error) int {
	var status statusError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case cli.Ended(ctx, err):
		return cli.ExitInterrupted
	}
	explain(cmd, err).Print(cmd.ErrOrStderr())
	return cli.ExitFailed
}

func explain(cmd *cobra.Command, err error) *cli.Error {
	var run *runError
	var failed *cli.Error
	var bad *pyoco.InvalidError
	var unwritten *output.Error
	switch {
	case errors.As(err, &unwritten):
		return &cli.Error{ID: "ERR-PYOCO-UNEXPECTED", Title: "unexpected error", Reason: err.Error(), Hint: "check where the output goes: pyoco-client " + cmd.Name() + " … > file"}
	case errors.As(err, &failed), errors.As(err, &bad), !errors.As(err, &run):
		return cli.AsUsage(cmd, err)
	}
	return request(cmd, run)
}

// request explains a call that failed.
func request(cmd *cobra.Command, err *runError) *cli.Error {
	f := &cli.Error{ID: "ERR-PYOCO-HTTP", Title: "request failed", Reason: err.Error()}
	var answer *pyoco.APIError
	if !errors.As(err, &answer) {
		if errors.Is(err, pyoco.ErrUnavailable) {
			f.Title = "connection error"
		}
		f.Hint = "check that a gateway is there (pyoco-server up --host 127.0.0.1 --port 8000) and its URL: " +
			withGlobals(cmd, "--server http://127.0.0.1:8000")
		return f
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		f.Hint = "give a valid API key: " + withGlobals(cmd, `--api-key "$KEY"`)
	case http.StatusNotFound:
		f.Hint = "see which runs there are: pyoco-client list --limit 20 --output table"
		switch {
		case cmd.HasParent() && cmd.Parent().Name() == "dlq":
			f.Hint = "see which dead letters there are: pyoco-client dlq list --limit 20 --output table"
		case cmd.Name() == "wheel-delete":
			f.Hint = "see which wheels there are: pyoco-client wheels"
		}
	case http.StatusConflict:
		f.Hint = "check what is there; a right example: " + cli.FirstExample(cmd)
		if cmd.Name() == "wheel-upload" {
			f.Hint = "raise the version of the package and build the wheel anew; see which there are: pyoco-client wheels"
		}
	case http.StatusInsufficientStorage:
		f.Hint = "make room in the store of NATS, or lower the limit that the reason names, for the gateway and its workers"
	case http.StatusServiceUnavailable:
		f.Hint = "the gateway cannot reach NATS and has accepted nothing; try again once it is ready: " + cli.FirstExample(cmd)
	default:
		f.Hint = "check the values that were sent; a right example: " + cli.FirstExample(cmd)
	}
	return f
}

// withGlobals is the first example with global flags in it.
func withGlobals(cmd *cobra.Command, flags string) string {
	return strings.Replace(cli.FirstExample(cmd), "pyoco-client ", "pyoco-client "+flags+" ", 1)
}
