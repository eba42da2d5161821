//go:build unix

// This file owns the way of one process to NATS: a relay that can be cut, so that the process lives on alone.

package chaos

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// wire relays connections to NATS.
type wire struct {
	listener net.Listener
	target   string
	relays   sync.WaitGroup

	mu    sync.Mutex
	flows chan struct{} // closed while bytes pass
	torn  bool          // connections are closed, and new ones are not taken
	conns map[net.Conn]struct{}
	ended bool
}

// newWire listens until the test ends.
func newWire(t *testing.T, target string) *wire {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{listener: listener, target: target, flows: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	close(w.flows)
	w.relays.Go(w.accept)
	t.Cleanup(w.end)
	return w
}

// url is where a process finds NATS.
func (w *wire) url() string { return "nats://" + w.listener.Addr().String() }

// hold lets nothing pass from now on, and keeps the connections: what was sent comes later.
func (w *wire) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flows = make(chan struct{})
}

// tear closes the connections, with what is on its way in them, and takes no new one.
func (w *wire) tear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.torn = true
	for conn := range w.conns {
		_ = conn.Close()
	}
}

// heal lets everything pass again.
func (w *wire) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.torn = false
	select {
	case <-w.flows:
	default:
		close(w.flows)
	}
}

func (w *wire) end() {
	w.heal()
	w.mu.Lock()
	w.ended = true
	_ = w.listener.Close()
	for conn := range w.conns {
		_ = conn.Close()
	}
	w.mu.Unlock()
	w.relays.Wait()
}

func (w *wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.relays.Go(func() { w.relay(near) })
	}
}

// relay carries one connection in both ways until one end of it is gone.
func (w *wire) relay(near net.Conn) {
	if !w.enter(near) {
		return
	}
	defer w.leave(near)
	far, err := new(net.Dialer).DialContext(context.Background(), "tcp", w.target)
	if err != nil || !w.enter(far) {
		return
	}
	defer w.leave(far)
	var back sync.WaitGroup
	back.Go(func() { w.carry(near, far) })
	w.carry(far, near)
	back.Wait()
}

// enter makes a connection one of the wire's, or closes it.
func (w *wire) enter(conn net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.torn || w.ended {
		_ = conn.Close()
		return false
	}
	w.conns[conn] = struct{}{}
	return true
}

func (w *wire) leave(conn net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = conn.Close()
	delete(w.conns, conn)
}

// carry copies what comes from one end to the other, and closes both when one has ended.
func (w *wire) carry(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	_, _ = io.Copy(gated{w, to}, from)
}

// gated writes only while the wire lets bytes pass.
type gated struct {
	wire *wire
	to   net.Conn
}

func (g gated) Write(p []byte) (int, error) {
	g.wire.mu.Lock()
	flows := g.wire.flows
	g.wire.mu.Unlock()
	<-flows
	return g.to.Write(p)
}
