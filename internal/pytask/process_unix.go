//go:build unix

// This file owns what Unix does with processes: groups, signals, and pipes that a child gets by number.

package pytask

import (
	"os"
	"os/exec"
	"syscall"
)

// handOver lets the process have two pipes beside the standard ones, leads it to them, and gives it a group of its own.
func handOver(cmd *exec.Cmd, requests, replies *os.File) {
	cmd.ExtraFiles = []*os.File{requests, replies}
	cmd.Args = append(cmd.Args, "3", "4")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// killGroup kills the process and those that it has started and that have not left its group.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// terminateGroup asks them to end.
func terminateGroup(p *os.Process) bool { return syscall.Kill(-p.Pid, syscall.SIGTERM) == nil }

// terminate asks the process alone.
func terminate(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }

func killed(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
