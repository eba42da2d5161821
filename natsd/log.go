// This file owns the way from nats-server's log to the caller's slog.Logger.

package natsd

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// serverLog implements nats-server's Logger. Where others end the process on
// Fatalf, it keeps the message for Start to return.
type serverLog struct {
	out *slog.Logger

	mu         sync.Mutex
	firstFatal error
}

func newServerLog(out *slog.Logger) *serverLog { return &serverLog{out: out} }

// debug tells whether debug lines would be seen, so that nats-server need not
// format them otherwise.
func (l *serverLog) debug() bool {
	return l.out.Enabled(context.Background(), slog.LevelDebug)
}

// fatal returns the first fatal message as an error, or nil.
func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.firstFatal
}

func (l *serverLog) write(level slog.Level, format string, v []any) {
	l.out.Log(context.Background(), level, fmt.Sprintf(format, v...))
}

// Noticef is called with what an operator may want to see.
func (l *serverLog) Noticef(format string, v ...any) { l.write(slog.LevelInfo, format, v) }

// Warnf is called with what may become a problem.
func (l *serverLog) Warnf(format string, v ...any) { l.write(slog.LevelWarn, format, v) }

// Errorf is called with what failed.
func (l *serverLog) Errorf(format string, v ...any) { l.write(slog.LevelError, format, v) }

// Debugf is called only where debug told so.
func (l *serverLog) Debugf(format string, v ...any) { l.write(slog.LevelDebug, format, v) }

// Tracef drops the line: traces hold payloads.
func (l *serverLog) Tracef(string, ...any) {}

// Fatalf is called with what keeps the server, or a part of it, from running.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	if l.firstFatal == nil {
		l.firstFatal = fmt.Errorf(format, v...)
	}
	l.mu.Unlock()
	l.write(slog.LevelError, format, v)
}
