// This file owns the tests of downloads.

package httpedge_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// failing gives some content, and then an error.
type failing struct {
	content io.Reader
	err     error
}

func (f failing) Read(p []byte) (int, error) {
	n, err := f.content.Read(p)
	if errors.Is(err, io.EOF) {
		err = f.err
	}
	return n, err
}

func contentRoute(size int64, content func() io.Reader) httpedge.Route {
	route := get("/", func(w http.ResponseWriter, r *http.Request) error {
		return httpedge.WriteContent(wrapped{w}, r, "a.whl", size, content())
	})
	route.Stream = true
	return route
}

func TestAContentIsServedAsADownload(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789", 30_000)
	addr := serve(t, httpedge.Config{}, contentRoute(int64(len(text)), func() io.Reader { return strings.NewReader(text) }))
	a := call(t, addr, "GET", "/", "")
	require.Equal(t, []string{text, "application/octet-stream", `attachment; filename="a.whl"`, "300000"},
		[]string{a.body, a.header.Get("Content-Type"), a.header.Get("Content-Disposition"), a.header.Get("Content-Length")})
	head := call(t, addr, "HEAD", "/", "")
	require.Equal(t, []any{http.StatusOK, "", "300000"}, []any{head.status, head.body, head.header.Get("Content-Length")})
	empty := call(t, serve(t, httpedge.Config{}, contentRoute(0, func() io.Reader { return strings.NewReader("") })), "GET", "/", "")
	require.Equal(t, []any{http.StatusOK, ""}, []any{empty.status, empty.body})
}

func TestAContentThatFailsIsAnsweredBeforeItsFirstByteAndCutOffBehindIt(t *testing.T) {
	t.Parallel()
	log := &logs{}
	none := serve(t, httpedge.Config{}, contentRoute(10, func() io.Reader {
		return failing{strings.NewReader(""), &httpedge.Problem{Status: http.StatusNotFound, Detail: "gone"}}
	}))
	a := call(t, none, "GET", "/", "")
	require.Equal(t, http.StatusNotFound, a.status)
	require.Empty(t, a.header.Get("Content-Disposition"))

	some := serve(t, httpedge.Config{Log: log.logger()}, contentRoute(200_000, func() io.Reader {
		return failing{strings.NewReader(strings.Repeat("x", 100_000)), errors.New("lost")}
	}))
	request, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+some, nil)
	require.NoError(t, err)
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	_, err = io.ReadAll(answer.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Contains(t, log.String(), "content broke off: lost")
}
