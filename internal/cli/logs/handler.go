// This file owns the slog.Handler: from a record to the fields of its line.

package logs

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// handler writes records of one service. Its fields never change: WithAttrs and WithGroup give new ones.
type handler struct {
	out     *Output
	service string
	level   slog.Level
	given   []step
}

// step is one WithGroup or one WithAttrs.
type step struct {
	group string
	attrs []slog.Attr
}

// Enabled says whether a record of the level is written.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// WithAttrs adds attributes to every line.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.with(step{attrs: attrs})
}

// WithGroup puts what comes later into an object of that name.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(step{group: name})
}

func (h *handler) with(s step) *handler {
	next := *h
	next.given = append(slices.Clip(h.given), s)
	return &next
}

// Handle writes a record as one line.
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	l := &line{include: !h.out.cfg.NoTraceback}
	if !r.Time.IsZero() {
		l.fields.set("ts", h.stamp(r.Time))
	}
	l.fields.set("service", h.service)
	l.fields.set("level", levelName(r.Level))
	source := sourceOf(r)
	l.fields.set("logger", source.logger)
	l.fields.set("message", r.Message)
	l.fields.set("pathname", source.File)
	l.fields.set("lineno", source.Line)
	l.fields.set("func", source.function)
	l.fields.set("process", h.out.pid)
	l.fields.set("thread", 0)
	into := &l.fields
	for _, s := range h.given {
		if s.group != "" {
			into = into.child(s.group)
		}
		for _, a := range s.attrs {
			l.add(into, a)
		}
	}
	r.Attrs(func(a slog.Attr) bool {
		l.add(into, a)
		return true
	})
	l.finish(source)
	if h.out.cfg.Text {
		return h.out.write(l.text())
	}
	return h.out.write(l.json())
}

// stamp is a time in whole seconds.
func (h *handler) stamp(t time.Time) string {
	if h.out.cfg.Local {
		return t.Format("2006-01-02T15:04:05-0700")
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// source is where a record was made: the package is its logger.
type source struct {
	slog.Source
	logger, function string
}

func sourceOf(r slog.Record) source {
	found := r.Source()
	if found == nil {
		return source{logger: "pyoco"} // of a bridge that does not know
	}
	name := found.Function
	packageEnd := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[packageEnd:], '.')
	if dot < 0 {
		return source{Source: *found, logger: name, function: name}
	}
	dot += packageEnd
	return source{Source: *found, logger: strings.ReplaceAll(name[:dot], "%2e", "."), function: name[dot+1:]}
}
