// This file owns what only a person at a terminal is told.

package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"time"

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
	ctx := context.Background()
	if !log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	var caller [1]uintptr
	runtime.Callers(2, caller[:])
	record := slog.NewRecord(time.Now(), slog.LevelInfo, text, caller[0])
	record.Add(attrs...)
	_ = log.Handler().Handle(ctx, record) // as slog.Logger does
}

// TellStop announces the end of a program when ctx has ended. The returned function takes that back, or waits for it.
func TellStop(ctx context.Context, w io.Writer, log *slog.Logger) func() {
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		Announce(w, log, "stopping: what has begun is finished first; a second Ctrl-C ends at once")
	})
	return func() {
		if !stop() {
			<-told
		}
	}
}
