// Package server owns the pyoco-server command: a gateway over HTTP, with NATS and a worker in the same process where they
// are asked for.
//
// This file owns the command's tree and its exit codes.
package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

// Main runs the command and gives its exit code: 0, also after SIGTERM; 2 on a bad command line, 1 where it can't start or
// go on, 130 on Ctrl-C.
func Main(ctx context.Context, p cli.Process) int {
	root := New(p)
	root.SetArgs(withCommand(p.Args))
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil || cli.Ended(ctx, err) {
		return cli.ExitCode(ctx)
	}
	code := cli.ExitUsage
	var failed *startError
	if errors.As(err, &failed) {
		code = cli.ExitFailed
	}
	printed := cli.AsUsage(cmd, err)
	fmt.Fprintf(p.Err, "[pyoco-server][%s] %s\n", printed.ID, output.Clean(printed.Reason))
	if printed.Hint != "" {
		fmt.Fprintf(p.Err, "- hint: %s\n", printed.Hint)
	}
	return code
}

// withCommand puts in the command up where flags stand alone, as scripts have it that are older than the command.
func withCommand(args []string) []string {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") && !slices.Contains([]string{"-h", "--help", "-v", "--version"}, args[0]) {
		return append([]string{"up"}, args...)
	}
	return args
}

// startError is why the server can't start, or go on, although its command line can be read.
type startError struct{ cause error }

func (e *startError) Error() string { return e.cause.Error() }

func (e *startError) Unwrap() error { return e.cause }

// cannotStart makes a startError with a hint.
func cannotStart(hint, format string, args ...any) error {
	return &startError{&cli.Error{ID: cli.UsageID, Reason: fmt.Sprintf(format, args...), Hint: hint}}
}

// New makes the command's tree. Errors are returned and not printed; see Main.
func New(p cli.Process) *cobra.Command {
	root := &cobra.Command{
		Use:           "pyoco-server",
		Short:         "Take flows over HTTP and queue them on NATS",
		Example:       cli.Example("pyoco-server up --host 127.0.0.1 --port 8000", "pyoco-server --port 8000   # the command up may be left out"),
		Version:       pyoco.Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	root.AddCommand(upCommand(p), readyCommand())
	return root
}
