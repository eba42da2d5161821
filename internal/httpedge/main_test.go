// This file owns what the tests share: a router behind a real server, and one call to it.

package httpedge_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// TestMain lets net/http linger: it keeps a connection for half a second after a 413, so that the answer arrives.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// logs is a log that tests read while the server writes.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logs) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// serve runs the routes on a loopback port and gives its address.
func serve(t testing.TB, cfg httpedge.Config, routes ...httpedge.Route) string {
	t.Helper()
	router, err := httpedge.NewRouter(routes, cfg)
	require.NoError(t, err)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := httpedge.NewServer(router, cfg.Log)
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	return l.Addr().String()
}

type answer struct {
	status int
	header http.Header
	body   string
}

// call sends one request over a connection of its own, its target as it is written.
func call(t testing.TB, addr, method, target, body string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr, strings.NewReader(body))
	require.NoError(t, err)
	path, query, _ := strings.Cut(target, "?")
	req.URL.Opaque, req.URL.RawQuery = path, query
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp.StatusCode, resp.Header, string(data)}
}

func get(pattern string, h httpedge.Handler) httpedge.Route {
	return httpedge.Route{Method: http.MethodGet, Pattern: pattern, Handler: h}
}

func post(pattern string, h httpedge.Handler) httpedge.Route {
	return httpedge.Route{Method: http.MethodPost, Pattern: pattern, Handler: h}
}
