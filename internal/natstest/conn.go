// This file owns the connections that a test opens to its server.

package natstest

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// Connect opens a connection that is closed with the test. It comes back within
// milliseconds after a restart of the server, however long that took. opts are
// laid over these settings.
func (s *Server) Connect(t testing.TB, opts ...nats.Option) *nats.Conn {
	t.Helper()
	settings := append([]nats.Option{
		nats.Name(t.Name()),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(10 * time.Millisecond),
		nats.ReconnectJitter(0, 0),
		nats.ReconnectBufSize(-1),
	}, opts...)
	nc, err := nats.Connect(s.URL(), settings...)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}

// JetStream opens a connection that is closed with the test and returns its
// JetStream.
func (s *Server) JetStream(t testing.TB) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(s.Connect(t))
	require.NoError(t, err)
	return js
}
