//go:build unix

// This file owns the end of the programs as processes: by SIGTERM, and by a second Ctrl-C.

package quickstart_test

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSIGTERMEndsTheProgramsWith0(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	server := s.start("pyoco-server up --with-nats-bootstrap --with-worker --port 8000")
	server.Out.Wait(t, "worker started")
	worker := s.start("pyoco-worker --nats-url nats://127.0.0.1:4222 --worker-id w2")
	worker.Signal(t, syscall.SIGTERM)
	require.Zero(t, worker.Code(t))
	server.Signal(t, syscall.SIGTERM)
	require.Zero(t, server.Code(t))
	require.NotContains(t, server.Out.String(), "NATS connection lost")
}

func TestASecondCtrlCEndsAProgramAtOnce(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	server := s.start("pyoco-server up --with-nats-bootstrap --port 8000")
	conn, err := net.Dial("tcp", s.own.Replace("127.0.0.1:8000"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	// A request whose body does not come: its server would wait for it for some seconds.
	_, err = fmt.Fprint(conn, "POST /runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
	require.NoError(t, err)
	answer := make([]byte, len("HTTP/1.1 100"))
	_, err = conn.Read(answer)
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100", string(answer), "it reads the body")

	server.Signal(t, os.Interrupt)
	server.Out.Wait(t, "stopping: ")
	server.Signal(t, os.Interrupt)
	require.Equal(t, -1, server.Code(t), "ended by the signal itself")
	require.False(t, strings.Contains(server.Out.String(), "goroutine"))
}
