//go:build unix

// This file owns what a child process is: NATS, a gateway or a worker, put together as any program would, from the
// public packages alone.

package chaos

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/natsd"
)

// part is what a child is to play.
type part struct {
	Role    role
	Name    string // the same in each generation
	Process string // with the generation
	NATS    string // URL

	Dir          string        // of logs
	Store        string        // of NATS
	Port         int           // of NATS
	MaxStore     int64         // of NATS
	SyncInterval time.Duration // of NATS
	Listen       string        // of a gateway
	Tags         []string      // of a worker
	Slots        int           // of a worker
	Replicas     int           // of what a gateway or a worker makes
}

// lease is short, like all times of the parts, so that seconds of the test are minutes of a life.
const lease = 2 * time.Second

// resources are those of all parts, but for the replicas.
func resources() pyoco.Resources {
	return pyoco.Resources{AckWait: lease / 2, MaxDeliver: 6, DeadLetterMaxBytes: 4 << 20}
}

func (p part) resources() pyoco.Resources {
	r := resources()
	r.Replicas = p.Replicas
	return r
}

// play is the child: it ends when its standard input does.
func (p part) play() {
	ctx, end := context.WithCancel(context.Background())
	defer end()
	before := openFiles()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		end()
	}()
	var telling sync.WaitGroup
	telling.Go(func() { tellStalls(ctx) })
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ready := func() { _, _ = os.Stdout.WriteString(lineReady + "\n") }
	err := map[role]func(context.Context, *slog.Logger, func()) error{
		roleNATS: p.nats, roleGateway: p.gateway, roleWorker: p.worker,
	}[p.Role](ctx, log, ready)
	if err != nil {
		log.Error("the part failed", "error", err)
		return
	}
	telling.Wait()
	for _, leak := range leaks(before) {
		_, _ = fmt.Fprintf(os.Stdout, "%s%s\n", lineLeak, leak)
	}
	_, _ = os.Stdout.WriteString(lineEnded + "\n")
}

func (p part) nats(ctx context.Context, log *slog.Logger, ready func()) error {
	server, err := natsd.Start(ctx, natsd.Config{
		StoreDir: p.Store, Port: p.Port, MaxStore: p.MaxStore, SyncInterval: p.SyncInterval, Logger: log,
	})
	if err != nil {
		return err
	}
	defer server.Shutdown()
	ready()
	<-ctx.Done()
	return nil
}

func (p part) gateway(ctx context.Context, log *slog.Logger, ready func()) error {
	nc, err := nats.Connect(p.NATS, pyoco.ConnectOptions(p.Process, log)...)
	if err != nil {
		return err
	}
	defer nc.Close()
	gateway, err := pyoco.NewGateway(nc, pyoco.GatewayConfig{
		SweepPeriod: time.Second, RunLease: lease, Resources: p.resources(), Log: log,
	})
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", p.Listen)
	if err != nil {
		return err
	}
	var parts errgroup.Group
	parts.Go(func() error { return gateway.Serve(ctx, listener) })
	parts.Go(func() error { return gateway.Run(ctx) })
	parts.Go(func() error {
		if gateway.Ready(ctx) == nil {
			ready()
		}
		return nil
	})
	return parts.Wait()
}

func (p part) worker(ctx context.Context, log *slog.Logger, ready func()) error {
	nc, err := nats.Connect(p.NATS, pyoco.ConnectOptions(p.Process, log)...)
	if err != nil {
		return err
	}
	defer nc.Close()
	tasks, err := openDiary(p)
	if err != nil {
		return err
	}
	defer tasks.close()
	flows, registered, err := tasks.flows()
	if err != nil {
		return err
	}
	worker, err := pyoco.NewWorker(nc, pyoco.WorkerConfig{
		ID: p.Name, Tags: p.Tags, Flows: flows, Tasks: registered, Concurrency: p.Slots, Lease: lease,
		CancelGrace: 2 * time.Second, DrainTimeout: time.Second, WorkerHeartbeat: time.Second, Resources: p.resources(), Log: log,
	})
	if err != nil {
		return err
	}
	ready()
	return worker.Run(ctx)
}
