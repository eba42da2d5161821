// This file owns what a line says of an error: its type, its text, and where it comes from.

package logs

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// failure is the error, or the value of a panic, that a record is about.
type failure struct {
	kind, message string
	chain         []string // it and what it wraps, a line each
}

// maxChain bounds how many wrapped errors a line tells of.
const maxChain = 20

// exceptional takes the attributes that are the fields exc_… of a line: "error", "err" and "panic" with an error or
// another value that is not a text, and "stack", a text as debug.Stack gives it.
func (l *line) exceptional(key string, value slog.Value) bool {
	switch key {
	case "stack":
		if value.Kind() == slog.KindString {
			l.stack = value.String()
			return true
		}
	case "error", "err":
		if err, ok := value.Any().(error); ok {
			l.failure = failureOf(err)
			return true
		}
		return value.Any() == nil // no error
	case "panic":
		if err, ok := value.Any().(error); ok {
			l.failure = failureOf(err)
		} else {
			l.failure = &failure{kind: "panic", message: fmt.Sprint(value.Any())}
		}
		return true
	}
	return false
}

// failureOf describes an error by the innermost type that says more than that it is an error.
func failureOf(err error) *failure {
	f := &failure{message: fmt.Sprint(err)}
	f.walk(err)
	return f
}

func (f *failure) walk(err error) {
	if err == nil || len(f.chain) == maxChain {
		return
	}
	kind := fmt.Sprintf("%T", err)
	f.chain = append(f.chain, kind+": "+fmt.Sprint(err))
	if f.kind == "" || strings.HasPrefix(f.kind, "*fmt.") || strings.HasPrefix(f.kind, "*errors.") {
		f.kind = kind
	}
	defer func() { _ = recover() }() // of a nil pointer that is no error to look into
	switch wrapper := err.(type) {   //nolint:errorlint // each layer is looked at
	case interface{ Unwrap() error }:
		f.walk(wrapper.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range wrapper.Unwrap() {
			f.walk(inner)
		}
	}
}

// addFailure adds the fields of the failure. Go's errors have no stack: what is known of their way is what wraps them.
func (l *line) addFailure(at source) {
	if l.failure == nil && l.stack == "" {
		return
	}
	if l.failure != nil {
		l.fields.set("exc_type", l.failure.kind)
		l.fields.set("exc_message", l.failure.message)
	}
	if !l.include {
		return
	}
	origin := object{{"file", at.File}, {"line", at.Line}, {"func", at.function}}
	traceback := l.stack
	if l.stack != "" {
		if file, number, function, ok := panicked(l.stack); ok {
			origin = object{{"file", file}, {"line", number}, {"func", function}}
		}
	} else {
		traceback = strings.Join(l.failure.chain, "\n")
	}
	l.fields.set("exc_traceback", traceback)
	l.fields.set("exc_origin", &origin)
}

// panicked finds in a stack the frame that panicked: the first behind the runtime's own.
func panicked(stack string) (file string, number int, function string, ok bool) {
	lines := strings.Split(stack, "\n")
	start := 1 // behind "goroutine 1 [running]:"
	for i, text := range lines {
		if strings.HasPrefix(text, "panic(") {
			start = i
		}
	}
	for i := start; i+1 < len(lines); i += 2 {
		function = lines[i]
		if end := strings.LastIndexByte(function, '('); end > 0 {
			function = function[:end]
		}
		if function == "panic" || strings.HasPrefix(function, "runtime.") || strings.HasPrefix(function, "runtime/debug.") {
			continue
		}
		place, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " ")
		colon := strings.LastIndexByte(place, ':')
		if colon < 0 {
			return "", 0, "", false
		}
		number, err := strconv.Atoi(place[colon+1:])
		return place[:colon], number, function, err == nil
	}
	return "", 0, "", false
}
