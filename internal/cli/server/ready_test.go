// This file owns the tests of the command ready.

package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
)

func TestReadyTellsByItsExitCodeWhetherAGatewayTakesRuns(t *testing.T) {
	t.Parallel()
	nats := natstest.Start(t)
	p := start(t, []string{"PYOCO_NATS_URL", nats.URL(), "PYOCO_HTTP_AUTH_MODE", "api_key"}, "--port", "0")
	p.Out.Wait(t, "gateway is ready")
	code, out, errs := run(t, nil, "ready", "--url", url(t, p)+"/")
	require.Zero(t, code, errs)
	require.Contains(t, out, `"status"`)

	nats.Stop(t)
	code, out, errs = run(t, nil, "ready", "--url", url(t, p))
	require.Equal(t, 1, code)
	require.Empty(t, out)
	require.Contains(t, errs, "[pyoco-server][ERR-PYOCO-0003] the gateway is not ready: 503 Service Unavailable: ")
	code, _, errs = run(t, nil, "ready", "--url", "http://127.0.0.1:1")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "connection refused\n- hint: ")
	code, _, _ = run(t, nil, "ready", "extra")
	require.Equal(t, 2, code)
}
