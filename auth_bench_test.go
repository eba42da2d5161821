// This file owns the benchmarks of the guard: what a known key adds to a call.

package pyoco

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
)

// BenchmarkGuard compares GET /runs/{id} with a known key and without one: ns/op of both, and of the guard by itself.
func BenchmarkGuard(b *testing.B) {
	nats := natstest.Start(b)
	gateway := func(mode AuthMode) *Gateway {
		g, err := NewGateway(nats.Connect(b), GatewayConfig{Auth: AuthConfig{Mode: mode}})
		require.NoError(b, err)
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		go func() { ended <- g.Run(ctx) }()
		b.Cleanup(func() { cancel(); require.NoError(b, <-ended) })
		ready, done := context.WithTimeout(b.Context(), 20*time.Second)
		defer done()
		require.NoError(b, g.Ready(ready))
		return g
	}
	open, closed := gateway(AuthNone), gateway(AuthAPIKey)
	keys, err := NewKeys(nats.Connect(b), KeysConfig{})
	require.NoError(b, err)
	key, err := keys.Create(b.Context(), KeySpec{Tenant: "a"})
	require.NoError(b, err)
	owner := context.WithValue(b.Context(), callerKey{}, &caller{tenant: "a", keyID: key.ID})
	run, err := closed.Submit(owner, Submission{Flow: "main"})
	require.NoError(b, err)
	get := func(b *testing.B, g *Gateway) {
		for b.Loop() {
			r := httptest.NewRequest(http.MethodGet, "/runs/"+run.ID, nil)
			r.Header.Set("X-API-Key", key.Text)
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Fatal(w.Code, w.Body)
			}
		}
	}
	b.Run("open", func(b *testing.B) { get(b, open) })
	b.Run("key", func(b *testing.B) { get(b, closed) })
	b.Run("guard", func(b *testing.B) {
		r := httptest.NewRequest(http.MethodGet, "/runs/"+run.ID, nil)
		r.Header.Set("X-API-Key", key.Text)
		for b.Loop() {
			if _, err := closed.authenticate(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
