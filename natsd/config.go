// This file owns Config: what a caller may choose, the defaults and the checks.
// How the choices reach nats-server is in options.go.

package natsd

import (
	"cmp"
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
// stay zero, and is then what Options say, where they are given.
type Config struct {
	// StoreDir is the folder that holds the streams. It is made where missing,
	// and only one server may use it at a time. Required, here or in Options:
	// nats-server would otherwise put the data into the system's temporary folder.
	StoreDir string

	// Host is the address to listen on for clients and for monitoring.
	// Default 127.0.0.1: the server has no authentication, so that any other
	// address opens it to everybody who can reach it. With Options, the default
	// is theirs, which is every address of the machine.
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
	// A killed process loses nothing either way. With Options, 0 is the interval
	// that they name; where they name none, every write is synced.
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
	// are, unless Options ask for them. nil: nothing is logged.
	Logger *slog.Logger

	// NativeLog lets nats-server write its log itself, in its own format: to the
	// file or the syslog that Options name, or else to standard error. Logger
	// is then not used.
	NativeLog bool

	// Options are nats-server's own, for all that has no field here: clustering,
	// TLS, accounts, limits, what a configuration file says (see ParseFlags).
	// They are copied, but for their accounts, which a server keeps: read them
	// anew for each Start and Reload. JetStream is on, and signals are left to
	// the program, whatever they say.
	Options *server.Options
}

// withDefaults returns a copy with the gaps filled, first from Options, or an
// error that names the field that can't be used.
func (c Config) withDefaults() (Config, error) {
	if c.Options == nil {
		c.Options = &server.Options{Host: defaultHost}
	}
	c.StoreDir = cmp.Or(c.StoreDir, c.Options.StoreDir)
	c.Host = cmp.Or(c.Host, c.Options.Host, server.DEFAULT_HOST)
	c.Port = cmp.Or(c.Port, c.Options.Port, server.DEFAULT_PORT)
	c.MonitorPort = cmp.Or(c.MonitorPort, c.Options.HTTPPort)
	c.MaxPayload = cmp.Or(c.MaxPayload, int(c.Options.MaxPayload))
	if !c.Options.SyncAlways {
		c.SyncInterval = cmp.Or(c.SyncInterval, c.Options.SyncInterval)
	}
	c.StartTimeout = cmp.Or(c.StartTimeout, defaultStartTimeout)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, c.validate()
}

func (c Config) validate() error {
	switch {
	case c.StoreDir == "":
		return errors.New("natsd: Config.StoreDir is empty: name the folder that is to hold the data")
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
