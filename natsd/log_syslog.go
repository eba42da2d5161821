//go:build !windows

// This file owns the syslog of systems that have one.

package natsd

import (
	"fmt"
	"log/syslog"
	"net/url"

	"github.com/nats-io/nats-server/v2/logger"
	"github.com/nats-io/nats-server/v2/server"
)

// sysLog connects to the machine's syslog, or to the one that the options name.
// It is tried beforehand, for nats-server's own attempt ends the program.
func sysLog(o *server.Options) (server.Logger, error) {
	network, address := "", ""
	if o.RemoteSyslog != "" {
		u, err := url.Parse(o.RemoteSyslog)
		if err != nil {
			return nil, err
		}
		switch network, address = u.Scheme, u.Host; network {
		case "udp", "tcp":
		case "unix":
			address = u.Path
		default:
			return nil, fmt.Errorf("%s: must begin with udp://, tcp:// or unix://", o.RemoteSyslog)
		}
	}
	w, err := syslog.Dial(network, address, syslog.LOG_DEBUG, logger.GetSysLoggerTag())
	if err != nil {
		return nil, err
	}
	_ = w.Close() // nothing was written
	if o.RemoteSyslog != "" {
		return logger.NewRemoteSysLogger(o.RemoteSyslog, o.Debug, o.Trace), nil
	}
	return logger.NewSysLogger(o.Debug, o.Trace), nil
}
