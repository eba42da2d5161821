// This file owns the parts that run as processes of their own, so that what each costs can be told apart: this program
// again, which says on standard output when it is ready, answers each line on standard input with what it has used so
// far, and ends when that is closed.

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/skeleton"
)

// partCommand is the first argument of a process that is a part.
const partCommand = "part"

// started is what a part says when it is ready.
type started struct {
	URL     string  `json:"url,omitempty"` // of a gateway
	Seconds float64 `json:"seconds"`       // that it took to be ready
}

// partConfig is what a part is told.
type partConfig struct {
	nats    string
	id      string
	slots   int
	tags    int
	workers int // how many in the process
	kept    int // how many runs the gateway keeps; 0: all
}

func (c *partConfig) flags(role string) *flag.FlagSet {
	flags := flag.NewFlagSet(role, flag.ContinueOnError)
	flags.StringVar(&c.nats, "nats", "", "")
	flags.StringVar(&c.id, "id", "worker", "")
	flags.IntVar(&c.slots, "slots", slots, "")
	flags.IntVar(&c.tags, "tags", 1, "")
	flags.IntVar(&c.workers, "workers", 1, "")
	flags.IntVar(&c.kept, "kept", 0, "")
	return flags
}

// runPart is the whole life of a part.
func runPart(ctx context.Context, role string, args []string, in io.Reader, out io.Writer) error {
	var c partConfig
	if err := c.flags(role).Parse(args); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	nc, err := nats.Connect(c.nats, pyoco.ConnectOptions(role, nil)...)
	if err != nil {
		return err
	}
	defer nc.Close()
	began := time.Now()
	ready := started{}
	switch role {
	case "gateway":
		ready.URL, err = c.gateway(ctx, group, nc)
	case "worker":
		err = c.worker(ctx, group, nc)
	case "skeleton":
		err = c.skeleton(ctx, group, nc)
	default:
		err = fmt.Errorf("there is no part %q", role)
	}
	if err != nil {
		return err
	}
	ready.Seconds = time.Since(began).Seconds()
	encoder := json.NewEncoder(out)
	if err := encoder.Encode(ready); err != nil {
		return err
	}
	meter := &meter{}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		used, err := meter.read()
		if err == nil {
			err = encoder.Encode(used)
		}
		if err != nil {
			return err
		}
	}
	stop()
	return group.Wait()
}

// gateway returns when its lists are whole.
func (c partConfig) gateway(ctx context.Context, group *errgroup.Group, nc *nats.Conn) (string, error) {
	gateway, err := pyoco.NewGateway(nc, pyoco.GatewayConfig{MaxRunsKept: c.kept})
	if err != nil {
		return "", err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	group.Go(func() error { return gateway.Run(ctx) })
	group.Go(func() error { return gateway.Serve(ctx, listener) })
	return "http://" + listener.Addr().String(), gateway.Ready(ctx)
}

// worker starts as many as it is told, of which each serves one tag where there are several, else all.
func (c partConfig) worker(ctx context.Context, group *errgroup.Group, nc *nats.Conn) error {
	for i := range c.workers {
		var done atomic.Int64
		cfg, err := workerConfig(load{slots: c.slots, tags: c.tags}, func() { done.Add(1) })
		if err != nil {
			return err
		}
		cfg.ID = c.id
		if c.workers > 1 {
			cfg.ID = fmt.Sprintf("%s-%d", c.id, i)
			cfg.Tags = cfg.Tags[i%c.tags : i%c.tags+1]
		}
		worker, err := pyoco.NewWorker(nc, cfg)
		if err != nil {
			return err
		}
		group.Go(func() error { return worker.Run(ctx) })
	}
	return nil
}

func (c partConfig) skeleton(ctx context.Context, group *errgroup.Group, nc *nats.Conn) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	worker, err := skeleton.Work(context.WithoutCancel(ctx), js, c.slots)
	if err != nil {
		return err
	}
	group.Go(func() error { <-ctx.Done(); return worker.Close() })
	return nil
}
