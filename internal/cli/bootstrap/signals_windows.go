// This file owns the lack of signals that manage a running server.

package bootstrap

import (
	"os"
	"syscall"
)

// managed has one signal that never comes there: signal.Notify takes none for all.
func managed() []os.Signal { return []os.Signal{syscall.SIGHUP} }

func (s *service) act(os.Signal) { s.reload() }

// end kills a server's process: there is no signal that asks. What was acknowledged is stored.
func end(p *os.Process) error { return p.Kill() }
