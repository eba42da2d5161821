// This file owns the tests of server-sent events.

package httpedge_test

import (
	"bufio"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

func streamRoute(body func(s *httpedge.Stream, r *http.Request) error) httpedge.Route {
	route := get("/", func(w http.ResponseWriter, r *http.Request) error {
		s, err := httpedge.NewStream(wrapped{w}, r)
		if err != nil {
			return err
		}
		return body(s, r)
	})
	route.Stream = true
	return route
}

// wrapped hides everything of a writer but Unwrap, as another layer's wrapper does.
type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestAStreamThatIsOpenedSendsItsHeadersAndACommentOnce(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, streamRoute(func(s *httpedge.Stream, r *http.Request) error {
		if err := errors.Join(s.Open(), s.Open(), s.Comment("more")); err != nil {
			return err
		}
		<-r.Context().Done()
		return r.Context().Err()
	}))
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+addr, nil)
	require.NoError(t, err)
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "text/event-stream; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	require.Equal(t, "no", resp.Header.Get("X-Accel-Buffering"))
	body := bufio.NewReader(resp.Body)
	for _, want := range []string{": open\n", "\n", ": more\n"} {
		line, err := body.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
}

func TestEventsAreSplitAtEveryKindOfLineEnd(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, streamRoute(func(s *httpedge.Stream, _ *http.Request) error {
		for _, err := range []error{
			s.Event("7", "snapshot", []byte("a\nb\r\nc\rd")), s.Event("", "", nil), s.Comment("x\ny"),
		} {
			if err != nil {
				return err
			}
		}
		if s.Event("1\n2", "", nil) == nil || s.Event("", "a\rb", nil) == nil || s.Event("\x00", "", nil) == nil {
			return errSecret
		}
		return nil
	}))
	want := ": open\n\nid: 7\nevent: snapshot\ndata: a\ndata: b\ndata: c\ndata: d\n\ndata: \n\n: x\n: y\n\n"
	require.Equal(t, want, call(t, addr, "GET", "/", "").body)
}

func TestHeadOfAStreamGivesItsHeadersAndEnds(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, streamRoute(func(*httpedge.Stream, *http.Request) error { panic("not reached") }))
	a := call(t, addr, "HEAD", "/", "")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "text/event-stream; charset=utf-8", a.header.Get("Content-Type"))
}
