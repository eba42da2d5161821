// This file owns the options of a connection that this module can rely on.

package jet

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// ConnectOptions are the options under which no write is applied behind its caller's back and no outage is final: no
// reconnect buffer (a buffered write that had timed out would be sent after the reconnect), unlimited reconnects, also
// when the first connect fails. What the server refuses asynchronously (permissions, for one) and every change of the
// connection's state are logged.
func ConnectOptions(name string, log *slog.Logger) []nats.Option {
	return []nats.Option{
		nats.Name(name),
		nats.ReconnectBufSize(-1),
		nats.MaxReconnects(-1),
		nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 500*time.Millisecond),
		nats.Timeout(2 * time.Second),
		nats.PingInterval(10 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			attrs := []any{"error", err}
			if sub != nil {
				attrs = append(attrs, "subject", sub.Subject)
			}
			log.Warn("NATS reported an error", attrs...)
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("NATS connection lost, reconnecting until it is back: is the server running, and can it be reached?", "error", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			log.Info("NATS connection is back", "server", nc.ConnectedAddr())
		}),
	}
}

// Buffering says that nc keeps writes while it is disconnected and sends them later: one that its caller has given up
// would then still be applied.
func (j *Jet) Buffering() bool { return j.nc.Opts.ReconnectBufSize >= 0 }

// Away says to which servers there is no connection at this moment, and the reason where the client library has kept it;
// nil where there is one. What a call returns meanwhile speaks of buffers.
func (j *Jet) Away() error {
	if j.nc.IsConnected() {
		return nil
	}
	var servers []string
	for _, server := range j.nc.Servers() {
		if u, err := url.Parse(server); err == nil {
			servers = append(servers, u.Host) // without a user and a password
		}
	}
	err := errors.New("no connection to " + strings.Join(servers, ", "))
	if last := j.nc.LastError(); last != nil {
		err = fmt.Errorf("%w: %w", err, last)
	}
	return err
}
