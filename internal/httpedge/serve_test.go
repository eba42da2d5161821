// This file owns the tests of a server's end: requests are finished, streams are not waited for.

package httpedge_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// serving runs routes under Serve. The channel has what Serve returned.
func serving(ctx context.Context, t *testing.T, routes ...httpedge.Route) (url string, ended <-chan error) {
	t.Helper()
	router, err := httpedge.NewRouter(routes, httpedge.Config{})
	require.NoError(t, err)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- httpedge.Serve(ctx, l, router, nil) }()
	return "http://" + l.Addr().String(), done
}

// fetch reads an answer to its end, on a connection of its own.
func fetch(t *testing.T, url string) (int, string, error) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

func TestAnEndingServerFinishesItsRequestsAndEndsItsStreams(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	streaming, working, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	url, ended := serving(ctx, t,
		httpedge.Route{Method: "GET", Pattern: "/stream", Stream: true, Handler: func(w http.ResponseWriter, r *http.Request) error {
			s, err := httpedge.NewStream(w, r)
			if err != nil {
				return err
			}
			close(streaming)
			<-httpedge.Stopping(r.Context())
			return s.Event("", "end", []byte("x"))
		}},
		httpedge.Route{Method: "GET", Pattern: "/work", Handler: func(w http.ResponseWriter, r *http.Request) error {
			close(working)
			<-release
			return httpedge.WriteJSON(w, http.StatusOK, r.Context().Err() == nil)
		}},
	)
	type answer struct {
		status int
		body   string
		err    error
	}
	stream, work := make(chan answer, 1), make(chan answer, 1)
	get := func(path string, to chan<- answer) {
		status, body, err := fetch(t, url+path)
		to <- answer{status, body, err}
	}
	go get("/stream", stream)
	go get("/work", work)
	<-streaming
	<-working
	stop()
	require.Equal(t, answer{200, ": open\n\nevent: end\ndata: x\n\n", nil}, <-stream, "a stream has its last word")
	_, _, err := fetch(t, url+"/work")
	require.Error(t, err, "nothing new is taken")
	select {
	case err := <-ended:
		require.Fail(t, "ended before its request", "%v", err)
	default:
	}
	close(release)
	require.Equal(t, answer{200, "true", nil}, <-work)
	require.NoError(t, <-ended)
}

type brokenListener struct{ net.Listener }

var errBroken = errors.New("broken")

func (brokenListener) Accept() (net.Conn, error) { return nil, errBroken }

func TestServeReturnsTheErrorOfItsListener(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.ErrorIs(t, httpedge.Serve(t.Context(), brokenListener{l}, http.NotFoundHandler(), nil), errBroken)
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestServeUnderAnEndedContextClosesItsListener(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	url, ended := serving(ctx, t)
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		require.Fail(t, "it does not end")
	}
	_, _, err := fetch(t, url)
	require.Error(t, err)
}
