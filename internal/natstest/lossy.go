// This file owns answers that get lost: the server has done what was asked, and its client never hears of it.

package natstest

import (
	"bytes"
	"net"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// LossyDialer gives connections that drop what the server sends where it contains a text, as often as Lose says.
type LossyDialer struct {
	text []byte
	left atomic.Int64
}

// LoseAnswers drops answers that contain text, once Lose has been called.
func LoseAnswers(text string) *LossyDialer { return &LossyDialer{text: []byte(text)} }

// Option makes a connection lossy.
func (d *LossyDialer) Option() nats.Option { return nats.SetCustomDialer(d) }

// Lose drops the next answers, as many as count.
func (d *LossyDialer) Lose(count int) { d.left.Store(int64(count)) }

// Lost says that all of them were dropped.
func (d *LossyDialer) Lost() bool { return d.left.Load() <= 0 }

// Dial is called by the connection.
func (d *LossyDialer) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address) //nolint:noctx // nats.CustomDialer has no context
	if err != nil {
		return nil, err
	}
	return &lossyConn{Conn: conn, dialer: d}, nil
}

type lossyConn struct {
	net.Conn
	dialer *LossyDialer
}

// Read leaves out what is to be lost.
func (c *lossyConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if n > 0 && bytes.Contains(p[:n], c.dialer.text) && c.dialer.left.Add(-1) >= 0 {
			continue
		}
		return n, err
	}
}
