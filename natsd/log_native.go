// This file owns nats-server's own log: standard error, a file or the syslog.

package natsd

import (
	"fmt"
	"os"

	"github.com/nats-io/nats-server/v2/logger"
	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/term"
)

// nativeLog makes the log that the options ask for, as nats-server's command
// does. What its constructors would answer with an exit is tried beforehand.
func nativeLog(o *server.Options) (server.Logger, error) {
	utc := logger.LogUTC(o.LogtimeUTC)
	switch {
	case o.LogFile != "":
		file, err := os.OpenFile(o.LogFile, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
		if err != nil {
			return nil, fmt.Errorf("natsd: the log file can't be written: %w", err)
		}
		_ = file.Close() // nothing was written
		log := logger.NewFileLogger(o.LogFile, o.Logtime, o.Debug, o.Trace, true, utc)
		if o.LogSizeLimit > 0 {
			_ = log.SetSizeLimit(o.LogSizeLimit) // fails only where it is no file
		}
		if o.LogMaxFiles > 0 {
			_ = log.SetMaxNumFiles(int(o.LogMaxFiles))
		}
		return log, nil
	case o.RemoteSyslog != "" || o.Syslog:
		log, err := sysLog(o)
		if err != nil {
			return nil, fmt.Errorf("natsd: the syslog can't be written: %w", err)
		}
		return log, nil
	default:
		colors := term.IsTerminal(int(os.Stderr.Fd()))
		return logger.NewStdLogger(o.Logtime, o.Debug, o.Trace, colors, true, utc), nil
	}
}
