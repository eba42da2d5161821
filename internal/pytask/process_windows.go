// This file owns what Windows does with processes: pipes that a child gets as handles. It has no process groups that could
// be killed: what a task has started may outlive it.

package pytask

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// handOver lets the process have two pipes beside the standard ones and leads it to them.
func handOver(cmd *exec.Cmd, requests, replies *os.File) {
	attributes := &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
	for _, file := range []*os.File{requests, replies} {
		handle := syscall.Handle(file.Fd())
		_ = syscall.SetHandleInformation(handle, syscall.HANDLE_FLAG_INHERIT, syscall.HANDLE_FLAG_INHERIT)
		attributes.AdditionalInheritedHandles = append(attributes.AdditionalInheritedHandles, handle)
		cmd.Args = append(cmd.Args, strconv.FormatUint(uint64(handle), 10))
	}
	cmd.SysProcAttr = attributes
}

func killGroup(p *os.Process) { _ = p.Kill() }

// terminateGroup says that there is no way to ask.
func terminateGroup(*os.Process) bool { return false }

func terminate(*os.Process) {}

func killed(*os.ProcessState) bool { return false }
