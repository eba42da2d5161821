// This file owns the tests of queries.

package httpedge_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

func queryRoute() httpedge.Route {
	return get("/", func(w http.ResponseWriter, r *http.Request) error {
		q := httpedge.NewQuery(r)
		limit := q.Int("limit", 50, 1, 200)
		since, ok := q.Float("since")
		all := q.Bool("all", false)
		scope := q.Enum("scope", "active", "active", "all")
		if q.Has("both") && q.Has("cursor") {
			q.Fail("cursor", "must not stand beside both")
		}
		if err := q.Err("ERR-PYOCO-0017"); err != nil {
			return err
		}
		return httpedge.WriteJSON(w, 200, fmt.Sprintf("%d %g %t %t %s %s %t", limit, since, ok, all, scope, q.String("s"), q.Has("cursor")))
	})
}

func TestQueriesAreReadFieldByField(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, queryRoute())
	for query, want := range map[string]string{
		"":                          "50 0 false false active  false",
		"limit=1&limit=200":         "200 0 false false active  false",
		"since=1.5e3&scope=all":     "50 1500 true false all  false",
		"all=YES&s=a%20b%2B&cursor": "50 0 false true active a b+ true",
		"all=1":                     "50 0 false true active  false", "all=On": "50 0 false true active  false",
		"all=T": "50 0 false true active  false", "all=y": "50 0 false true active  false",
		"all=true": "50 0 false true active  false", "all=false": "50 0 false false active  false",
		"all=0": "50 0 false false active  false", "all=off": "50 0 false false active  false",
		"all=f": "50 0 false false active  false", "all=N": "50 0 false false active  false",
		"all=no": "50 0 false false active  false",
	} {
		a := call(t, addr, "GET", "/?"+query, "")
		require.Equal(t, `"`+want+`"`, a.body, query)
	}
}

func TestBadQueriesNameEachFieldAndLimit(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, queryRoute())
	for query, want := range map[string]string{
		"limit=0":              "limit: must be 1 to 200, got 0",
		"limit=201":            "limit: must be 1 to 200, got 201",
		"limit=":               `limit: must be 1 to 200, got ""`,
		"limit=a%0Ab":          `limit: must be 1 to 200, got "a\nb"`,
		"since=nan":            `since: must be a number, got "nan"`,
		"since=1e999":          `since: must be a number, got "1e999"`,
		"all=2":                `all: must be true or false, got "2"`,
		"scope=ALL":            `scope: must be one of active, all, got "ALL"`,
		"both&cursor":          "cursor: must not stand beside both",
		"s=%zz":                "query: must be name=value pairs joined by &, with %XX for other characters",
		"s=a;b":                "query: must be name=value pairs joined by &, with %XX for other characters",
		"s=%ff":                "query: must be UTF-8",
		"limit=0&all=x&scope=": `limit: must be 1 to 200, got 0; all: must be true or false, got "x"; scope: must be one of active, all, got ""`,
	} {
		a := call(t, addr, "GET", "/?"+query, "")
		require.Equal(t, http.StatusUnprocessableEntity, a.status, query)
		require.Equal(t, want, detail(t, a), query)
		require.Contains(t, a.body, `"err_id":"ERR-PYOCO-0017","msg_id":"MSG-PYOCO-0017"`)
		require.Equal(t, query == "limit=0&all=x&scope=", strings.Contains(a.body, `"errors":[`), query)
	}
}
