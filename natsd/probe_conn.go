// This file owns the probe's connection, which learns at once that it is refused.

package natsd

import (
	"bytes"
	"net"
	"sync"
)

// queuedServer gives connections whose writes don't wait for nats-server. Over its
// pipe, which holds nothing, a server that writes a refusal and a client that
// still writes its greeting would wait for each other until both time out.
type queuedServer struct{ *Server }

// InProcessConn is called by nats.Connect.
func (s queuedServer) InProcessConn() (net.Conn, error) {
	conn, err := s.Server.InProcessConn()
	if err != nil {
		return nil, err
	}
	const writes = 64 // a probe makes fewer
	c := &queuedConn{Conn: conn, queue: make(chan []byte, writes), closed: make(chan struct{})}
	go c.send()
	return c, nil
}

type queuedConn struct {
	net.Conn
	queue  chan []byte
	closed chan struct{}
	once   sync.Once
}

func (c *queuedConn) send() {
	for {
		select {
		case p := <-c.queue:
			if _, err := c.Conn.Write(p); err != nil {
				return // the reader sees it too
			}
		case <-c.closed:
			return
		}
	}
}

// Write queues p.
func (c *queuedConn) Write(p []byte) (int, error) {
	select {
	case c.queue <- bytes.Clone(p):
		return len(p), nil
	case <-c.closed:
		return 0, net.ErrClosed
	}
}

// Close ends the connection and drops what is queued.
func (c *queuedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
