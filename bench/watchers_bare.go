// This file owns the bare server of event streams: a handler that writes what it is handed.

package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// crier hands one event to many streams.
type crier struct {
	mu      sync.Mutex
	streams map[chan struct{}]bool
}

func (c *crier) cry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for stream := range c.streams {
		stream <- struct{}{}
	}
}

func (c *crier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	event := []byte(`data: {"snapshot":"` + strings.Repeat("x", 1000) + "\"}\n\n")
	stream := make(chan struct{}, 2)
	stream <- struct{}{} // as ours does, it begins with what is there
	c.mu.Lock()
	c.streams[stream] = true
	c.mu.Unlock()
	flusher := http.NewResponseController(w)
	for {
		select {
		case <-stream:
			if _, err := w.Write(event); err != nil || flusher.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

func (b *bench) toldBare(ctx context.Context, clients, changes int) ([]float64, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &crier{streams: map[chan struct{}]bool{}}
	server := &http.Server{Handler: c, ReadHeaderTimeout: time.Minute}
	reading, end := context.WithCancel(ctx)
	var group errgroup.Group
	group.Go(func() error { _ = server.Serve(listener); return nil }) // an error is that of the clients
	defer func() { end(); _ = server.Close(); _ = group.Wait() }()
	var a audience
	if err := a.listen(reading, &group, clients, "http://"+listener.Addr().String()); err != nil {
		return nil, err
	}
	return a.tell(ctx, clients, changes, func() error { c.cry(); return nil })
}
