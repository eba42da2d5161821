// This file owns the tests of the gateway's edge over TCP: requests that no client sends, written byte by byte, and the
// exact answer to each.

package pyoco_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// edge is a gateway that serves TCP, with a run that no request below may reach.
type edge struct {
	*gatewayRig
	address string
	key     string
	run     string
}

func startEdge(t *testing.T) *edge {
	t.Helper()
	e := &edge{gatewayRig: startGateway(t, withKeys)}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	e.address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- e.gw.Serve(ctx, l) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-ended) })
	e.key = e.gatewayRig.key(t, pyoco.KeySpec{Tenant: "a"}).Text
	answer := e.with(t, e.key, http.MethodPost, "/runs", `{"flow_name":"f"}`)
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	e.run = answer.object(t)["run_id"].(string)
	return e
}

// send writes bytes as they are over a connection of their own, and gives what comes until the gateway closes it.
func (e *edge) send(t *testing.T, request string) (answers string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", e.address)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	_, _ = io.WriteString(conn, request) // it may close before all is written
	read, err := io.ReadAll(conn)
	require.False(t, errors.Is(err, os.ErrDeadlineExceeded), "it was not closed: %q", read)
	return string(read)
}

// answersOf takes apart what came over a connection.
func answersOf(t *testing.T, text string) (list []httpAnswer) {
	t.Helper()
	reader := bufio.NewReader(strings.NewReader(text))
	for {
		if _, err := reader.Peek(1); err != nil {
			return list
		}
		answer, err := http.ReadResponse(reader, nil)
		require.NoError(t, err, text)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		list = append(list, httpAnswer{answer.StatusCode, answer.Header, string(body)})
	}
}

// request puts a request together: the first line, its headers with a Host and a key, and the rest.
func (e *edge) request(line, headers, body string) string {
	return line + " HTTP/1.1\r\nHost: localhost\r\nX-API-Key: " + e.key + "\r\n" + headers + "\r\n" + body
}

func TestNoRequestIsSmuggledInAnother(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	const bad, notImplemented = "400 Bad Request", "501 Not Implemented"
	cancel := e.request("POST /runs/"+e.run+"/cancel", "Content-Length: 0\r\n", "")
	chunked := "5\r\n{    \r\n0\r\n\r\n"
	for name, c := range map[string]struct{ request, want string }{
		"two lengths":             {e.request("POST /runs", "Content-Length: 5\r\nContent-Length: 6\r\n", "{    "), bad},
		"a list of lengths":       {e.request("POST /runs", "Content-Length: 5, 6\r\n", "{    "), bad},
		"a signed length":         {e.request("POST /runs", "Content-Length: +5\r\n", "{    "), bad},
		"a negative length":       {e.request("POST /runs", "Content-Length: -5\r\n", "{    "), bad},
		"a length in hex":         {e.request("POST /runs", "Content-Length: 0x5\r\n", "{    "), bad},
		"an empty length":         {e.request("POST /runs", "Content-Length: \r\n", ""), bad},
		"a space before a colon":  {e.request("POST /runs", "Content-Length : 5\r\n", "{    "), bad},
		"two encodings":           {e.request("POST /runs", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked), notImplemented},
		"a list of encodings":     {e.request("POST /runs", "Transfer-Encoding: chunked, identity\r\n", chunked), notImplemented},
		"another encoding":        {e.request("POST /runs", "Transfer-Encoding: xchunked\r\n", chunked), notImplemented},
		"an encoding over 1.0":    {strings.Replace(e.request("POST /runs", "Transfer-Encoding: chunked\r\n", chunked), "HTTP/1.1", "HTTP/1.0", 1), "422 Unprocessable Entity"},
		"a NUL in a header":       {e.request("GET /runs", "X: a\x00b\r\n", ""), bad},
		"a bare CR in a header":   {e.request("GET /runs", "X: a\rContent-Length: 5\r\n", ""), bad},
		"a header without a name": {e.request("GET /runs", ": x\r\n", ""), bad},
		"no colon":                {e.request("GET /runs", "X\r\n", ""), bad},
		"a folded first header":   {"GET /runs HTTP/1.1\r\n Host: localhost\r\n\r\n", bad},
		"no host":                 {"GET /runs HTTP/1.1\r\nX-API-Key: " + e.key + "\r\n\r\n", bad},
		"two hosts":               {e.request("GET /runs", "Host: other\r\n", ""), bad},
		"a host with a path":      {"GET /runs HTTP/1.1\r\nHost: localhost/x\r\n\r\n", bad},
		"no version":              {"GET /runs\r\n\r\n", bad},
		"another version":         {"GET /runs HTTP/3.0\r\nHost: a\r\n\r\n", "505 HTTP Version Not Supported"},
		"HTTP/2 without TLS":      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "404 Not Found"},
		"a space in the path":     {e.request("GET /runs /x", "", ""), bad},
	} {
		text := e.send(t, c.request+cancel)
		require.Regexp(t, `^HTTP/1\.[01] `+c.want, text, name)
		require.Equal(t, 1, strings.Count(text, "HTTP/1."), "%s: %q", name, text)
		require.Equal(t, "PENDING", e.stored(t, e.run)["status"], name)
	}
}

// What has a reading that all agree on is read so, and what stands behind it on the connection is not.
func TestNothingIsReadBehindARequestWhoseEndAProxyMaySeeElsewhere(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	cancel := e.request("POST /runs/"+e.run+"/cancel", "Content-Length: 0\r\n", "")
	body := `{"flow_name":"f"}`
	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	for name, headers := range map[string]string{
		"chunked":                     "Transfer-Encoding: chunked\r\n",
		"a length and chunked":        fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n", len(chunked+cancel)),
		"chunked and a length":        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
		"chunked in a folded line":    "Transfer-Encoding:\r\n chunked\r\n",
		"chunked, with LF alone":      "Transfer-Encoding: chunked\n",
		"chunked in another spelling": "transfer-encoding: CHUNKED\r\n",
	} {
		answers := answersOf(t, e.send(t, e.request("POST /runs", headers, chunked+cancel)))
		require.Len(t, answers, 1, name)
		require.Equal(t, http.StatusOK, answers[0].status, "%s: %s", name, answers[0].body)
		require.Equal(t, "PENDING", e.stored(t, e.run)["status"], name)
	}
	for name, broken := range map[string]string{
		"LF alone in a chunk's size":   "11\n" + body + "\r\n0\r\n\r\n",
		"an extension with LF alone":   "11;a\n" + body + "\r\n0\r\n\r\n",
		"a size that is none":          "0x11\r\n" + body + "\r\n0\r\n\r\n",
		"a size beyond 64 bits":        "11111111111111111\r\n" + body + "\r\n0\r\n\r\n",
		"a chunk longer than it says":  "10\r\n" + body + "\r\n0\r\n\r\n",
		"a chunk without its line end": "11\r\n" + body + "0\r\n\r\n",
		"trailers that are no headers": "11\r\n" + body + "\r\n0\r\nX\r\n\r\n",
	} {
		answers := answersOf(t, e.send(t, e.request("POST /runs", "Transfer-Encoding: chunked\r\n", broken)))
		require.Len(t, answers, 1, name)
		require.Equal(t, 422, answers[0].status, name)
		answers[0].requireProblem(t, http.StatusUnprocessableEntity, "ERR-PYOCO-0002", "body: ended early or is not well formed")
	}
	// A length has one reading: the requests behind it are the client's own.
	answers := answersOf(t, e.send(t, e.request("POST /runs", fmt.Sprintf("Content-Length: %d\r\n", len(body)), body)+e.request("GET /health", "Connection: close\r\n", "")))
	require.Len(t, answers, 2)
}
