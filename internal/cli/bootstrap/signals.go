//go:build !windows

// This file owns the signals that manage a running server, the same as nats-server's.

package bootstrap

import (
	"os"
	"syscall"
)

func managed() []os.Signal { return []os.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2} }

func (s *service) act(got os.Signal) {
	switch got {
	case syscall.SIGHUP:
		s.reload()
	case syscall.SIGUSR1:
		s.reopenLog()
	case syscall.SIGUSR2:
		s.leave()
	}
}

// end asks a server's process for an end in order.
func end(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
