// This file owns the fuzz targets: whatever comes in, the answer is a good one or a problem, never a 500.

package httpedge_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// serveOnce calls a router without a connection: fuzzing is about bytes, not about sockets.
func serveOnce(t *testing.T, r *http.Request, routes ...httpedge.Route) answer {
	t.Helper()
	router, err := httpedge.NewRouter(routes, httpedge.Config{})
	require.NoError(t, err)
	rec := httptest.NewRecorder()
	router.ServeHTTP(rec, r)
	a := answer{rec.Code, rec.Header(), rec.Body.String()}
	if a.status != http.StatusOK {
		require.Contains(t, []int{404, 405, 413, 422, 507}, a.status, a.body)
		require.NotEmpty(t, detail(t, a))
	}
	return a
}

func FuzzReadJSON(f *testing.F) {
	f.Fuzz(func(t *testing.T, body string) {
		serveOnce(t, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)), readDocument(4096))
	})
}

func FuzzReadForm(f *testing.F) {
	f.Fuzz(func(t *testing.T, contentType, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		serveOnce(t, r, formRoute())
	})
}

func FuzzReadFormToSpool(f *testing.F) {
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", formType)
		a := serveOnce(t, r, spoolRoute(16))
		if a.status != http.StatusOK {
			return
		}
		_, rest, ok := strings.Cut(body, "--b")
		require.True(t, ok && strings.Contains(rest, "--b--"), "a form that is cut off is not taken for a whole one")
		require.Regexp(t, `^"(?s:.*) ([0-9]|1[0-6]) (?s:.*)"$`, a.body)
	})
}

func FuzzPath(f *testing.F) {
	f.Fuzz(func(t *testing.T, method, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Skip()
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method, r.URL = method, u
		a := serveOnce(t, r, things()...)
		if a.status == http.StatusOK {
			require.NotContains(t, strings.ToLower(target[:len(target)-len(u.RawQuery)]), "%2f")
			require.NotContains(t, u.Path, "//")
			require.NotContains(t, u.Path+"/", "/../")
		}
	})
}
