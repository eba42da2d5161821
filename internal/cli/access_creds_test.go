// This file owns the test of credentials: a server that trusts an operator, and a user's file with a JWT and a seed.

package cli_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli"
)

// identity is a pair of keys with what it is known by.
func identity(t *testing.T, make func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string) {
	t.Helper()
	pair, err := make()
	require.NoError(t, err)
	public, err := pair.PublicKey()
	require.NoError(t, err)
	return pair, public
}

// credsOf is a file as nsc makes it, for a user of an account.
func credsOf(t *testing.T, account nkeys.KeyPair) string {
	t.Helper()
	user, public := identity(t, nkeys.CreateUser)
	claims, err := jwt.NewUserClaims(public).Encode(account)
	require.NoError(t, err)
	seed, err := user.Seed()
	require.NoError(t, err)
	text, err := jwt.FormatUserConfig(claims, seed)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "user.creds")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return file
}

func TestAServerThatTrustsAnOperatorIsShownCredentials(t *testing.T) {
	t.Parallel()
	operator, trusted := identity(t, nkeys.CreateOperator)
	account, name := identity(t, nkeys.CreateAccount)
	claims, err := jwt.NewAccountClaims(name).Encode(operator)
	require.NoError(t, err)
	accounts := &server.MemAccResolver{}
	require.NoError(t, accounts.Store(name, claims))
	url := serverThatAsks(t, server.Options{TrustedKeys: []string{trusted}, AccountResolver: accounts})
	stranger, _ := identity(t, nkeys.CreateAccount)
	for file, in := range map[string]bool{credsOf(t, account): true, credsOf(t, stranger): false, "": false} {
		nc, err := cli.Connect(url, "test", cli.Access{Creds: file}, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.Equal(t, in, nc.IsConnected(), file)
		nc.Close()
	}
}
