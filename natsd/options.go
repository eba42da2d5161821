// This file owns the way from Config to nats-server's options: the one place
// that knows both.

package natsd

import "github.com/nats-io/nats-server/v2/server"

// options returns nats-server's options for a Config whose gaps are filled.
func (c Config) options() *server.Options {
	return &server.Options{
		Host:       c.Host,
		Port:       c.Port,
		HTTPPort:   c.MonitorPort,
		MaxPayload: int32(c.MaxPayload), // bounded by validate
		JetStream:  true,
		StoreDir:   c.StoreDir,

		JetStreamMaxStore: c.MaxStore,

		SyncAlways:   c.SyncInterval == 0,
		SyncInterval: c.SyncInterval,

		// nats-server would trap the program's signals and end it with os.Exit.
		NoSigs: true,
		// It would also make a logger of its own; Start sets ours instead.
		NoLog: true,
	}
}
