// This file owns the tests of a part that ends by itself: the others end, too.

package server

import (
	"errors"
	"log/slog"
	"net"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/natsd"
)

// newSystem is a system with NATS in it, that listens on l.
func newSystem(t *testing.T, l net.Listener) (*system, *clitest.Output) {
	t.Helper()
	out := clitest.NewOutput()
	s := &system{process: cli.Process{Out: out}, log: slog.New(slog.NewTextHandler(out, nil)), listener: l}
	var err error
	s.nats, err = natsd.Start(t.Context(), natsd.Config{StoreDir: t.TempDir(), Port: natsd.AnyPort})
	require.NoError(t, err)
	t.Cleanup(s.nats.Shutdown)
	nc, err := nats.Connect(s.nats.ClientURL(), pyoco.ConnectOptions("test", nil)...)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	s.gateway, err = pyoco.NewGateway(nc, pyoco.GatewayConfig{})
	require.NoError(t, err)
	s.worker, err = pyoco.NewWorker(nc, pyoco.WorkerConfig{})
	require.NoError(t, err)
	return s, out
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return l
}

func TestTheEndOfNATSInTheProcessEndsTheProcess(t *testing.T) {
	t.Parallel()
	s, out := newSystem(t, listen(t))
	ended := make(chan error, 1)
	go func() { ended <- s.run(t.Context()) }()
	out.Wait(t, "gateway is ready")
	s.nats.Shutdown()
	err := <-ended
	var failed *startError
	require.ErrorAs(t, err, &failed)
	require.EqualError(t, err, "NATS has ended by itself")
}

var errBroken = errors.New("broken")

type brokenListener struct{ net.Listener }

func (brokenListener) Accept() (net.Conn, error) { return nil, errBroken }

func TestAListenerThatBreaksEndsTheProcess(t *testing.T) {
	t.Parallel()
	s, _ := newSystem(t, brokenListener{listen(t)})
	err := s.run(t.Context())
	var failed *startError
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, errBroken)
}

func TestTheURLOfAGatewayCanBeOpened(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"127.0.0.1:80": "http://127.0.0.1:80", "[::1]:80": "http://[::1]:80", "0.0.0.0:80": "http://localhost:80", "[::]:80": "http://localhost:80",
	} {
		parsed, err := net.ResolveTCPAddr("tcp", address)
		require.NoError(t, err)
		require.Equal(t, want, webURL(parsed))
	}
	require.Equal(t, "/run/pyoco.sock", webURL(&net.UnixAddr{Name: "/run/pyoco.sock", Net: "unix"}))
}
