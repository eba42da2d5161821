// This file owns the way from nats-server's log to the caller's slog.Logger,
// and keeps fatal lines from ending the program.

package natsd

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"

	"github.com/nats-io/nats-server/v2/server"
)

// serverLog is what a server's log was chosen to be.
type serverLog struct {
	out    *slog.Logger
	native bool
	fatal  firstError

	mu      sync.Mutex
	options *server.Options // of the log that is attached
}

// attach gives the server its log, at the levels that the options name.
func (l *serverLog) attach(ns *server.Server, o *server.Options) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.attachLocked(ns, o)
}

// reopen attaches the same log once more, which opens its file anew.
func (l *serverLog) reopen(ns *server.Server) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.attachLocked(ns, l.options)
}

func (l *serverLog) attachLocked(ns *server.Server, o *server.Options) error {
	var out server.Logger = slogLog{l.out}
	debug := o.Debug || l.out.Enabled(context.Background(), slog.LevelDebug)
	if l.native {
		var err error
		if out, err = nativeLog(o); err != nil {
			return err
		}
		debug = o.Debug
	}
	ns.SetLoggerV2(&guardedLog{Logger: out, fatal: &l.fatal}, debug, o.Trace, o.TraceVerbose)
	l.options = o
	return nil
}

// firstError keeps the first error that it is given.
type firstError struct {
	mu  sync.Mutex
	err error
}

func (f *firstError) keep(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *firstError) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// guardedLog is a log whose fatal lines, with which others end the process, are
// kept for Start to return.
type guardedLog struct {
	server.Logger
	fatal *firstError
}

// Fatalf is called with what keeps the server, or a part of it, from running.
func (l *guardedLog) Fatalf(format string, v ...any) {
	l.fatal.keep(fmt.Errorf(format, v...))
	l.Errorf(format, v...)
}

// Close is called when the server is given another log.
func (l *guardedLog) Close() error {
	if c, ok := l.Logger.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// slogLog implements nats-server's Logger by a slog.Logger. Debugf and Tracef are
// called only where attach told so.
type slogLog struct{ out *slog.Logger }

// write leaves out the indents and rulers that order lines on a screen.
func (l slogLog) write(level slog.Level, format string, v []any) {
	text := strings.TrimSpace(fmt.Sprintf(format, v...))
	if strings.HasPrefix(text, "-----") {
		text = strings.Trim(text, "- ")
	}
	if text != "" {
		l.out.Log(context.Background(), level, text)
	}
}

// Noticef is called with what an operator may want to see.
func (l slogLog) Noticef(format string, v ...any) { l.write(slog.LevelInfo, format, v) }

// Warnf is called with what may become a problem.
func (l slogLog) Warnf(format string, v ...any) { l.write(slog.LevelWarn, format, v) }

// Errorf is called with what failed.
func (l slogLog) Errorf(format string, v ...any) { l.write(slog.LevelError, format, v) }

// Fatalf is guardedLog's.
func (l slogLog) Fatalf(format string, v ...any) { l.write(slog.LevelError, format, v) }

// Debugf is called with what helps to find a fault.
func (l slogLog) Debugf(format string, v ...any) { l.write(slog.LevelDebug, format, v) }

// Tracef is called with what goes over the wire, payloads included.
func (l slogLog) Tracef(format string, v ...any) { l.write(slog.LevelDebug, format, v) }
