//go:build unix

// This file owns a child process: this test binary again, in one of the roles.

package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// partVariable carries a part, as JSON, to the child that is to play it.
const partVariable = "PYOCO_CHAOS_PART"

// The lines that a child prints on its standard output; its log goes to standard error.
const (
	lineReady = "ready"
	lineStall = "stall " // before the two ends of a time in which the process stood still
	lineLeak  = "leak "  // before what is left at a clean end
	lineEnded = "ended"
)

// now is the machine's monotonic clock, which time.Now keeps to itself.
func now() moment {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic(err)
	}
	return moment(ts.Nano())
}

// process is a running child.
type process struct {
	life  life
	cmd   *exec.Cmd
	stdin io.Closer // closing it asks the child to end; the system does that where the driver dies
	ready chan struct{}
	ended chan struct{}
	clean bool // it has printed lineEnded; read after ended
}

// launch starts the test binary as p, with its log beside the others'.
func launch(dir string, p part) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	spec, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, p.Process+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(context.Background(), program)
	cmd.Env = append(os.Environ(), partVariable+"="+string(spec))
	cmd.Stderr = log
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("pipes of %s: %w, %w", p.Process, err1, err2)
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &process{
		life: life{Role: p.Role, Name: p.Name, Process: p.Process, PID: cmd.Process.Pid, Span: span{From: now()}},
		cmd:  cmd, stdin: stdin, ready: make(chan struct{}), ended: make(chan struct{}),
	}
	go c.follow(stdout)
	return c, nil
}

// follow reads what the child says until it has ended.
func (c *process) follow(stdout io.Reader) {
	defer close(c.ended)
	ready := sync.OnceFunc(func() { close(c.ready) })
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		switch line := lines.Text(); {
		case line == lineReady:
			ready()
		case line == lineEnded:
			c.clean = true
		case strings.HasPrefix(line, lineStall):
			var stall span
			if _, err := fmt.Sscan(strings.TrimPrefix(line, lineStall), &stall.From, &stall.To); err == nil {
				c.life.Stalls = append(c.life.Stalls, stall)
			}
		case strings.HasPrefix(line, lineLeak):
			c.life.Leaks = append(c.life.Leaks, strings.TrimPrefix(line, lineLeak))
		}
	}
	err := c.cmd.Wait()
	c.life.Span.To = now()
	if err != nil || !c.clean {
		c.life.Fault = fmt.Sprintf("ended by itself, or not cleanly: %v", err)
	}
}

// kill ends the child as a crash does.
func (c *process) kill() {
	select {
	case <-c.ended: // by itself: that stays its fault
	default:
		_ = c.cmd.Process.Kill()
		<-c.ended
		c.life.Killed, c.life.Fault = true, ""
	}
	_ = c.stdin.Close()
}

// pause makes the child stand still until resume.
func (c *process) pause() span {
	paused := span{From: now()}
	_ = c.cmd.Process.Signal(syscall.SIGSTOP)
	return paused
}

func (c *process) resume(paused span) span {
	_ = c.cmd.Process.Signal(syscall.SIGCONT)
	paused.To = now()
	c.life.Pauses = append(c.life.Pauses, paused)
	return paused
}

// end asks the child to end cleanly; one that doesn't is killed, and that is its fault.
func (c *process) end(patience time.Duration) {
	c.life.Asked = now()
	_ = c.stdin.Close()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.ended:
	case <-timer.C:
		_ = c.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines go to its log
		<-c.ended
		c.life.Fault = fmt.Sprintf("did not end within %s", patience)
	}
}
