// This file owns what only a person at a terminal is told.

package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"github.com/pyoco/pyoco/internal/cli/output"
)

// IsTerminal says whether somebody reads what is written there as it comes.
func IsTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Announce tells a person at a terminal in a sentence, and the log otherwise, which also gets the attributes.
func Announce(w io.Writer, log *slog.Logger, text string, attrs ...any) {
	if IsTerminal(w) {
		fmt.Fprintln(w, output.Clean(text))
		return
	}
	log.Info(text, attrs...)
}

// TellStop announces the end of a program when ctx has ended. The returned function takes that back, or waits for it.
func TellStop(ctx context.Context, w io.Writer, log *slog.Logger) func() {
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		Announce(w, log, "stopping: running work is finished or handed back; a second Ctrl-C ends at once")
	})
	return func() {
		if !stop() {
			<-told
		}
	}
}
