// This file owns Config: what a caller may choose, the defaults and the checks.
// How the choices reach nats-server is in options.go.

package natsd

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	defaultHost         = "127.0.0.1"
	defaultStartTimeout = 10 * time.Second

	// AnyPort as a port makes the system choose a free one, as it does for nats-server.
	AnyPort = server.RANDOM_PORT
)

// Config says how the server runs. StoreDir is required; every other field may
// stay zero.
type Config struct {
	// StoreDir is the folder that holds the streams. It is made where missing,
	// and only one server may use it at a time. Required: nats-server would
	// otherwise put the data into the system's temporary folder.
	StoreDir string

	// Host is the address to listen on for clients and for monitoring.
	// Default 127.0.0.1: the server has no authentication, so that any other
	// address opens it to everybody who can reach it.
	Host string

	// Port is the port for clients. 0: 4222, as for nats-server.
	// AnyPort (-1): a free one, see Server.ClientURL.
	Port int

	// MonitorPort is the port of nats-server's HTTP monitoring (/varz, /jsz and
	// so on). 0: no monitoring. AnyPort (-1): a free one, see Server.MonitorURL.
	MonitorPort int

	// SyncInterval is how long an acknowledged write may wait for its fsync, and
	// so how much a power cut may lose. 0: every write is synced before it is
	// acknowledged, which survives a power cut and costs most of the write
	// rate (1,300 to 3,000 writes a second a stream, against tens of thousands).
	// A killed process loses nothing either way.
	SyncInterval time.Duration

	// MaxPayload is the largest message in bytes. 0: 1 MiB, nats-server's default.
	MaxPayload int

	// MaxStore is how many bytes all streams together may take on the disk; over
	// it, writes are refused until room is made. 0: what nats-server finds free
	// on the disk at the start, less a quarter.
	MaxStore int64

	// StartTimeout is how long the recovered server may take to accept its first
	// write. Reading the store back is not counted: it takes what it takes and
	// can't be interrupted. 0: 10 s.
	StartTimeout time.Duration

	// Logger receives nats-server's log. Its debug lines are passed on where the
	// logger is enabled for them; protocol traces, which hold payloads, never
	// are. nil: nothing is logged.
	Logger *slog.Logger
}

// withDefaults returns a copy with the gaps filled, or an error that names the
// field that can't be used.
func (c Config) withDefaults() (Config, error) {
	if c.StoreDir == "" {
		return c, errors.New("natsd: Config.StoreDir is empty: name the folder that is to hold the data")
	}
	if c.Host == "" {
		c.Host = defaultHost
	}
	if c.Port == 0 {
		c.Port = server.DEFAULT_PORT
	}
	if c.StartTimeout == 0 {
		c.StartTimeout = defaultStartTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, c.validate()
}

func (c Config) validate() error {
	switch {
	case !validPort(c.Port):
		return fmt.Errorf("natsd: Config.Port: must be -1 to 65535, got %d", c.Port)
	case !validPort(c.MonitorPort):
		return fmt.Errorf("natsd: Config.MonitorPort: must be -1 to 65535, got %d", c.MonitorPort)
	case c.SyncInterval < 0:
		return fmt.Errorf("natsd: Config.SyncInterval: must not be negative, got %s", c.SyncInterval)
	case c.StartTimeout < 0:
		return fmt.Errorf("natsd: Config.StartTimeout: must not be negative, got %s", c.StartTimeout)
	case c.MaxStore < 0:
		return fmt.Errorf("natsd: Config.MaxStore: must not be negative, got %d", c.MaxStore)
	case c.MaxPayload < 0 || c.MaxPayload > math.MaxInt32:
		return fmt.Errorf("natsd: Config.MaxPayload: must be 0 to %d, got %d", math.MaxInt32, c.MaxPayload)
	}
	return nil
}

func validPort(port int) bool {
	return port >= AnyPort && port <= math.MaxUint16
}
