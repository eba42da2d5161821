// This file owns the tests of the names that a gateway on loopback answers to.

package pyoco_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestAGatewayOnLoopbackWithoutKeysAnswersToNoForeignName(t *testing.T) {
	t.Parallel()
	nats := natstest.Start(t)
	serve := func(auth pyoco.AuthConfig) (url string, gw *pyoco.Gateway) {
		gw, err := pyoco.NewGateway(nats.Connect(t), pyoco.GatewayConfig{Auth: auth})
		require.NoError(t, err)
		runGateway(t, gw)
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		ended := make(chan error, 1)
		go func() { ended <- gw.Serve(ctx, l) }()
		t.Cleanup(func() {
			cancel()
			require.NoError(t, <-ended)
		})
		return "http://" + l.Addr().String(), gw
	}
	status := func(url, method, path, host string) int {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		r, err := http.NewRequestWithContext(t.Context(), method, url+path, nil)
		require.NoError(t, err)
		r.Host = host
		answer, err := client.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	open, gw := serve(pyoco.AuthConfig{AllowedHosts: []string{"pyoco.internal"}})
	for _, host := range []string{"localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:1", "[::1]:8000", "192.0.2.7", "pyoco.internal", "Pyoco.Internal:80"} {
		require.Equal(t, http.StatusOK, status(open, http.MethodGet, "/runs", host), host)
	}
	for _, host := range []string{"evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "pyoco.internal.evil"} {
		for _, route := range gw.Routes() {
			require.Equal(t, http.StatusForbidden, status(open, route.Method, pathOf(route.Pattern, "1"), host), "%s %s", host, route.Pattern)
		}
	}
	closed, _ := serve(pyoco.AuthConfig{Mode: pyoco.AuthAPIKey})
	require.Equal(t, http.StatusUnauthorized, status(closed, http.MethodGet, "/runs", "evil.example"), "a key is what such a page has not")
	require.Equal(t, http.StatusOK, status(closed, http.MethodGet, "/health", "gateway.example"))
}
