// This file owns what only a person at a terminal is told.

package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// IsTerminal says whether somebody reads what is written there as it comes.
func IsTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
