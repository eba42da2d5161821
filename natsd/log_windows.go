// This file owns the event log, which is what Windows has for a syslog.

package natsd

import (
	"fmt"

	"github.com/nats-io/nats-server/v2/logger"
	"github.com/nats-io/nats-server/v2/server"
)

// sysLog opens the event log of this machine or of the one that the options
// name; nats-server panics where it can't.
func sysLog(o *server.Options) (log server.Logger, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			err = fmt.Errorf("%v", failed)
		}
	}()
	if o.RemoteSyslog != "" {
		return logger.NewRemoteSysLogger(o.RemoteSyslog, o.Debug, o.Trace), nil
	}
	return logger.NewSysLogger(o.Debug, o.Trace), nil
}
