// This file owns the tests of nodes whose clients, and whose fellows, must show who they are.

package natsd_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
)

func TestClientsAndServersMustShowTheUser(t *testing.T) {
	t.Parallel()
	const user, password = "pyoco", `p@ss:/%"\ $word`
	port := natstest.FreePort(t)
	one, two := member(t, port), member(t, natstest.FreePort(t), port)
	one.User, one.Password, two.User, two.Password = user, password, user, password
	s1, s2 := run(t, one, nil), run(t, two, nil)
	awaitAll(t, s1, s2)

	_, err := nats.Connect(s1.ClientURL())
	require.ErrorIs(t, err, nats.ErrAuthorization)
	_, err = nats.Connect(s1.ClientURL(), nats.UserInfo(user, "wrong"))
	require.ErrorIs(t, err, nats.ErrAuthorization)
	nc, err := nats.Connect(s1.ClientURL(), nats.UserInfo(user, password))
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the leader may not have heard of both
		_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Replicas: 2})
		return err == nil
	}, 20*time.Second, 50*time.Millisecond)
	_, err = nc.Request("$SYS.REQ.SERVER.PING", nil, time.Second)
	require.ErrorIs(t, err, nats.ErrNoResponders, "clients don't manage")
	manager, err := nats.Connect(s2.ClientURL(), nats.UserInfo("system", readIdentity(t, two.Folder).SystemPassword))
	require.NoError(t, err)
	manager.Close()
	got, err := natsd.Inspect(one.Folder)
	require.NoError(t, err)
	assert.Equal(t, []string{user, password}, []string{got.User, got.Password})

	var log lockedBuffer
	stranger := member(t, natstest.FreePort(t), port)
	refused := run(t, stranger, &log)
	require.Eventually(t, func() bool { return contains(&log, "Authorization Violation") }, 20*time.Second, 50*time.Millisecond)
	select {
	case <-refused.Ready():
		require.Fail(t, "a stranger is a member")
	default:
	}
}

func TestAUserCanBeChangedAndTakenAwayAtAStart(t *testing.T) {
	t.Parallel()
	node := natsd.Node{Folder: t.TempDir(), Port: natsd.AnyPort, MonitorPort: natsd.AnyPort, SyncInterval: time.Minute}
	for _, user := range []string{"", "a", "b", ""} {
		node.User, node.Password = user, user
		s := run(t, node, nil)
		if user != "" {
			_, err := nats.Connect(s.ClientURL())
			require.ErrorIs(t, err, nats.ErrAuthorization)
		}
		nc, err := nats.Connect(s.ClientURL(), nats.UserInfo(user, user))
		require.NoError(t, err)
		nc.Close()
		got, err := natsd.Inspect(node.Folder)
		require.NoError(t, err)
		require.Equal(t, user, got.User)
		s.Shutdown()
	}
}
