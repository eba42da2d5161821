// This file owns the tests of the way from an error or a panic to an answer.

package httpedge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

func fails(err error) httpedge.Route {
	return get("/", func(http.ResponseWriter, *http.Request) error { return err })
}

func TestErrorsBecomeProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err        error
		status     int
		retryAfter string
		body       string
	}{
		"problem": {&httpedge.Problem{
			Status: 409, Detail: "run: <done>", ErrID: "ERR-PYOCO-0026", RetryAfter: 1100 * time.Millisecond, Cause: errSecret,
			Fields: []httpedge.FieldError{{Field: "a", Reason: "b"}},
		}, 409, "2", `{"title":"Conflict","status":409,"detail":"run: <done>","err_id":"ERR-PYOCO-0026","msg_id":"MSG-PYOCO-0026"}`},
		"wrapped, two fields": {fmt.Errorf("x: %w", &httpedge.Problem{
			Status: 422, Fields: []httpedge.FieldError{{Field: "a", Reason: "b"}, {Field: "c", Reason: "d"}},
		}), 422, "", `{"title":"Unprocessable Entity","status":422,"detail":"","errors":[{"field":"a","reason":"b"},{"field":"c","reason":"d"}]}`},
		"no status": {&httpedge.Problem{Detail: "x"}, 500, "", `{"title":"Internal Server Error","status":500,"detail":"x"}`},
		"too large": {fmt.Errorf("x: %w", &http.MaxBytesError{Limit: 7}), 413, "",
			`{"title":"Request Entity Too Large","status":413,"detail":"body: must be at most 7 bytes","err_id":"ERR-PYOCO-0002","msg_id":"MSG-PYOCO-0002"}`},
		"deadline": {fmt.Errorf("x: %w", context.DeadlineExceeded), 503, "1",
			`{"title":"Service Unavailable","status":503,"detail":"timeout: no answer within 3.5s; the service behind is slow or away, try again"}`},
		"anything": {errSecret, 500, "",
			`{"title":"Internal Server Error","status":500,"detail":"internal error; the log has the cause under request id id-1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log logs
			a := call(t, serve(t, httpedge.Config{Log: log.logger()}, fails(c.err)), "GET", "/", "", "X-Request-Id", "id-1")
			require.Equal(t, c.status, a.status)
			require.Equal(t, c.body, a.body)
			require.Equal(t, c.retryAfter, a.header.Get("Retry-After"))
			require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
			if errors.Is(c.err, errSecret) {
				require.Equal(t, 1, strings.Count(log.String(), "secret cause"))
			}
		})
	}
}

func TestASlowHandlerMeetsItsDeadlineAndAStreamDoesNot(t *testing.T) {
	t.Parallel()
	slow := get("/slow", func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return r.Context().Err()
	})
	stream := get("/stream", func(w http.ResponseWriter, r *http.Request) error {
		_, has := r.Context().Deadline()
		return httpedge.WriteJSON(w, http.StatusOK, has)
	})
	stream.Stream = true
	addr := serve(t, httpedge.Config{Timeout: 20 * time.Millisecond}, slow, stream)
	require.Equal(t, http.StatusServiceUnavailable, call(t, addr, "GET", "/slow", "").status)
	require.Equal(t, "false", call(t, addr, "GET", "/stream", "").body)
}

func TestAPanicIsLoggedOnceAndServedWithoutItsCause(t *testing.T) {
	t.Parallel()
	var log logs
	addr := serve(t, httpedge.Config{Log: log.logger()}, get("/", func(http.ResponseWriter, *http.Request) error {
		panic("secret panic")
	}))
	a := call(t, addr, "GET", "/", "", "X-Request-Id", "id-1")
	require.Equal(t, http.StatusInternalServerError, a.status)
	require.Contains(t, a.body, "id-1")
	require.NotContains(t, a.body, "secret")
	require.Equal(t, 1, strings.Count(log.String(), "secret panic"))
	require.Contains(t, log.String(), "answer_test.go")
}

func TestAnAnswerThatHasBegunIsLeftAlone(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, get("/", func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, errSecret)
	}))
	a := call(t, addr, "GET", "/", "")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "half", a.body)
}

func TestHalfAnAnswerIsCutOffWhereTheHandlerPanicsOrAborts(t *testing.T) {
	t.Parallel()
	for _, v := range []any{"boom", http.ErrAbortHandler} {
		addr := serve(t, httpedge.Config{}, get("/", func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
			panic(v)
		}))
		require.Contains(t, raw(t, addr, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "4\r\nhalf\r\n")
		require.NotContains(t, raw(t, addr, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "\r\n0\r\n")
	}
}

func TestAClientThatLeftIsAnsweredNothing(t *testing.T) {
	t.Parallel()
	began, status := make(chan struct{}), make(chan int, 1)
	cfg := httpedge.Config{Observe: func(_, _ string, s int, _ time.Duration) { status <- s }}
	addr := serve(t, cfg, get("/", func(_ http.ResponseWriter, r *http.Request) error {
		close(began)
		<-r.Context().Done()
		return r.Context().Err()
	}))
	c := dial(t, addr)
	_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	<-began
	require.NoError(t, c.Close())
	require.Equal(t, 499, <-status)
}

func TestABodyThatDawdlesIs408(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{Timeout: 50 * time.Millisecond}, post("/", func(w http.ResponseWriter, r *http.Request) error {
		var v any
		return httpedge.ReadJSON(w, r, 0, &v)
	}))
	got := raw(t, addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
	require.Contains(t, got, "408 Request Timeout")
	require.Contains(t, got, "body: did not arrive in time")
	got = raw(t, addr, "POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
	require.Contains(t, got, "404 Not Found", "an unread body holds no answer up")
}

func TestTheBodysDeadlineDoesNotOutliveTheBody(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{Timeout: 50 * time.Millisecond}, post("/", func(w http.ResponseWriter, r *http.Request) error {
		var v any
		if err := httpedge.ReadJSON(w, r, 0, &v); err != nil {
			return err
		}
		<-r.Context().Done()
		return r.Context().Err()
	}))
	require.Equal(t, http.StatusServiceUnavailable, call(t, addr, "POST", "/", "{}").status)
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

// raw sends bytes, and gives what comes until the server closes.
func raw(t *testing.T, addr, request string) string {
	t.Helper()
	c := dial(t, addr)
	_, err := io.WriteString(c, request)
	require.NoError(t, err)
	data, err := io.ReadAll(c)
	require.NoError(t, err)
	return string(data)
}
