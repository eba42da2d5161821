// This file owns the tests of files that are too large for memory: they go where the caller says, within their limit.

package httpedge_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// countedSpool counts what it is given, and keeps none of it.
type countedSpool struct {
	name string
	size int64
}

func (c *countedSpool) Write(p []byte) (int, error) {
	c.size += int64(len(p))
	return len(p), nil
}

// spoolRoute answers the name and the size of the file, and its tags. It takes no file called "refused", and can not
// store what holds "full".
func spoolRoute(limit int64) httpedge.Route {
	return httpedge.Route{Method: http.MethodPost, Pattern: "/", Stream: true, Handler: func(w http.ResponseWriter, r *http.Request) error {
		var spool countedSpool
		form, err := httpedge.ReadForm(w, r, httpedge.FormSpec{
			Texts: []string{"tags"},
			Files: []httpedge.FilePart{{Name: "wheel", Max: limit, TooLargeErrID: "ERR-PYOCO-0022", To: func(name string) (io.Writer, error) {
				spool.name = name
				switch name {
				case "refused":
					return nil, &httpedge.Problem{Status: http.StatusUnprocessableEntity, Detail: "wheel: no such name"}
				case "full":
					return fullDisk{}, nil
				}
				return &spool, nil
			}}},
		})
		if err != nil {
			return err
		}
		if _, kept := form.Files["wheel"]; kept {
			return errors.New("kept in memory")
		}
		return httpedge.WriteJSON(w, http.StatusOK, fmt.Sprintf("%s %d %s", spool.name, spool.size, form.Texts["tags"]))
	}}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) {
	return 0, &httpedge.Problem{Status: http.StatusInsufficientStorage, Detail: "wheel: the store is full"}
}

func wheelPart(name, data string) string {
	return part(`name="wheel"; filename="`+name+`"`, data)
}

func TestAFileGoesWhereTheCallerSays(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, spoolRoute(100))
	end := "--b--\r\n"
	full := strings.Repeat("x", 100)
	tags := part(`name="tags"`, "a,b")
	for _, c := range []struct {
		body   string
		status int
		want   string
	}{
		{tags + wheelPart("w.whl", full) + end, 200, "w.whl 100 a,b"},
		{wheelPart("w.whl", "") + tags + end, 200, "w.whl 0 a,b"},
		{wheelPart("../up/w.whl", "x") + end, 200, "w.whl 1 "},
		{wheelPart("w.whl", full+"x") + end, 413, "wheel: must be at most 100 bytes"},
		{wheelPart("w.whl", "a") + wheelPart("w.whl", "a") + end, 422, "wheel: must be sent once"},
		{wheelPart("refused", full) + end, 422, "wheel: no such name"},
		{wheelPart("full", full) + end, 507, "wheel: the store is full"},
		{wheelPart("w.whl", "x"), 422, "body: ended early or is not well formed"},
		{tags + end, 422, "wheel: a file part is required"},
	} {
		a := call(t, addr, "POST", "/", c.body, "Content-Type", formType)
		require.Equal(t, c.status, a.status, a.body)
		if a.status == http.StatusOK {
			require.Equal(t, `"`+c.want+`"`, a.body)
		} else {
			require.Equal(t, c.want, detail(t, a))
		}
	}
}

func TestAClientThatIsStillSendingSeesWhyItsFileWasRefused(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, spoolRoute(100))
	a := call(t, addr, "POST", "/", wheelPart("refused", strings.Repeat("x", 900<<10))+"--b--", "Content-Type", formType)
	require.Equal(t, "wheel: no such name", detail(t, a))
}

func TestAClientThatAsksFirstNeedNotSendWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, spoolRoute(100))
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n"+
		"Content-Type: "+formType+"\r\n\r\n")
	require.NoError(t, err)
	sent, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(sent), "HTTP/1.1 413 "), "%s", sent)
	require.Contains(t, string(sent), "body: must be at most 1114212 bytes")
}

// arrivals passes on how much has been written to it.
type arrivals chan int

func (a arrivals) Write(p []byte) (int, error) { a <- len(p); return len(p), nil }

func TestAFileIsPassedOnWhileItArrives(t *testing.T) {
	t.Parallel()
	arrived := make(arrivals)
	router, err := httpedge.NewRouter([]httpedge.Route{post("/", func(w http.ResponseWriter, r *http.Request) error {
		_, err := httpedge.ReadForm(w, r, httpedge.FormSpec{Files: []httpedge.FilePart{{
			Name: "wheel", Max: 1 << 20, To: func(string) (io.Writer, error) { return arrived, nil },
		}}})
		close(arrived)
		return err
	})}, httpedge.Config{Timeout: time.Minute})
	require.NoError(t, err)
	head, tail, _ := strings.Cut(wheelPart("w.whl", "|"), "|")
	body, send := io.Pipe()
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(head), body, strings.NewReader(tail+"--b--")))
	r.Header.Set("Content-Type", formType)
	rec := httptest.NewRecorder()
	done := make(chan struct{})
	go func() { defer close(done); router.ServeHTTP(rec, r) }()

	const step, readAhead = 64 << 10, 8 << 10
	pieces := make(chan struct{}, 4)
	go func() {
		defer send.Close()
		for range pieces {
			_, _ = send.Write(make([]byte, step))
		}
	}()
	got := 0
	for n := 1; n <= 4; n++ {
		pieces <- struct{}{} // the next piece is not sent before the one before has arrived
		for got < n*step-readAhead {
			got += <-arrived
		}
	}
	close(pieces)
	for n := range arrived {
		got += n
	}
	<-done
	require.Equal(t, http.StatusOK, rec.Code, rec.Body)
	require.Equal(t, 4*step, got)
}
