// This file owns the tests of the dashboard at the gateway: how it is served, and what browsers may do.

package pyoco_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestTheDashboardIsServedUnderAStrictPolicy(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, withKeys, func(c *rigConfig) { c.gateway.Dashboard.Language = " JA " })
	page := rig.get(t, "/")
	require.Equal(t, http.StatusOK, page.status)
	require.Contains(t, page.body, `{&#34;lang&#34;:&#34;ja&#34;,&#34;auth&#34;:&#34;api_key&#34;,&#34;header&#34;:&#34;X-API-Key&#34;`)
	loaded := []string{"/"}
	for _, match := range regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.body, -1) {
		require.Regexp(t, `^static/[a-z]+\.(js|css|svg)$`, match[1], "relative, and of this gateway")
		loaded = append(loaded, "/"+match[1])
	}
	require.Len(t, loaded, 4)
	for _, path := range append(loaded, "/static/stream.js") {
		answer := rig.get(t, path)
		require.Equal(t, http.StatusOK, answer.status, path)
		policy := answer.header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'; script-src 'self'; style-src 'self';")
		require.NotContains(t, policy, "unsafe")
		require.Contains(t, policy, "frame-ancestors 'none'")
		require.Equal(t, "nosniff", answer.header.Get("X-Content-Type-Options"))
		again := rig.do(t, http.MethodGet, path, nil, "If-None-Match", answer.header.Get("ETag"), "Accept-Encoding", "identity")
		require.Equal(t, http.StatusOK, again.status, "another coding is another answer")
		require.Equal(t, http.StatusNotModified, rig.notModified(t, path, again.header.Get("ETag")))
	}
	rig.get(t, "/static/nosuch.js").requireProblem(t, http.StatusNotFound, "ERR-PYOCO-0002", "path: there is no such file")
}

func (r *gatewayRig) notModified(t *testing.T, path, tag string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
	require.NoError(t, err)
	request.Header.Set("If-None-Match", tag)
	request.Header.Set("Accept-Encoding", "identity")
	answer, err := r.http.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	return answer.StatusCode
}

func TestTheWholeDashboardIsUnder150kBCompressed(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	sum := 0
	for _, path := range []string{"/", "/static/app.js", "/static/app.css", "/static/stream.js", "/static/hub.js", "/static/favicon.svg"} {
		answer := rig.do(t, http.MethodGet, path, nil, "Accept-Encoding", "gzip")
		require.Equal(t, "gzip", answer.header.Get("Content-Encoding"), path)
		unpacked, err := gzip.NewReader(bytes.NewReader([]byte(answer.body)))
		require.NoError(t, err)
		plain, err := io.ReadAll(unpacked)
		require.NoError(t, err)
		require.NotEmpty(t, plain)
		sum += len(answer.body)
	}
	t.Logf("%d bytes", sum)
	require.Less(t, sum, 150_000)
}

func TestALanguageThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	_, err := pyoco.GatewayConfig{Dashboard: pyoco.DashboardConfig{Language: "fr"}}.WithDefaults()
	require.EqualError(t, err, `Dashboard.Language: must be auto, ja or en, got "fr"`)
}

// writes are all calls that change something.
func writes(r *gatewayRig) (paths [][2]string) {
	for _, route := range r.gw.Routes() {
		if route.Method != http.MethodGet {
			paths = append(paths, [2]string{route.Method, pathOf(route.Pattern, "1")})
		}
	}
	return paths
}

func TestWithoutKeysABrowserMayOnlyLookUntilActionsAreOn(t *testing.T) {
	t.Parallel()
	off, on := startGateway(t), startGateway(t, func(c *rigConfig) { c.gateway.Dashboard.Actions = true })
	const way = "PYOCO_DASHBOARD_ACTIONS=1 or --dashboard-actions"
	for _, call := range writes(off) {
		for _, header := range [][]string{{"Origin", off.url}, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}} {
			refused := off.do(t, call[0], call[1], strings.NewReader("{}"), header...)
			require.Equal(t, http.StatusForbidden, refused.status, call)
			require.Contains(t, refused.body, way)
		}
		require.NotEqual(t, http.StatusForbidden, off.do(t, call[0], call[1], strings.NewReader("{}")).status, "other clients: %s", call)
		require.NotEqual(t, http.StatusForbidden, on.do(t, call[0], call[1], strings.NewReader("{}"), "Origin", on.url).status, call)
	}
	require.Equal(t, http.StatusOK, off.do(t, http.MethodGet, "/runs", nil, "Sec-Fetch-Site", "same-origin").status)
}

func TestAPageOfAnotherOriginMayChangeNothingWhateverIsOn(t *testing.T) {
	t.Parallel()
	on, keyed := startGateway(t, func(c *rigConfig) { c.gateway.Dashboard.Actions = true }), startGateway(t, withKeys)
	key := keyed.key(t, pyoco.KeySpec{Tenant: "a"})
	for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "null"}} {
		for _, call := range writes(on) {
			refused := on.do(t, call[0], call[1], strings.NewReader("{}"), header...)
			refused.requireProblem(t, http.StatusForbidden, "ERR-PYOCO-0002", "Origin: must be the gateway's own: a page of another origin may change nothing here")
			require.Equal(t, refused.body, keyed.with(t, key.Text, call[0], call[1], "{}", header...).body)
		}
	}
	require.Equal(t, http.StatusOK, keyed.with(t, key.Text, http.MethodPost, "/runs", `{"flow_name":"f"}`, "Origin", keyed.url).status, "its scopes say so")
}

func TestWhoamiSaysWhatMayBeDoneFromABrowser(t *testing.T) {
	t.Parallel()
	off, on := startGateway(t), startGateway(t, func(c *rigConfig) { c.gateway.Dashboard.Actions = true })
	scopes := func(a httpAnswer) any { return a.object(t)["scopes"] }
	require.Equal(t, []any{"runs:read", "workers:read", "wheels:read"}, scopes(off.get(t, "/whoami")))
	require.Len(t, scopes(on.get(t, "/whoami")), len(pyoco.Scopes()))
	keyed := startGateway(t, withKeys)
	one := keyed.key(t, pyoco.KeySpec{Tenant: "a", Scopes: []string{pyoco.ScopeRunsRead}})
	all := keyed.key(t, pyoco.KeySpec{Tenant: "a"})
	answer := keyed.with(t, one.Text, http.MethodGet, "/whoami", "").object(t)
	require.Equal(t, map[string]any{"auth": "api_key", "key_id": one.ID, "tenant_id": "a", "scopes": []any{"runs:read"}}, answer)
	require.Len(t, scopes(keyed.with(t, all.Text, http.MethodGet, "/whoami", "")), len(pyoco.Scopes())-1, "all but admin")
}

func TestTheStreamTellsTheNumbersOfRunsWhereAsked(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putRun(t, "a", `{"run_id":"a","flow_name":"f","tag":"x","status":"FAILED","updated_at":1}`)
	rig.listedRun(t, "a", hasStatus("FAILED"))
	stream := rig.watch(t, "/events?counts=1")
	event, _ := stream.next(t)
	require.Equal(t, "open", event.name)
	event, _ = stream.next(t)
	require.Equal(t, "counts", event.name)
	require.Contains(t, event.data, `"runs":{"FAILED":1}`)
	rig.submit(t, `{"flow_name":"f"}`)
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(event.data, `{"FAILED":1,"PENDING":1}`) {
		require.True(t, time.Now().Before(deadline))
		event, _ = stream.next(t)
	}
}
