// This file owns the lack of signals that manage a running server.

package bootstrap

import (
	"os"
	"syscall"
)

// managed has one signal that never comes there: signal.Notify takes none for all.
func managed() []os.Signal { return []os.Signal{syscall.SIGHUP} }

func (s *service) act(os.Signal) { s.reload() }
