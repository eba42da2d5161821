// This file owns programs as processes.

package clitest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Process is a program that runs as a process.
type Process struct {
	Out, Err *Output

	cmd   *exec.Cmd
	ended chan struct{}
}

// StartProcess starts a command. It is ended with the test by SIGINT, and killed where that does not end it.
func StartProcess(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Out: NewOutput(), Err: NewOutput(), cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.Out, p.Err
	require.NoError(t, cmd.Start())
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // the exit code tells
		p.Out.end(p.Err.String())
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		timeout := time.NewTimer(Patience)
		defer timeout.Stop()
		select {
		case <-p.ended:
		case <-timeout.C:
			_ = cmd.Process.Kill()
			<-p.ended
			t.Errorf("%s did not end:\n%s%s", strings.Join(cmd.Args, " "), p.Out, p.Err)
		}
	})
	return p
}

// Signal sends a signal.
func (p *Process) Signal(t testing.TB, signal os.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(signal))
}

// Code waits for the end and gives the exit code, -1 where a signal has ended the process.
func (p *Process) Code(t testing.TB) int {
	t.Helper()
	timeout := time.NewTimer(Patience)
	defer timeout.Stop()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-timeout.C:
		require.FailNow(t, "still running", "%s\n%s%s", strings.Join(p.cmd.Args, " "), p.Out, p.Err)
		return 0
	}
}

// Environ is the test's environment without settings of the programs, with more of it.
func Environ(more ...string) []string {
	var env []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "PYOCO_") {
			env = append(env, pair)
		}
	}
	return append(env, more...)
}
