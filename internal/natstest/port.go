// This file owns ports: each test process has blocks of its own, so that a port which a test keeps for later, or for a server
// that is stopped, is not given to another test meanwhile.

package natstest

import (
	"math/rand/v2"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Ports are below those that systems give out by themselves. A server on one of theirs could lose it while it is stopped: to a
// connection of another test, or to its own client, which then connects to itself.
const (
	lowestPort = 20_000
	blockPorts = 100
	blockCount = 120
)

// left are the ports of this process's blocks that FreePort has not given yet.
var left struct {
	sync.Mutex
	ports []int
}

// FreePort chooses a port on which nobody listens, and which no other test is given.
func FreePort(t testing.TB) int {
	t.Helper()
	left.Lock()
	defer left.Unlock()
	for range blockCount * blockPorts {
		if len(left.ports) == 0 {
			left.ports = takeBlock(t)
		}
		port := left.ports[0]
		left.ports = left.ports[1:]
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			require.NoError(t, l.Close())
			return port
		}
	}
	require.FailNow(t, "no free port")
	return 0
}

// takeBlock gives the ports of a block that no other process has, for as long as this one runs.
func takeBlock(t testing.TB) []int {
	t.Helper()
	first := rand.IntN(blockCount)
	for i := range blockCount {
		block := (first + i) % blockCount
		if !lockForGood(filepath.Join(portFolder(), strconv.Itoa(block))) {
			continue
		}
		ports := make([]int, blockPorts)
		for i := range ports {
			ports[i] = lowestPort + block*blockPorts + i
		}
		return ports
	}
	require.FailNow(t, "all ports are with other tests")
	return nil
}
