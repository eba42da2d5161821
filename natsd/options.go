// This file owns the way from Config to nats-server's options: the one place
// that knows both.

package natsd

import (
	"net"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

// options returns nats-server's options for a Config whose gaps are filled.
func (c Config) options() *server.Options {
	o := c.Options.Clone()
	o.Host = c.Host
	o.Port = c.Port
	o.HTTPPort = c.MonitorPort
	o.MaxPayload = int32(c.MaxPayload) // bounded by validate
	o.JetStream = true
	o.StoreDir = c.StoreDir
	if c.MaxStore != 0 {
		o.JetStreamMaxStore = c.MaxStore
	}
	o.SyncAlways = c.SyncInterval == 0
	o.SyncInterval = c.SyncInterval

	// nats-server would trap the program's signals and end it with os.Exit.
	o.NoSigs = true
	// It would also make a logger of its own, which ends the program on a fatal
	// line; Start sets one that doesn't.
	o.NoLog = true
	o.DisableJetStreamBanner = o.DisableJetStreamBanner || !c.NativeLog
	return o
}

// clustered tells whether the server is, or waits to be, a member of a cluster.
func clustered(o *server.Options) bool { return o.Cluster.Port != 0 }

// listenAddresses are those that the server is going to listen on and that
// are known beforehand.
func listenAddresses(o *server.Options) []string {
	monitorHost := o.HTTPHost
	if monitorHost == "" {
		monitorHost = o.Host
	}
	var addresses []string
	for _, l := range []struct {
		host string
		port int
	}{{o.Host, o.Port}, {monitorHost, o.HTTPPort}, {monitorHost, o.HTTPSPort}, {o.Cluster.Host, o.Cluster.Port}} {
		if l.port > 0 {
			addresses = append(addresses, net.JoinHostPort(l.host, strconv.Itoa(l.port)))
		}
	}
	return addresses
}
