// This file owns the tests of the address of NATS: what is refused, and that no password is shown.

package cli_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli"
)

func TestAnAddressIsShownWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	for servers, want := range map[string]string{
		"nats://127.0.0.1:4222":                    "nats://127.0.0.1:4222",
		"127.0.0.1:4222":                           "nats://127.0.0.1:4222",
		"tls://me:pass@host, nats://token@other:1": "tls://xxxxx@host,nats://xxxxx@other:1",
		"me:p@ss@host":                             "nats://xxxxx@host",
		"ws://a b":                                 "ws://a b",
	} {
		require.Equal(t, want, cli.Redact(servers))
	}
}

func TestAnAddressThatCannotBeReadIsABadCommandLine(t *testing.T) {
	t.Parallel()
	for servers, want := range map[string]string{
		"nats://me:secret@a b":            "the URL of the NATS server can't be read: nats://xxxxx@a b",
		"nats://ok,nats://me:se%zzcret@a": "the URL of the NATS server can't be read: nats://ok,nats://xxxxx@a",
		"nats://me:secret@a,ws://b":       "the NATS server nats://xxxxx@a,ws://b can't be used: nats: mixing of websocket and non websocket URLs is not allowed",
	} {
		_, err := cli.Connect(servers, "test", cli.Access{}, slog.New(slog.DiscardHandler))
		var bad *cli.Error
		require.ErrorAs(t, err, &bad)
		require.Equal(t, want, bad.Reason)
		require.Equal(t, cli.UsageID, bad.ID)
	}
	nc, err := cli.Connect("127.0.0.1:1", "test", cli.Access{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err, "a server that is away is no error")
	nc.Close()
}
