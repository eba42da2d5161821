// This file owns the server to measure on: one nats-server with a folder of its own, and the connections to it.

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/natsd"
)

// mode is when the server syncs what it has acknowledged.
type mode string

const (
	interval mode = "interval" // every two minutes, nats-server's default: a power cut loses the last writes
	durable  mode = "durable"  // before each acknowledgement
)

// rig is a server and its connections.
type rig struct {
	server *natsd.Server
	folder string
	conns  []*nats.Conn
}

// rig starts a server on an empty folder.
func (b *bench) rig(ctx context.Context, m mode) (*rig, error) {
	b.rigs++
	r := &rig{folder: filepath.Join(b.dir, fmt.Sprint(b.rigs))}
	cfg := natsd.Config{StoreDir: r.folder, Port: natsd.AnyPort}
	if m == interval {
		cfg.SyncInterval = 2 * time.Minute
	}
	var err error
	r.server, err = natsd.Start(ctx, cfg)
	return r, err
}

// connect opens a connection as users are told to, which ends with the rig.
func (r *rig) connect() (*nats.Conn, error) {
	nc, err := nats.Connect(r.server.ClientURL(), pyoco.ConnectOptions("bench", nil)...)
	if err == nil {
		r.conns = append(r.conns, nc)
	}
	return nc, err
}

func (r *rig) jetStream(opts ...jetstream.JetStreamOpt) (jetstream.JetStream, error) {
	nc, err := r.connect()
	if err != nil {
		return nil, err
	}
	return jetstream.New(nc, opts...)
}

// close ends the server and removes its folder.
func (r *rig) close() {
	for _, nc := range r.conns {
		nc.Close()
	}
	r.server.Shutdown()
	_ = os.RemoveAll(r.folder) // the bench removes what is left
}
