// This file owns the tests of a part that ends by itself: the others end, too.

package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
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
	s.gateway, err = pyoco.NewGateway(s.connect(t), pyoco.GatewayConfig{})
	require.NoError(t, err)
	s.worker, err = pyoco.NewWorker(s.connect(t), pyoco.WorkerConfig{})
	require.NoError(t, err)
	return s, out
}

func (s *system) connect(t *testing.T) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(s.nats.ClientURL(), pyoco.ConnectOptions("test", nil)...)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
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

func TestHTTPEndsBeforeTheWorkerWhichFinishesItsRuns(t *testing.T) {
	t.Parallel()
	s, out := newSystem(t, listen(t))
	began, release := make(chan struct{}), make(chan struct{})
	b := pyoco.NewFlow("slow")
	b.Task("wait", pyoco.Func(func(ctx context.Context) error {
		close(began)
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}))
	flow, err := b.Build()
	require.NoError(t, err)
	s.worker, err = pyoco.NewWorker(s.connect(t), pyoco.WorkerConfig{Flows: pyoco.FlowMap(flow)})
	require.NoError(t, err)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx) }()
	out.Wait(t, "gateway is ready")
	client, err := pyoco.NewClient("http://"+s.listener.Addr().String(), pyoco.ClientConfig{})
	require.NoError(t, err)
	defer client.Close()
	run, err := client.Submit(t.Context(), pyoco.Submission{Flow: "slow"})
	require.NoError(t, err)
	<-began

	interrupt()
	require.Eventually(t, func() bool {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.listener.Addr().String())
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, clitest.Patience, 5*time.Millisecond, "nobody is let in any more")
	select {
	case err := <-ended:
		require.Fail(t, "the run was not waited for", "%v", err)
	default:
	}
	close(release)
	require.NoError(t, <-ended)
	js, err := jetstream.New(s.connect(t))
	require.NoError(t, err)
	runs, err := js.KeyValue(t.Context(), "pyoco_runs")
	require.NoError(t, err, "NATS is still there")
	entry, err := runs.Get(t.Context(), run.ID)
	require.NoError(t, err)
	require.Contains(t, string(entry.Value()), `"status":"COMPLETED"`)
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
