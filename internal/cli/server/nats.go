// This file owns the NATS server in the same process.

package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/logs"
	"github.com/pyoco/pyoco/natsd"
)

// dataFolder is where that server keeps its data, in the folder in which the program was started.
const dataFolder = "nats-bootstrap-data"

// slowStart is when a start is worth a word to who waits for it.
const slowStart = 2 * time.Second

type natsOptions struct {
	host              string
	port, monitorPort cli.Port
	startTimeout      cli.Seconds
}

// url is the address of the server that is to be started.
func (o *natsOptions) url() string { return "nats://" + net.JoinHostPort(o.host, o.port.String()) }

// start starts the server. Of its log, lines below warnings are written only where debug lines are: the first of them say
// what the program says itself.
func (o *natsOptions) start(ctx context.Context, p cli.Process, out *logs.Output, level slog.Level) (*natsd.Server, error) {
	if level > slog.LevelDebug {
		level = max(level, slog.LevelWarn)
	}
	slow := time.AfterFunc(slowStart, func() {
		cli.Announce(p.Out, out.Logger(natsService), "NATS is still reading its data from ./"+dataFolder)
	})
	defer slow.Stop()
	server, err := natsd.Start(ctx, natsd.Config{
		StoreDir: dataFolder, Host: o.host, Port: anyPort(o.port), MonitorPort: anyPort(o.monitorPort),
		StartTimeout: time.Duration(o.startTimeout), Logger: out.LoggerAt(natsService, level),
	})
	if err != nil && !cli.Ended(ctx, err) {
		return nil, cannotStart(hintFor(err), "NATS does not start: %s", strings.TrimPrefix(err.Error(), "natsd: "))
	}
	return server, err
}

func hintFor(err error) string {
	var address *net.OpError
	switch {
	case errors.Is(err, natsd.ErrStartTimeout):
		return "see whether the disk is slow, and give it longer: pyoco-server up --with-nats-bootstrap --nats-start-timeout 60"
	case errors.As(err, &address):
		return "pyoco-server up --with-nats-bootstrap --nats-client-port 4223 --nats-http-port 8223"
	}
	return "start it in a folder that can be written and that no other server uses: its data is in ./" + dataFolder
}

func anyPort(p cli.Port) int {
	if p == 0 {
		return natsd.AnyPort
	}
	return int(p)
}
