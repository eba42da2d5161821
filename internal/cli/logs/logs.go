// Package logs owns the log lines of the programs, as log shippers know them from the Python system: one line each, JSON or
// text, over log/slog.
//
// This file owns where lines go and what is chosen about them.
package logs

import (
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
)

// Config says how lines look. The zero value is the default of each.
type Config struct {
	// Level is the lowest that is written. Default INFO.
	Level slog.Level
	// Text writes lines for people in place of JSON.
	Text bool
	// Local writes times in the process's zone, with its offset, in place of UTC.
	Local bool
	// NoTraceback leaves out exc_traceback and exc_origin.
	NoTraceback bool
}

// Output is where the loggers of a process write, one line at a time. It is safe for concurrent use.
type Output struct {
	cfg Config
	pid int

	mu sync.Mutex
	w  io.Writer
}

// New makes an output onto w.
func New(w io.Writer, cfg Config) *Output { return &Output{cfg: cfg, pid: os.Getpid(), w: w} }

// Logger gives a logger whose lines name the service, with the output's level.
func (o *Output) Logger(service string) *slog.Logger { return o.LoggerAt(service, o.cfg.Level) }

// LoggerAt is Logger with a level of its own.
func (o *Output) LoggerAt(service string, level slog.Level) *slog.Logger {
	return slog.New(&handler{out: o, service: service, level: level})
}

func (o *Output) write(line []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, err := o.w.Write(line)
	return err
}

// LevelCritical is the level of CRITICAL, one step above ERROR.
const LevelCritical = slog.LevelError + 4

// levelName is a level as lines have it.
func levelName(level slog.Level) string {
	switch {
	case level < slog.LevelInfo:
		return "DEBUG"
	case level < slog.LevelWarn:
		return "INFO"
	case level < slog.LevelError:
		return "WARNING"
	case level < LevelCritical:
		return "ERROR"
	}
	return "CRITICAL"
}

// ParseLevel reads the name of a level, in any case.
func ParseLevel(name string) (slog.Level, bool) {
	level, ok := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warning": slog.LevelWarn, "warn": slog.LevelWarn,
		"error": slog.LevelError, "critical": LevelCritical, "fatal": LevelCritical,
	}[strings.ToLower(name)]
	return level, ok
}
