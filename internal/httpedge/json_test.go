// This file owns the tests of JSON bodies.

package httpedge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

type document struct {
	Name   string          `json:"name"`
	Tags   []string        `json:"tags"`
	Count  int8            `json:"count"`
	Rate   float64         `json:"rate"`
	On     *bool           `json:"on"`
	Params map[string]any  `json:"params"`
	Raw    json.RawMessage `json:"raw"`
	Deep   struct {
		List []struct {
			N int `json:"n"`
		} `json:"list"`
	} `json:"deep"`
}

func readDocument(limit int64) httpedge.Route {
	return post("/", func(w http.ResponseWriter, r *http.Request) error {
		var d document
		if err := httpedge.ReadJSON(w, r, limit, &d); err != nil {
			return err
		}
		return httpedge.WriteJSON(w, http.StatusOK, d.Name+string(d.Raw))
	})
}

// detail gives the detail of a problem, and checks what all problems of a bad request share.
func detail(t testing.TB, a answer) string {
	t.Helper()
	var p struct {
		Title, Detail string
		Status        int
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &p), a.body)
	require.Equal(t, a.status, p.Status)
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	return p.Detail
}

func TestReadJSONSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, readDocument(2000))
	for _, c := range []struct {
		body   string
		status int
		want   string
	}{
		{"", 422, "body: must be a JSON document, got nothing"},
		{" \n", 422, "body: must be a JSON document, got nothing"},
		{" null ", 422, "body: must be a JSON document, got null"},
		{"{\"name\":\"\xff\"}", 422, "body: is not UTF-8"},
		{"{} {}", 422, "body: is not one JSON document, at byte 4: invalid character '{' after top-level value"},
		{`{"name":}`, 422, "body: is not one JSON document, at byte 9: invalid character '}' looking for beginning of value"},
		{`{"name":"a"`, 422, "body: is not one JSON document, at byte 11: unexpected end of JSON input"},
		{`[]`, 422, "body: must be an object, got a list"},
		{`"x"`, 422, "body: must be an object, got a text"},
		{`{"tags":7}`, 422, "tags: must be a list of texts, got a number"},
		{`{"tags":"x"}`, 422, "tags: must be a list of texts, got a text"},
		{`{"tags":["a",true]}`, 422, "tags[1]: must be a text, got true or false"},
		{`{"tags":[{}]}`, 422, "tags[0]: must be a text, got an object"},
		{`{"name":["a"]}`, 422, "name: must be a text, got a list"},
		{`{"count":1.5}`, 422, "count: must be a whole number, got 1.5"},
		{`{"count":300}`, 422, "count: is out of range, got 300"},
		{`{"rate":"1"}`, 422, "rate: must be a number, got a text"},
		{`{"on":1}`, 422, "on: must be true or false, got a number"},
		{`{"params":[1]}`, 422, "params: must be an object, got a list"},
		{`{"deep":{"list":[{"n":1},{"n":"x"}]}}`, 422, "deep.list[1].n: must be a whole number, got a text"},
		{`{"params":{"a":` + strings.Repeat("[", 127) + strings.Repeat("]", 127) + `}}`, 422, "body: must be nested at most 128 deep"},
		{strings.Repeat(" ", 2001), 413, "body: must be at most 2000 bytes"},
	} {
		a := call(t, addr, "POST", "/", c.body)
		require.Equal(t, c.status, a.status, c.body)
		require.Equal(t, c.want, detail(t, a), c.body)
		require.Contains(t, a.body, `"err_id":"ERR-PYOCO-0002"`)
	}
}

func TestReadJSONTakesWhatItShould(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, readDocument(0))
	for body, want := range map[string]string{
		`{"name":"a","unknown":[]}`:                   `a`,
		` {"raw":1.000000000000000000001e400}` + "\n": `1.000000000000000000001e400`,
		`{"name":"[[[\"[","tags":null}`:               `[[[\"[`,
		`{"name":"<&>"}`:                              `<&>`,
		`{"params":{"a":` + strings.Repeat("[", 126) + strings.Repeat("]", 126) + `}}`: ``,
	} {
		a := call(t, addr, "POST", "/", body, "Content-Type", "text/plain")
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.Equal(t, `"`+want+`"`, a.body)
		require.Equal(t, "application/json", a.header.Get("Content-Type"))
		require.Equal(t, fmt.Sprint(len(a.body)), a.header.Get("Content-Length"))
	}
}

func TestReadJSONHasADefaultLimitAndCountsWhatIsNotDeclared(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, readDocument(0))
	a := call(t, addr, "POST", "/", strings.Repeat(" ", 1<<20+1))
	require.Equal(t, "body: must be at most 1048576 bytes", detail(t, a))
	a = call(t, addr, "POST", "/", strings.Repeat(" ", 8<<20))
	require.Equal(t, "body: must be at most 1048576 bytes", detail(t, a), "an answer, not a reset")
	small := serve(t, httpedge.Config{}, readDocument(4))
	got := raw(t, small, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{   }\r\n0\r\n\r\n")
	require.Contains(t, got, "413 Request Entity Too Large")
	got = raw(t, small, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
	require.Contains(t, got, "422 Unprocessable Entity")
}

func TestMistakesOfTheProgramAre500(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{},
		post("/write", func(w http.ResponseWriter, _ *http.Request) error { return httpedge.WriteJSON(w, 200, make(chan int)) }))
	require.Equal(t, http.StatusInternalServerError, call(t, addr, "POST", "/write", "{}").status)
}
