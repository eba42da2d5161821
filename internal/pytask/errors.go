// This file owns the errors: what can become of a task in Python.

package pytask

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// RaisedError is the exception that a task has raised.
type RaisedError struct {
	Type string // the class, like ValueError
	Text string
	// Trace is Python's report, from the task's own frame on.
	Trace string
}

func (e *RaisedError) Error() string {
	if e.Text == "" {
		return e.Type
	}
	return e.Type + ": " + e.Text
}

// Traceback is where it was raised.
func (e *RaisedError) Traceback() string { return e.Trace }

// CrashError says that the process ended in the middle of a task. The process's end is that task's alone.
type CrashError struct {
	How    string // of the process's end
	Report string // what Python has written as it died, if anything
}

func (e *CrashError) Error() string {
	return "the Python process ended in the middle of the task: " + e.How
}

// Traceback is where the task was, if Python could still say so.
func (e *CrashError) Traceback() string { return e.Report }

// crash makes the error of a process that has ended.
func crash(state *os.ProcessState, stderr string) *CrashError {
	e := &CrashError{How: state.String()}
	switch {
	case killed(state):
		e.How = "it was killed (SIGKILL), most likely because memory ran out"
	case state.Exited():
		e.How = fmt.Sprintf("it has left with exit code %d, as os._exit does", state.ExitCode())
	}
	if at := strings.Index(stderr, "Fatal Python error"); at >= 0 {
		e.Report = stderr[at:]
	}
	return e
}

// NotFoundError says that no task has this name.
type NotFoundError struct {
	Reason string
	// Known are names that there are, and what could not be loaded.
	Known []string
}

func (e *NotFoundError) Error() string { return e.Reason }

// StartError says that no Python process could be started: there is no interpreter, or it did not get as far as to run.
type StartError struct {
	Python string
	Cause  error
	Stderr string
}

func (e *StartError) Error() string {
	text := fmt.Sprintf("Python (%s) can't be started: %v", e.Python, e.Cause)
	if e.Stderr != "" {
		text += ": " + strings.TrimSpace(e.Stderr)
	}
	return text
}

func (e *StartError) Unwrap() error { return e.Cause }

// stoppedError is the end of a task that was made to end, with where it was then.
type stoppedError struct {
	cause error
	trace string
}

// stoppedBy makes the error of a task whose context has ended. What the task has raised of its own stays.
func stoppedBy(cause, err error) error {
	var raised *RaisedError
	switch {
	case !errors.As(err, &raised):
		return &stoppedError{cause: cause}
	case raised.Type == "Stopped":
		return &stoppedError{cause: cause, trace: raised.Trace}
	}
	return err
}

func (e *stoppedError) Error() string { return e.cause.Error() }

func (e *stoppedError) Unwrap() error { return e.cause }

// Traceback is where the task was, if it could still say so.
func (e *stoppedError) Traceback() string { return e.trace }
