// This file owns a cluster of servers: what is replicated behaves in other ways than what one server holds.

package natstest

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// Cluster is several nats-servers with JetStream that end with the test.
type Cluster struct {
	servers []*server.Server
}

// StartCluster runs a cluster and returns when its JetStream has a leader and knows all its members.
func StartCluster(t testing.TB, size int) *Cluster {
	t.Helper()
	routes := make([]*url.URL, size)
	for i := range routes {
		routes[i] = &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", FreePort(t))}
	}
	c := &Cluster{servers: make([]*server.Server, size)}
	for i := range c.servers {
		ns, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), Routes: routes,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: portOf(t, routes[i])},
		})
		require.NoError(t, err)
		c.servers[i] = ns
		ns.Start()
		t.Cleanup(func() {
			ns.Shutdown()
			ns.WaitForShutdown()
		})
	}
	require.Eventually(t, c.whole, 30*time.Second, 20*time.Millisecond)
	return c
}

func portOf(t testing.TB, u *url.URL) (port int) {
	t.Helper()
	_, err := fmt.Sscan(u.Port(), &port)
	require.NoError(t, err)
	return port
}

// whole says that the leader of JetStream knows every member.
func (c *Cluster) whole() bool {
	for _, ns := range c.servers {
		if ns.JetStreamIsLeader() {
			return len(ns.JetStreamClusterPeers()) == len(c.servers)
		}
	}
	return false
}

// Connect opens a connection to one of the servers, which is closed with the test.
func (c *Cluster) Connect(t testing.TB, member int) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(c.servers[member].ClientURL(), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}
