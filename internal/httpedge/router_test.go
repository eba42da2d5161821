// This file owns the tests of routing: which route a path reaches, and what is done around each.

package httpedge_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// echo answers with its pattern and the parameters named.
func echo(method, pattern string, names ...string) httpedge.Route {
	return httpedge.Route{Method: method, Pattern: pattern, Handler: func(w http.ResponseWriter, r *http.Request) error {
		parts := []string{pattern}
		for _, n := range names {
			parts = append(parts, n+"="+httpedge.Param(r, n))
		}
		return httpedge.WriteJSON(w, http.StatusOK, strings.Join(parts, " "))
	}}
}

func things() []httpedge.Route {
	return []httpedge.Route{
		echo("GET", "/"), echo("GET", "/static/*path", "path"),
		echo("POST", "/runs"), echo("POST", "/runs/yaml"), echo("POST", "/runs/:id/cancel", "id"),
		echo("GET", "/runs/:id", "id"), echo("GET", "/runs/:id/tasks", "id"),
		echo("GET", "/wheels/history"), echo("GET", "/wheels/:name", "name"), echo("DELETE", "/wheels/:name", "name"),
		echo("GET", "/a/:x/c", "x"), echo("GET", "/a/b/:y", "y"),
	}
}

func TestPathsReachTheirRouteAndNoOther(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, things()...)
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/", 200, "/"},
		{"GET", "/static/js/app.js", 200, "/static/*path path=/js/app.js"},
		{"GET", "/static/", 200, "/static/*path path=/"},
		{"POST", "/runs/yaml", 200, "/runs/yaml"},
		{"POST", "/runs/7/cancel", 200, "/runs/:id/cancel id=7"},
		{"POST", "/runs/yaml/cancel", 200, "/runs/:id/cancel id=yaml"},
		{"GET", "/runs/a%20b", 200, "/runs/:id id=a b"},
		{"GET", "/wheels/history", 200, "/wheels/history"},
		{"GET", "/wheels/h%69story", 200, "/wheels/history"},
		{"GET", "/wheels/other", 200, "/wheels/:name name=other"},
		{"GET", "/a/b/c", 200, "/a/b/:y y=c"},
		{"GET", "/a/z/c", 200, "/a/:x/c x=z"},
		{"GET", "/a/z/d", 404, ""},
		{"GET", "/runs/", 404, ""},
		{"GET", "/static", 404, ""},
		{"GET", "/RUNS/1", 404, ""},
		{"GET", "/runs/a%2Ftasks", 404, ""},
		{"GET", "/runs/a%2ftasks", 404, ""},
		{"GET", "/runs//tasks", 404, ""},
		{"GET", "//runs/1", 404, ""},
		{"GET", "/static/../runs/1", 404, ""},
		{"GET", "/static/%2e%2E/runs", 404, ""},
		{"GET", "/static/..%5Cx", 404, ""},
		{"GET", "/runs/.", 404, ""},
		{"GET", "/runs/%00", 404, ""},
		{"GET", "/runs/%ff", 404, ""},
		{"POST", "/runs/7", 405, ""},
	} {
		a := call(t, addr, c.method, c.path, "")
		require.Equal(t, c.status, a.status, c.path)
		require.Empty(t, a.header.Get("Location"), c.path)
		if c.status == http.StatusOK {
			require.Equal(t, `"`+c.body+`"`, a.body, c.path)
		}
	}
}

func TestAWrongMethodIsToldTheRightOnes(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, things()...)
	a := call(t, addr, "PUT", "/wheels/x", "")
	require.Equal(t, http.StatusMethodNotAllowed, a.status)
	require.Equal(t, "DELETE, GET, HEAD", a.header.Get("Allow"))
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	require.JSONEq(t, `{"title":"Method Not Allowed","status":405,"detail":"method: must be one of DELETE, GET, HEAD",
		"err_id":"ERR-PYOCO-0002","msg_id":"MSG-PYOCO-0002"}`, a.body)
	require.Equal(t, "POST", call(t, addr, "OPTIONS", "/runs", "").header.Get("Allow"))
}

func TestHeadAnswersAsGetWithoutABody(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, things()...)
	a := call(t, addr, "HEAD", "/wheels/history", "")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "17", a.header.Get("Content-Length"))
	require.Empty(t, a.body)
}

func TestTablesThatCannotWorkAreErrors(t *testing.T) {
	t.Parallel()
	none := func(http.ResponseWriter, *http.Request) error { return nil }
	for name, c := range map[string]struct {
		routes []httpedge.Route
		want   string
	}{
		"same twice":           {[]httpedge.Route{get("/a", none), get("/a", none)}, "match the same paths"},
		"other wildcard name":  {[]httpedge.Route{get("/a/:x", none), get("/a/:y", none)}, "match the same paths"},
		"catch-all and fixed":  {[]httpedge.Route{get("/a/*x", none), get("/a/b", none)}, "routes"},
		"catch-all and wild":   {[]httpedge.Route{get("/a/*x", none), get("/a/:b", none)}, "routes"},
		"catch-all inside":     {[]httpedge.Route{get("/*x/b", none)}, "catch-all before its end"},
		"no handler":           {[]httpedge.Route{get("/a", nil)}, "has no handler"},
		"no slash":             {[]httpedge.Route{get("a", none)}, "starts with /"},
		"empty segment":        {[]httpedge.Route{get("/a/", none)}, "no path can match"},
		"wildcard in segment":  {[]httpedge.Route{get("/a:b", none)}, "inside of segment"},
		"wildcard no name":     {[]httpedge.Route{get("/:", none)}, "without a plain name"},
		"wildcard named twice": {[]httpedge.Route{get("/:a/:a", none)}, "two wildcards"},
		"method":               {[]httpedge.Route{{Method: "get", Pattern: "/", Handler: none}}, "in capitals"},
	} {
		_, err := httpedge.NewRouter(c.routes, httpedge.Config{})
		require.ErrorContains(t, err, c.want, name)
	}
	_, err := httpedge.NewRouter(nil, httpedge.Config{Timeout: -1})
	require.EqualError(t, err, "httpedge: Timeout: must not be negative")
}

func TestRequestIDsAreTakenWhereSaneAndEchoed(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, get("/", func(w http.ResponseWriter, r *http.Request) error {
		return httpedge.WriteJSON(w, http.StatusOK, httpedge.RequestID(r.Context()))
	}))
	for id, taken := range map[string]bool{
		"a.B_1:-": true, strings.Repeat("x", 128): true,
		"": false, strings.Repeat("x", 129): false, "a b": false, "a\"b": false, "ä": false,
	} {
		a := call(t, addr, "GET", "/", "", "X-Request-Id", id)
		got := a.header.Get("X-Request-Id")
		require.Equal(t, `"`+got+`"`, a.body)
		require.Equal(t, taken, got == id, "%q", id)
		require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
		if !taken {
			require.Len(t, got, 36)
		}
	}
}

func TestTheAccessLogAndTheObserverSeePatternsAndNoValues(t *testing.T) {
	t.Parallel()
	var log logs
	seen := make(chan string, 1)
	cfg := httpedge.Config{Log: log.logger(), Observe: func(route, method string, status int, _ time.Duration) {
		seen <- method + " " + route + " " + http.StatusText(status)
	}}
	addr := serve(t, cfg, things()...)
	call(t, addr, "GET", "/runs/secret-id?key=secret-value", "", "X-Api-Key", "secret-key")
	require.Equal(t, "GET /runs/:id OK", <-seen)
	call(t, addr, "BREW", "/secret", "")
	require.Equal(t, "OTHER unmatched Not Found", <-seen)
	require.Eventually(t, func() bool { return strings.Contains(log.String(), `"route":"unmatched","status":404`) },
		5*time.Second, time.Millisecond)
	require.Contains(t, log.String(), `"route":"/runs/:id","status":200`)
	require.NotContains(t, log.String(), "secret")
}

func TestRoutesGivesACopy(t *testing.T) {
	t.Parallel()
	router, err := httpedge.NewRouter(things(), httpedge.Config{})
	require.NoError(t, err)
	router.Routes()[0].Pattern = "/changed"
	require.Equal(t, "/", router.Routes()[0].Pattern)
	require.Len(t, router.Routes(), len(things()))
}

var errSecret = errors.New("secret cause")
