// This file owns the test of what is said about a connection that is not there.

package jet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestAwayNamesTheServersWithoutTheirPasswords(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	nc, err := nats.Connect(strings.Replace(server.URL(), "nats://", "nats://me:secret@", 1), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	j, err := jet.New(nc)
	require.NoError(t, err)
	require.NoError(t, j.Away())

	server.Stop(t)
	require.Eventually(t, func() bool { return j.Away() != nil }, patience, 5*time.Millisecond)
	require.ErrorContains(t, j.Away(), "no connection to "+strings.TrimPrefix(server.URL(), "nats://"))
	require.NotContains(t, j.Away().Error(), "secret")
}
