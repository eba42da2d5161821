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
	"github.com/pyoco/pyoco/internal/cli/output"
)

const interrupted = 130

// failure is an error with all that is printed of it.
type failure struct{ id, title, reason, hint string }

func (f *failure) Error() string { return f.reason }

// usage is a bad command line; the hint is a right one.
func usage(reason, hint string) *failure {
	return &failure{id: "ERR-PYOCO-0018", title: "bad command line", reason: reason, hint: hint}
}

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
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return interrupted
	}
	f := explain(cmd, err)
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n- reason: %s\n- hint: %s\n", f.id, f.title, output.Clean(f.reason), f.hint)
	return 1
}

func explain(cmd *cobra.Command, err error) *failure {
	var f *failure
	var run *runError
	var bad *pyoco.InvalidError
	var unwritten *output.Error
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &unwritten):
		return &failure{"ERR-PYOCO-UNEXPECTED", "unexpected error", err.Error(), "check where the output goes: " + cmd.CommandPath() + " … > file"}
	case errors.As(err, &bad), !errors.As(err, &run):
		return usage(strings.Join(strings.Fields(err.Error()), " "), firstExample(cmd)) // cobra's suggestions are lines
	}
	return request(cmd, run)
}

// request explains a call that failed.
func request(cmd *cobra.Command, err *runError) *failure {
	f := &failure{id: "ERR-PYOCO-HTTP", title: "request failed", reason: err.Error()}
	var answer *pyoco.APIError
	if !errors.As(err, &answer) {
		if errors.Is(err, pyoco.ErrUnavailable) {
			f.title = "connection error"
		}
		f.hint = "check that a gateway is there (pyoco-server up --host 127.0.0.1 --port 8000) and its URL: " +
			withGlobals(cmd, "--server http://127.0.0.1:8000")
		return f
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		f.hint = "give a valid API key: " + withGlobals(cmd, `--api-key "$KEY"`)
	case http.StatusNotFound:
		f.hint = "see which runs there are: pyoco-client list --limit 20 --output table"
		if cmd.HasParent() && cmd.Parent().Name() == "dlq" {
			f.hint = "see which dead letters there are: pyoco-client dlq list --limit 20 --output table"
		}
	case http.StatusInsufficientStorage:
		f.hint = "make room in the store of NATS, or lower the limit that the reason names, for the gateway and its workers"
	case http.StatusServiceUnavailable:
		f.hint = "the gateway cannot reach NATS and has accepted nothing; try again once it is ready: " + firstExample(cmd)
	default:
		f.hint = "check the values that were sent; a right example: " + firstExample(cmd)
	}
	return f
}

// firstExample is the command line that a command's hints show.
func firstExample(cmd *cobra.Command) string {
	first, _, _ := strings.Cut(cmd.Example, "\n")
	return strings.TrimSpace(first)
}

// withGlobals is the first example with global flags in it.
func withGlobals(cmd *cobra.Command, flags string) string {
	return strings.Replace(firstExample(cmd), "pyoco-client ", "pyoco-client "+flags+" ", 1)
}
