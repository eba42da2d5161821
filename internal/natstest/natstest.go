// Package natstest gives a test a real nats-server of its own, which the test
// can take away and give back.
//
// This file owns the server's life within a test; connections are in conn.go.
package natstest

import (
	"errors"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/natsd"
)

// Option changes how Start runs the server.
type Option func(*natsd.Config)

// Durable syncs every write before it is acknowledged, as production does. The
// default leaves that to the system, which is many times faster and loses
// nothing as long as the machine runs.
func Durable() Option {
	return func(c *natsd.Config) { c.SyncInterval = 0 }
}

// MaxPayload sets the largest message in bytes.
func MaxPayload(bytes int) Option {
	return func(c *natsd.Config) { c.MaxPayload = bytes }
}

// Server is a nats-server on a free port of 127.0.0.1 with a folder of its own.
// Its methods are safe for concurrent use, but must be called from the test's
// goroutine, as they may end the test.
type Server struct {
	mu      sync.Mutex
	config  natsd.Config
	running *natsd.Server // nil while it is stopped
}

// Start runs a server that ends with the test.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s := &Server{config: natsd.Config{
		StoreDir:     t.TempDir(),
		SyncInterval: 2 * time.Minute,
	}}
	for _, opt := range opts {
		opt(&s.config)
	}
	for attempts := 5; s.running == nil; attempts-- { // another test may be faster on the same port
		var err error
		s.config.Port = FreePort(t)
		if s.running, err = natsd.Start(t.Context(), s.config); attempts == 0 || !errors.Is(err, syscall.EADDRINUSE) {
			require.NoError(t, err)
		}
	}
	t.Cleanup(func() { s.Stop(t) })
	return s
}

// URL returns the URL for clients; it stays the same over restarts.
func (s *Server) URL() string {
	return "nats://127.0.0.1:" + strconv.Itoa(s.config.Port)
}

// Stop ends the server and returns when its port and its store are free. Clients
// are disconnected and try to come back. Stopping a stopped server does nothing.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		s.running.Shutdown()
		s.running = nil
	}
}

// Start runs a stopped server again, on the same port and store, and returns when
// it takes writes. Starting a running server does nothing.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		return
	}
	running, err := natsd.Start(t.Context(), s.config)
	require.NoError(t, err)
	s.running = running
}

// Restart stops the server and starts it again on the same port and store.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop(t)
	s.Start(t)
}
