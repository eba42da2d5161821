// This file owns what went wrong as people and scripts see it: the id, the reason and the hint.

package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli/output"
)

// UsageID is the id of a bad command line.
const UsageID = "ERR-PYOCO-0018"

// Error is an error with all that is printed of it.
type Error struct {
	ID, Title, Reason, Hint string
	// Lines stand below the reason as they are, like a line of a file with a caret under it.
	Lines []string
}

func (e *Error) Error() string { return e.Reason }

// Print writes the error for a person; scripts find the id at its beginning.
func (e *Error) Print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n- reason: %s\n", e.ID, e.Title, output.Clean(e.Reason))
	for _, line := range e.Lines {
		fmt.Fprintf(w, "    %s\n", output.Clean(line))
	}
	fmt.Fprintf(w, "- hint: %s\n", e.Hint)
}

// Usage is a bad command line; the hint is a right one.
func Usage(reason, hint string) *Error {
	return &Error{ID: UsageID, Title: "bad command line", Reason: reason, Hint: hint}
}

// AsUsage gives an Error as it is, and makes a bad command line of any other error, as cobra returns them.
func AsUsage(cmd *cobra.Command, err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	return Usage(strings.Join(strings.Fields(err.Error()), " "), FirstExample(cmd)) // cobra's suggestions are lines
}

// Example joins the lines of a command's examples; the first one is also its hint.
func Example(lines ...string) string { return "  " + strings.Join(lines, "\n  ") }

// FirstExample is the command line that a command's hints show.
func FirstExample(cmd *cobra.Command) string {
	first, _, _ := strings.Cut(cmd.Example, "\n")
	return strings.TrimSpace(first)
}
