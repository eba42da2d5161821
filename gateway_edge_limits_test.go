// This file owns the tests of what the gateway's edge refuses over TCP though it is well formed: other spellings of paths and
// methods, what is too large, and what comes too slowly.

package pyoco_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAPathHasOneSpelling(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	for _, path := range []string{
		"//runs", "/runs//" + e.run, "/runs/", "/./runs", "/runs/.", "/runs/../runs", "/runs/%2e%2e/runs", "/runs/%2E./runs", "/health/../runs",
		"/static/../runs", "/static/..%2fruns", "/runs%2F" + e.run, "/runs/" + e.run + "%2ftasks", "/runs/" + e.run + "%5Ctasks", "/runs\\" + e.run,
		"/RUNS", "/%72uns/%00", "/runs/%ff", "/runs/%0d%0aX:y", "/runs;x=y", "/runs/" + e.run + "/", "http://localhost//runs", "*",
	} {
		answers := answersOf(t, e.send(t, e.request("GET "+path, "Connection: close\r\n", "")))
		require.Len(t, answers, 1, path)
		require.Equal(t, http.StatusNotFound, answers[0].status, path)
		answers[0].requireProblem(t, http.StatusNotFound, "ERR-PYOCO-0002", "path: there is nothing here")
		require.Empty(t, answers[0].header.Get("Location"), path)
	}
	require.Regexp(t, "^HTTP/1.1 400 Bad Request", e.send(t, e.request("GET /runs/%zz", "", "")))
	same := answersOf(t, e.send(t, e.request("GET http://localhost/runs/"+e.run, "Connection: close\r\n", "")))
	require.Equal(t, http.StatusOK, same[0].status, "RFC 9112, 3.2.2: every server must take it")
}

func TestAMethodIsTheOneOfTheFirstLine(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	letter := e.bury(t, "x", `{"reason":"execution_error","tenant_id":"a"}`)
	path := fmt.Sprintf("/dlq/%d", letter)
	const wrong = "method: must be one of DELETE, GET, HEAD"
	for _, c := range []struct{ line, headers, want string }{
		{"POST " + path, "X-HTTP-Method-Override: DELETE\r\nContent-Length: 0\r\n", wrong},
		{"POST " + path, "X-HTTP-Method: DELETE\r\nX-Method-Override: DELETE\r\nContent-Length: 0\r\n", wrong},
		{"POST " + path + "?_method=DELETE", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n", wrong},
		{"delete " + path, "", wrong},
		{"TRACE " + path, "", wrong},
		{"OPTIONS " + path, "", wrong},
		{"BREW " + path, "", wrong},
		{"GET " + path, "X-HTTP-Method-Override: DELETE\r\n", ""},
	} {
		answers := answersOf(t, e.send(t, e.request(c.line, c.headers+"Connection: close\r\n", "_method=DELETE")))
		require.Len(t, answers, 1, c.line)
		if c.want == "" {
			require.Equal(t, http.StatusOK, answers[0].status, c.line)
			continue
		}
		answers[0].requireProblem(t, http.StatusMethodNotAllowed, "ERR-PYOCO-0002", c.want)
	}
	for _, line := range []string{"OPTIONS *", "CONNECT localhost:1"} {
		answers := answersOf(t, e.send(t, e.request(line, "Connection: close\r\n", "")))
		answers[0].requireProblem(t, http.StatusNotFound, "ERR-PYOCO-0002", "path: there is nothing here")
	}
	require.Equal(t, http.StatusOK, e.with(t, e.key, http.MethodGet, path, "").status, "it is still there")
}

func TestWhatIsTooLargeIsRefusedWithItsLimit(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	const headers = "431 Request Header Fields Too Large"
	long := strings.Repeat("x", 70<<10)
	for name, request := range map[string]string{
		"a header":     e.request("GET /runs", "X: "+long+"\r\n", ""),
		"many headers": e.request("GET /runs", strings.Repeat("X: "+long[:1000]+"\r\n", 70), ""),
		"a path":       e.request("GET /runs/"+long, "", ""),
		"a query":      e.request("GET /runs?flow="+long, "", ""),
	} {
		text := e.send(t, request)
		require.Equal(t, "HTTP/1.1 "+headers+"\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"+headers, text, name)
	}
	const body = "body: must be at most 1048576 bytes"
	large := `{"flow_name":"` + strings.Repeat("x", 1<<20) + `"}`
	for _, request := range []string{
		e.request("POST /runs", fmt.Sprintf("Content-Length: %d\r\n", len(large)), large),
		e.request("POST /runs", "Transfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(large), large)),
	} {
		answersOf(t, e.send(t, request))[0].requireProblem(t, http.StatusRequestEntityTooLarge, "ERR-PYOCO-0002", body)
	}
	file := func(size int) formPart { return formPart{"workflow", strings.Repeat("#", size), true} }
	key := []string{"X-API-Key", e.key}
	e.postFormWith(t, "/runs/yaml", key, file(262_145)).
		requireProblem(t, http.StatusRequestEntityTooLarge, "ERR-PYOCO-0016", "workflow: must be at most 262144 bytes")
	many := append(make([]formPart, 32), file(1))
	e.postFormWith(t, "/runs/yaml", key, many...).requireProblem(t, http.StatusUnprocessableEntity, "ERR-PYOCO-0002", "body: must have at most 32 parts")
	e.postFormWith(t, "/runs/yaml", key, formPart{strings.Repeat("n", 16<<10), "", false}, file(1)).
		requireProblem(t, http.StatusUnprocessableEntity, "ERR-PYOCO-0002", "body: must have at most 8192 bytes of header in each part")
	e.postFormWith(t, "/runs/yaml", key, file(1), formPart{"other", strings.Repeat("x", 4_456_448), false}).
		requireProblem(t, http.StatusRequestEntityTooLarge, "ERR-PYOCO-0002", "body: must be at most 4456448 bytes")
}

// dribble writes what stands before, and then a byte every now and then, and gives what comes until the gateway ends it.
func (e *edge) dribble(ctx context.Context, before string) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", e.address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(60 * time.Second)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, before); err != nil {
		return "", err
	}
	done, writing := make(chan struct{}), sync.WaitGroup{}
	writing.Go(func() {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				_, _ = io.WriteString(conn, "x") // it is closed some time
			}
		}
	})
	defer writing.Wait()
	defer close(done)
	text, err := io.ReadAll(conn)
	if errors.Is(err, syscall.ECONNRESET) { // as good an end as any
		err = nil
	}
	return string(text), err
}

func TestWhoeverDribblesIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	const part = "--b\r\nContent-Disposition: form-data; name=\"workflow\"; filename=\"f\"\r\n\r\n"
	requests := map[string]string{
		"a first line":       "GET /health",
		"headers":            "GET /health HTTP/1.1\r\nHost: localhost\r\nX: ",
		"a body":             e.request("POST /runs", "Content-Length: 1000\r\n", "{"),
		"a chunk":            e.request("POST /runs", "Transfer-Encoding: chunked\r\n", "1000\r\n{"),
		"a form":             e.request("POST /runs/yaml", "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n", part),
		"a body without key": "POST /runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n{",
	}
	var mu sync.Mutex
	texts, errs := map[string]string{}, []error{}
	var all sync.WaitGroup
	for name, request := range requests {
		all.Go(func() {
			text, err := e.dribble(t.Context(), request)
			mu.Lock()
			defer mu.Unlock()
			texts[name], errs = text, append(errs, err)
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	for name, text := range texts {
		answers := answersOf(t, text)
		switch name {
		case "a first line", "headers": // there is nothing to answer yet
			require.NotContains(t, text, "200", name)
		case "a body without key": // is not read at all
			require.Len(t, answers, 1, name)
			require.Equal(t, http.StatusUnauthorized, answers[0].status)
		default:
			require.Len(t, answers, 1, name)
			answers[0].requireProblem(t, http.StatusRequestTimeout, "ERR-PYOCO-0002", "body: did not arrive in time")
		}
	}
}
