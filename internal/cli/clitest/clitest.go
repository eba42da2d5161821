// Package clitest runs programs in a test: in its own process, or as processes, with what they write at hand as it comes.
//
// This file owns what a program writes, and programs in the test's own process.
package clitest

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli"
)

// Patience is how long a test waits for what must come.
const Patience = time.Minute

// Output is what a program has written so far. It is safe for concurrent use.
type Output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{} // closed at the next write, and at the end
	over  bool          // nothing is written any more
	last  string        // with over, what else the program has said
}

// NewOutput is an output that is empty.
func NewOutput() *Output { return &Output{wrote: make(chan struct{})} }

// Write takes what the program writes.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.wrote)
	o.wrote = make(chan struct{})
	return o.text.Write(p)
}

// end says that the program has ended, and what it has said elsewhere.
func (o *Output) end(said string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over, o.last = true, said
	close(o.wrote)
	o.wrote = make(chan struct{})
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Wait returns when a text has been written.
func (o *Output) Wait(t testing.TB, text string) {
	t.Helper()
	timeout := time.NewTimer(Patience)
	defer timeout.Stop()
	for {
		o.mu.Lock()
		found, wrote, over, last := strings.Contains(o.text.String(), text), o.wrote, o.over, o.last
		o.mu.Unlock()
		if found {
			return
		}
		require.False(t, over, "%q was not written, and the program has ended:\n%s%s", text, o, last)
		select {
		case <-wrote:
		case <-timeout.C:
			require.FailNow(t, "not written", "%q in\n%s", text, o)
		}
	}
}

// Program is a program that runs.
type Program struct {
	Out, Err *Output
	// Signal ends the program's context as a signal of the process does.
	Signal func(os.Signal)
	// Code has the exit code once the program has ended.
	Code <-chan int
}

// Start runs a program in an environment of pairs of name and value, without a file .env. It ends with the test.
func Start(t testing.TB, program func(context.Context, cli.Process) int, env []string, args ...string) *Program {
	t.Helper()
	values := map[string]string{"PYOCO_LOAD_DOTENV": "0"}
	for i := 0; i+1 < len(env); i += 2 {
		values[env[i]] = env[i+1]
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	code, ended := make(chan int, 1), make(chan struct{})
	p := &Program{Out: NewOutput(), Err: NewOutput(), Code: code, Signal: func(got os.Signal) { cancel(&cli.SignalError{Signal: got}) }}
	go func() {
		defer close(ended)
		defer func() { p.Out.end(p.Err.String()) }()
		code <- program(ctx, cli.Process{Args: args, In: strings.NewReader(""), Out: p.Out, Err: p.Err, Lookup: func(name string) (string, bool) {
			value, ok := values[name]
			return value, ok
		}})
	}()
	t.Cleanup(func() {
		p.Signal(syscall.SIGTERM)
		<-ended
	})
	return p
}

// Run runs a program to its end.
func Run(t testing.TB, program func(context.Context, cli.Process) int, env []string, args ...string) (code int, out, errs string) {
	t.Helper()
	p := Start(t, program, env, args...)
	code = <-p.Code
	return code, p.Out.String(), p.Err.String()
}
