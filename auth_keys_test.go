// This file owns the tests of the administration of keys.

package pyoco_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

func newKeys(t testing.TB, nats *natstest.Server, pepper string) *pyoco.Keys {
	t.Helper()
	keys, err := pyoco.NewKeys(nats.Connect(t), pyoco.KeysConfig{Pepper: pepper})
	require.NoError(t, err)
	return keys
}

func newKeysOn(t testing.TB, nc *nats.Conn) *pyoco.Keys {
	t.Helper()
	keys, err := pyoco.NewKeys(nc, pyoco.KeysConfig{})
	require.NoError(t, err)
	return keys
}

func TestKeysAreMadeListedRevokedAndRotated(t *testing.T) {
	t.Parallel()
	nats := natstest.Start(t)
	keys := newKeys(t, nats, "")
	list, err := keys.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)
	require.NotNil(t, list)

	first, err := keys.Create(t.Context(), pyoco.KeySpec{Tenant: "a"})
	require.NoError(t, err)
	second, err := keys.Create(t.Context(), pyoco.KeySpec{
		Tenant: "b", Name: "n", Scopes: []string{pyoco.ScopeRunsRead}, Expires: time.Hour,
	})
	require.NoError(t, err)
	require.InDelta(t, float64(second.CreatedAt)+3600, float64(second.ExpiresAt), 0.01)
	list, err = keys.List(t.Context())
	require.NoError(t, err)
	require.Equal(t, []*pyoco.APIKey{&second.APIKey, &first.APIKey}, list)

	rotated, err := keys.Rotate(t.Context(), second.ID)
	require.NoError(t, err)
	require.Equal(t, second.ID, rotated.ID)
	require.NotEqual(t, second.Text, rotated.Text)
	require.Equal(t, second.Scopes, rotated.Scopes)
	require.NotZero(t, rotated.RotatedAt)

	revoked, err := keys.Revoke(t.Context(), first.ID)
	require.NoError(t, err)
	require.NotZero(t, revoked.RevokedAt)
	again, err := keys.Revoke(t.Context(), first.ID)
	require.NoError(t, err)
	require.Equal(t, revoked, again, "it stays as it is")
	_, err = keys.Rotate(t.Context(), first.ID)
	require.ErrorIs(t, err, pyoco.ErrInvalid)
	for _, id := range []string{"0123456789abcdef01234567", "no.such>key", ""} {
		_, err = keys.Revoke(t.Context(), id)
		require.ErrorIs(t, err, pyoco.ErrNotFound, id)
	}
}

func TestAKeySpecThatCannotBeUsedNamesItsField(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, natstest.Start(t), "")
	for text, spec := range map[string]pyoco.KeySpec{
		`tenant: must be 1 to 64 of A-Z, a-z, 0-9, _ and -, got ""`:    {},
		`tenant: must be 1 to 64 of A-Z, a-z, 0-9, _ and -, got "a.b"`: {Tenant: "a.b"},
		`name: must be at most 200 bytes, got 201`:                     {Tenant: "a", Name: strings.Repeat("n", 201)},
		`expires: must be above 0, got -1s`:                            {Tenant: "a", Expires: -time.Second},
		`scopes: must be of runs:read, runs:write, workers:read, workers:write, wheels:read, wheels:write, admin, got "all"`: {
			Tenant: "a", Scopes: []string{"all"},
		},
	} {
		_, err := keys.Create(t.Context(), spec)
		require.ErrorIs(t, err, pyoco.ErrInvalid)
		require.EqualError(t, err, text)
	}
}

func TestARevocationIsNotLostBesideARotation(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, natstest.Start(t), "")
	key, err := keys.Create(t.Context(), pyoco.KeySpec{Tenant: "a"})
	require.NoError(t, err)
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() { _, _ = keys.Rotate(context.WithoutCancel(t.Context()), key.ID) })
	}
	calls.Go(func() {
		if _, err := keys.Revoke(context.WithoutCancel(t.Context()), key.ID); err != nil {
			t.Error(err)
		}
	})
	calls.Wait()
	list, err := keys.List(t.Context())
	require.NoError(t, err)
	require.NotZero(t, list[0].RevokedAt)
}
