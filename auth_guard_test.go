// This file owns the tests of the guard: which routes need a key, and what each wrong one is answered.

package pyoco_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func withKeys(c *rigConfig) { c.gateway.Auth.Mode = pyoco.AuthAPIKey }

// key makes a key in the rig's NATS.
func (r *gatewayRig) key(t testing.TB, spec pyoco.KeySpec) *pyoco.IssuedKey {
	t.Helper()
	key, err := newKeys(t, r.nats, "").Create(t.Context(), spec)
	require.NoError(t, err)
	return key
}

// with makes a call with a key.
func (r *gatewayRig) with(t testing.TB, key, method, path, body string, header ...string) httpAnswer {
	t.Helper()
	return r.do(t, method, path, strings.NewReader(body), append([]string{"X-API-Key", key, "Content-Type", "application/json"}, header...)...)
}

// pathOf fills the wildcards of a route.
func pathOf(pattern, value string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") || strings.HasPrefix(part, "*") {
			parts[i] = value
		}
	}
	return strings.Join(parts, "/")
}

func TestEveryRouteNeedsAKeyThatDoesNotSayOtherwise(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, withKeys)
	open := []string{"/", "/health", "/ready", "/static/*path"} // contract
	for _, route := range rig.gw.Routes() {
		path := pathOf(route.Pattern, "1")
		if route.Open {
			require.Contains(t, open, route.Pattern)
			require.NotEqual(t, http.StatusUnauthorized, rig.do(t, route.Method, path, nil).status)
			continue
		}
		missing := rig.do(t, route.Method, path, nil)
		missing.requireProblem(t, http.StatusUnauthorized, "ERR-PYOCO-0014", "X-API-Key: an API key is required, here or as Authorization: Bearer")
		require.Equal(t, `Bearer realm="pyoco"`, missing.header.Get("WWW-Authenticate"))
	}
	require.Equal(t, http.StatusUnauthorized, rig.do(t, http.MethodHead, "/runs", nil).status)
}

func TestEachWrongKeyHasItsAnswer(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, withKeys)
	keys := newKeys(t, rig.nats, "")
	good := rig.key(t, pyoco.KeySpec{Tenant: "a"})
	revoked := rig.key(t, pyoco.KeySpec{Tenant: "a"})
	_, err := keys.Revoke(t.Context(), revoked.ID)
	require.NoError(t, err)
	expired := rig.key(t, pyoco.KeySpec{Tenant: "a", Expires: time.Microsecond})
	peppered, err := newKeys(t, rig.nats, "pepper").Create(t.Context(), pyoco.KeySpec{Tenant: "a"})
	require.NoError(t, err)

	for _, header := range [][]string{
		{"X-API-Key", good.Text}, {"Authorization", "Bearer " + good.Text}, {"Authorization", "bearer " + good.Text},
		{"X-Api-Key", " " + good.Text + " "}, {"X-API-Key", good.Text, "Authorization", "Bearer nonsense"},
	} {
		require.Equal(t, http.StatusOK, rig.do(t, http.MethodGet, "/runs", nil, header...).status, header)
	}
	const invalid = "the API key is not valid"
	for text, want := range map[string]string{
		"nonsense":                   invalid,
		good.Text + "x":              invalid,
		good.Text[:len(good.Text)-8]: invalid,
		"pyoco_" + strings.Repeat("0", 24) + "." + strings.Repeat("A", 43): invalid,
		peppered.Text: invalid,
		revoked.Text:  "the API key was revoked: ask for a new one",
		expired.Text:  "the API key has expired: ask for a new one",
	} {
		rig.do(t, http.MethodGet, "/runs", nil, "X-API-Key", text).requireProblem(t, http.StatusForbidden, "ERR-PYOCO-0015", want)
	}
	for _, header := range [][]string{{"Authorization", "Basic " + good.Text}, {"X-API-Key", ""}, {"Authorization", good.Text}} {
		require.Equal(t, http.StatusUnauthorized, rig.do(t, http.MethodGet, "/runs", nil, header...).status, header)
	}
	admin := rig.key(t, pyoco.KeySpec{Tenant: "ops", Scopes: []string{pyoco.ScopeAdmin}})
	metrics := rig.with(t, admin.Text, http.MethodGet, "/metrics", "").body
	for _, line := range []string{`{reason="missing"} 3`, `{reason="invalid"} 5`, `{reason="revoked"} 1`, `{reason="expired"} 1`} {
		require.Contains(t, metrics, "pyoco_http_auth_failures_total"+line)
	}
}

func TestAKeyIsRefusedOnceItIsRevokedOrRotatedAndItsStreamsEnd(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, withKeys)
	keys := newKeys(t, rig.nats, "")
	first, second := rig.key(t, pyoco.KeySpec{Tenant: "a"}), rig.key(t, pyoco.KeySpec{Tenant: "a"})
	refused := func(key string) func() bool {
		return func() bool { return rig.with(t, key, http.MethodGet, "/runs", "").status == http.StatusForbidden }
	}
	stream := rig.watch(t, "/events", "X-API-Key", second.Text)
	require.Equal(t, http.StatusOK, stream.status)
	require.False(t, refused(first.Text)())
	rotated, err := keys.Rotate(t.Context(), first.ID)
	require.NoError(t, err)
	require.Eventually(t, refused(first.Text), 10*time.Second, time.Millisecond)
	require.Equal(t, http.StatusOK, rig.with(t, rotated.Text, http.MethodGet, "/runs", "").status)
	_, err = keys.Revoke(t.Context(), second.ID)
	require.NoError(t, err)
	require.Eventually(t, refused(second.Text), 10*time.Second, time.Millisecond)
	for e, open := stream.next(t); e.name != "end"; e, open = stream.next(t) {
		require.True(t, open, "the stream says that it ends")
	}
}

func TestAKnownKeyIsTakenWithoutNATSForAWhileAndANewOneIsUnavailable(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, withKeys)
	known, other := rig.key(t, pyoco.KeySpec{Tenant: "a"}), rig.key(t, pyoco.KeySpec{Tenant: "a"})
	require.Eventually(t, func() bool { // while the watch still tells of new keys, none is kept
		return rig.with(t, known.Text, http.MethodGet, "/runs", "").status == http.StatusOK && rig.gw.KnownKeys() == 1
	}, 10*time.Second, time.Millisecond)
	rig.nats.Stop(t)
	listed := rig.with(t, known.Text, http.MethodGet, "/runs", "")
	require.Equal(t, http.StatusOK, listed.status, "the list is in memory: %s", listed.body)
	away := rig.with(t, other.Text, http.MethodGet, "/runs", "")
	away.requireProblem(t, http.StatusServiceUnavailable, "ERR-PYOCO-0003",
		"the API key can't be checked now, NATS is not available: try again in a moment (see GET /ready)")
	require.NotEmpty(t, away.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, rig.do(t, http.MethodGet, "/health", nil).status)
}

func TestAKeyMayDoWhatItsScopesSay(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, withKeys)
	for _, scope := range pyoco.Scopes() {
		key := rig.key(t, pyoco.KeySpec{Tenant: "a", Scopes: []string{scope}})
		for _, route := range rig.gw.Routes() {
			noun, verb := "runs", "write"
			for _, other := range []string{"workers", "wheels"} {
				if strings.HasPrefix(route.Pattern, "/"+other) {
					noun = other
				}
			}
			if route.Open || route.Stream && noun == "runs" { // those have no end
				continue
			}
			if route.Method == http.MethodGet {
				verb = "read"
			}
			answer := rig.with(t, key.Text, route.Method, pathOf(route.Pattern, "1"), "")
			if route.Pattern == "/openapi.json" || route.Pattern == "/whoami" {
				require.Equal(t, http.StatusOK, answer.status, "any key will do")
				continue
			}
			if needs := noun + ":" + verb; !slices.Contains([]string{needs, pyoco.ScopeAdmin}, scope) {
				answer.requireProblem(t, http.StatusForbidden, "ERR-PYOCO-0015", "the API key has not the scope "+needs+", which this call needs")
			} else {
				require.NotEqual(t, http.StatusForbidden, answer.status, "%s %s with %s", route.Method, route.Pattern, scope)
			}
		}
	}
}

func TestAnAddressThatGuessesIsStoppedAndKnownKeysGoOn(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, withKeys)
	known, other := rig.key(t, pyoco.KeySpec{Tenant: "a"}), rig.key(t, pyoco.KeySpec{Tenant: "a"})
	require.Eventually(t, func() bool { return rig.with(t, known.Text, http.MethodGet, "/runs", "").status == http.StatusOK }, 10*time.Second, time.Millisecond)
	require.Eventually(t, func() bool {
		return rig.with(t, "nonsense", http.MethodGet, "/runs", "", "X-Forwarded-For", "203.0.113.7").status == http.StatusTooManyRequests
	}, 10*time.Second, time.Millisecond, "a header of anybody's is not believed")
	stopped := rig.with(t, other.Text, http.MethodGet, "/runs", "")
	stopped.requireProblem(t, http.StatusTooManyRequests, "ERR-PYOCO-0015", "too many API keys from this address were refused: try again later")
	require.NotEmpty(t, stopped.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, rig.with(t, known.Text, http.MethodGet, "/runs", "").status)
}
