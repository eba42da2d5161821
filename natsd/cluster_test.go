// This file owns the tests of nodes that are a cluster: how they find each other, in any order and without their seed.

package natsd_test

import (
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
)

// member is a node of the cluster c, on ports of its own.
func member(t *testing.T, port int, seeds ...int) natsd.Node {
	t.Helper()
	c := &natsd.Cluster{Name: "c", Host: "127.0.0.1", Port: port}
	for _, seed := range seeds {
		c.Seeds = append(c.Seeds, net.JoinHostPort("127.0.0.1", strconv.Itoa(seed)))
	}
	return natsd.Node{
		Folder: filepath.Join(t.TempDir(), strconv.Itoa(port)), Port: natsd.AnyPort, MonitorPort: natsd.AnyPort,
		SyncInterval: time.Minute, Cluster: c,
	}
}

func run(t *testing.T, n natsd.Node, log *lockedBuffer) *natsd.Server {
	t.Helper()
	cfg, err := n.Config()
	require.NoError(t, err)
	if log != nil {
		cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	}
	return start(t, cfg)
}

func contains(log *lockedBuffer, text string) bool { return strings.Contains(log.String(), text) }

// awaitAll waits until all servers take writes.
func awaitAll(t *testing.T, servers ...*natsd.Server) {
	t.Helper()
	for _, s := range servers {
		select {
		case <-s.Ready():
		case <-time.After(20 * time.Second):
			require.Fail(t, "a server does not get ready")
		}
	}
}

func TestClusterComesUpInAnyOrderAndWithoutItsSeed(t *testing.T) {
	t.Parallel()
	port := natstest.FreePort(t)
	one := member(t, port)
	two, three := member(t, natstest.FreePort(t), port), member(t, natstest.FreePort(t), port)

	var log lockedBuffer
	s3, s2 := run(t, three, &log), run(t, two, nil)
	require.Eventually(t, func() bool { // the seed is missing, and it says so
		return contains(&log, "JetStream waits for other servers of the cluster") && contains(&log, "cluster=c here=1 needed=2")
	}, 10*time.Second, 50*time.Millisecond)
	select {
	case <-s3.Ready():
		require.Fail(t, "ready without a majority")
	default:
	}
	s1 := run(t, one, nil)
	awaitAll(t, s1, s2, s3)
	assert.True(t, contains(&log, "JetStream takes writes"))

	// Whichever of the two others called the other has kept its address.
	require.Eventually(t, func() bool {
		return len(readIdentity(t, two.Folder).Peers)+len(readIdentity(t, three.Folder).Peers) == 3
	}, 10*time.Second, 50*time.Millisecond)
	s1.Shutdown()
	s2.Shutdown()
	s3.Shutdown()

	s2, s3 = run(t, two, nil), run(t, three, nil)
	awaitAll(t, s2, s3)
}
