// Package cli holds what the commands share: their life as a process, errors as people and scripts see them, kinds of
// flags, and terminals.
//
// This file owns a command's life as a process: what it is given, and the signals that end it.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
)

// Exit codes.
const (
	ExitFailed      = 1
	ExitUsage       = 2   // of the programs that tell a bad command line from other errors
	ExitInterrupted = 130 // Ctrl-C, as shells count it: 128 and the signal's number
)

// Process is what a program is given by its process.
type Process struct {
	Args     []string // after the program's name
	In       io.Reader
	Out, Err io.Writer
	// Lookup gives a variable of the environment, as os.LookupEnv does.
	Lookup func(name string) (string, bool)
}

// Run runs a program and gives its exit code. The first of the signals ends the program's context; the second does what
// it does to any program, and so ends it at once.
func Run(program func(context.Context, Process) int, signals ...os.Signal) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	arrived, watched := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(arrived, signals...)
	go func() {
		defer close(watched)
		select {
		case got := <-arrived:
			signal.Stop(arrived)
			cancel(&SignalError{got})
		case <-ctx.Done():
			signal.Stop(arrived)
		}
	}()
	defer func() {
		cancel(nil)
		<-watched
	}()
	return program(ctx, Process{Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Lookup: os.LookupEnv})
}

// SignalError is the cause of a context that a signal has ended.
type SignalError struct{ Signal os.Signal }

func (e *SignalError) Error() string { return e.Signal.String() }

// Ended says that an error only tells of the end of the program's context.
func Ended(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}

// ExitCode is the exit code of a program that has done its work, or was asked to end before: 0, or 130 by Ctrl-C.
func ExitCode(ctx context.Context) int {
	var by *SignalError
	if errors.As(context.Cause(ctx), &by) && by.Signal == os.Interrupt {
		return ExitInterrupted
	}
	return 0
}
