// This file owns the servers of the tests: one alone, or a cluster, each with connections of both kinds.

package admin_test

import (
	"net"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node is a running server of the test.
type node struct {
	*natsd.Server
	folder natsd.Folder
	as     natsd.Node
}

// run starts a node until the test ends.
func run(t *testing.T, n natsd.Node) node {
	t.Helper()
	cfg, err := n.Config()
	require.NoError(t, err)
	s, err := natsd.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(s.Shutdown)
	f, err := natsd.Inspect(n.Folder)
	require.NoError(t, err)
	return node{s, f, n}
}

// alone starts a server by itself.
func alone(t *testing.T) node {
	t.Helper()
	return run(t, natsd.Node{Folder: t.TempDir(), Port: natstest.FreePort(t), MonitorPort: natstest.FreePort(t), SyncInterval: 2 * time.Minute})
}

// cluster starts servers that take writes, on all of them.
func cluster(t *testing.T, size int) []node {
	t.Helper()
	nodes, ports := make([]node, size), make([]int, size)
	for i := range nodes {
		ports[i] = natstest.FreePort(t)
		c := &natsd.Cluster{Name: "c", Host: "127.0.0.1", Port: ports[i]}
		if i > 0 {
			c.Seeds = []string{net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0]))}
		}
		nodes[i] = run(t, natsd.Node{
			Folder: filepath.Join(t.TempDir(), strconv.Itoa(i)), Port: natstest.FreePort(t), MonitorPort: natstest.FreePort(t), Cluster: c,
		})
	}
	for _, n := range nodes {
		select {
		case <-n.Ready():
		case <-time.After(30 * time.Second):
			require.Fail(t, "a server does not get ready")
		}
	}
	js := jet(t, nodes[0].clients(t))
	require.Eventually(t, func() bool { // until the leader has heard of all of them
		_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "WHOLE", Replicas: size})
		return err == nil
	}, 30*time.Second, 50*time.Millisecond)
	require.NoError(t, js.DeleteStream(t.Context(), "WHOLE"))
	return nodes
}

// system is a connection of those who manage the servers.
func (n node) system(t *testing.T) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(n.folder.URL, nats.UserInfo(n.folder.SystemUser, n.folder.SystemPassword), nats.NoReconnect())
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}

// clients is a connection as runs use it.
func (n node) clients(t *testing.T) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(n.folder.URL)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}

func jet(t *testing.T, nc *nats.Conn) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}

// stream makes a stream with some messages, on a server of that name where one is given.
func stream(t *testing.T, js jetstream.JetStream, name string, replicas int, tags ...string) {
	t.Helper()
	cfg := jetstream.StreamConfig{Name: name, Subjects: []string{name}, Replicas: replicas}
	if len(tags) > 0 {
		cfg.Placement = &jetstream.Placement{Tags: tags}
	}
	_, err := js.CreateStream(t.Context(), cfg)
	require.NoError(t, err)
	for i := range 5 {
		_, err := js.Publish(t.Context(), name, []byte(strconv.Itoa(i)))
		require.NoError(t, err)
	}
}
