// This file owns the test of the gateway's own server.

package pyoco_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAServingGatewayEndsItsStreamsWhenItIsStopped(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- rig.gw.Serve(ctx, l) }()
	own := &gatewayRig{t: t, url: "http://" + l.Addr().String(), http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}

	id := own.submit(t, `{"flow_name":"f"}`)
	res, err := own.http.Get(own.url + "/runs/" + id + "/watch")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	first := make([]byte, 1)
	_, err = res.Body.Read(first)
	require.NoError(t, err)
	stop()
	require.NoError(t, <-ended)
	rest, err := io.ReadAll(res.Body)
	require.NoError(t, err, "a complete answer, not a cut one")
	require.Contains(t, string(rest), "event: end\n")
	rig.get(t, "/runs/"+id).object(t)
}
