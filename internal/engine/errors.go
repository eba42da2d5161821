// This file owns the errors that come out of a run, and which of them end a node's retries.

package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrAbandoned is in the error of an attempt whose task had not returned CancelGrace after its context had ended.
var ErrAbandoned = errors.New("the task did not return after its context had ended")

// ErrGoexit is the error of an attempt whose task ended its goroutine (runtime.Goexit) in place of returning.
var ErrGoexit = errors.New("the task ended its goroutine without returning")

// ErrDeadlock is in Outcome.Err when the nodes that are left wait for each other: the plan has a cycle.
var ErrDeadlock = errors.New("nodes wait for each other")

// TaskError is the failure of one node. It ends the run as Outcome.Err, is the cause with which the contexts of running
// tasks end, and the Err of the nodes that it leaves unstarted.
type TaskError struct {
	Node    string
	Attempt int         // the last one, from 1
	Loops   []LoopState // the rounds that it was in, outermost first
	Err     error
}

// Error names the node and the round, and says why it failed. %v, not Err.Error(): a task may return a nil pointer as
// its error.
func (e *TaskError) Error() string {
	return fmt.Sprintf("task %s failed%s: %v", e.Node, inRounds(e.Loops), e.Err)
}

// Unwrap gives the task's error.
func (e *TaskError) Unwrap() error { return e.Err }

// DependencyError is why a node never started: the failure of Node left it without what it needs.
type DependencyError struct {
	Node string // the one whose failure settled it, directly or through others that never started
	Err  error  // what that node failed with
}

// Error names the node that failed.
func (e *DependencyError) Error() string { return fmt.Sprintf("not started: %s failed", e.Node) }

// Unwrap gives the failure of Node.
func (e *DependencyError) Unwrap() error { return e.Err }

// TimeoutError is the failure of an attempt that didn't succeed within Policy.Timeout. It is a context.DeadlineExceeded.
type TimeoutError struct {
	After time.Duration
	Err   error // what the task returned, ErrAbandoned if it didn't, nil if that was only its context's error
}

// Error says the time, and what else went wrong.
func (e *TimeoutError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("timed out after %v", e.After)
	}
	return fmt.Sprintf("timed out after %v: %v", e.After, e.Err)
}

// Unwrap gives context.DeadlineExceeded and the task's own error.
func (e *TimeoutError) Unwrap() []error {
	if e.Err == nil {
		return []error{context.DeadlineExceeded}
	}
	return []error{context.DeadlineExceeded, e.Err}
}

// PanicError is the failure of an attempt whose task panicked.
type PanicError struct {
	Value any
	Stack []byte // of the task's goroutine, as debug.Stack gives it
}

// Error is one line, without the stack.
func (e *PanicError) Error() string {
	return "panic: " + strings.Join(strings.Fields(fmt.Sprint(e.Value)), " ")
}

// Unwrap gives Value where it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// permanent says that err forbids further attempts.
func permanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}
