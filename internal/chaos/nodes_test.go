//go:build unix

// This file owns a cluster of NATS servers: the built nats-bootstrap, run as an operator runs it.

package chaos

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

// node is a place in the cluster that one process after the other takes.
type node struct {
	system      *system
	name        string
	command     []string
	clusterPort string
	monitor     string // URL
	generation  int
	process     *clitest.Process
	life        life
}

const clusterSize = 3

// startCluster starts three servers and, once they take writes, everything else, with three replicas of all that is made.
func startCluster(t *testing.T, dir string, log *slog.Logger) *system {
	t.Helper()
	s := newSystem(dir, log)
	program := filepath.Join(dir, "nats-bootstrap")
	command(t, "go", "build", "-o", program, "github.com/pyoco/pyoco/cmd/nats-bootstrap")
	var urls []string
	for i := range clusterSize {
		client, monitor := strconv.Itoa(natstest.FreePort(t)), strconv.Itoa(natstest.FreePort(t))
		n := &node{system: s, name: fmt.Sprintf("n%d", i+1), clusterPort: strconv.Itoa(natstest.FreePort(t)), monitor: "http://127.0.0.1:" + monitor}
		n.command = []string{program, "up", "--cluster", "chaos"}
		if i > 0 {
			n.command = []string{program, "join", "--cluster", "chaos", "--seed", "127.0.0.1:" + s.nodes[0].clusterPort}
		}
		n.command = append(n.command, "--listen", "127.0.0.1", "--client-port", client, "--http-port", monitor,
			"--cluster-port", n.clusterPort, "--datafolder", filepath.Join(dir, n.name))
		s.nodes, urls = append(s.nodes, n), append(urls, "nats://127.0.0.1:"+client)
	}
	s.url = strings.Join(urls, ",")
	for _, n := range s.nodes {
		n.start(t)
	}
	for _, n := range s.nodes {
		n.wait(t)
	}
	s.startParts(t, clusterSize)
	return s
}

// start starts the next generation.
func (n *node) start(t *testing.T) {
	t.Helper()
	n.generation++
	n.life = life{Role: roleNATS, Name: n.name, Process: fmt.Sprintf("%s.%d", n.name, n.generation), Span: span{From: now()}}
	n.system.log.Info("start", "process", n.life.Process)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), n.command[0], n.command[1:]...)
	cmd.Env = clitest.Environ()
	n.process = clitest.StartProcess(t, cmd)
}

// wait returns when the server takes writes and has all that the others have.
func (n *node) wait(t *testing.T) {
	t.Helper()
	n.process.Out.Wait(t, `"message":"NATS is ready"`)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: startTime}
	healthy := func() bool {
		answer, err := client.Get(n.monitor + "/healthz")
		if err != nil {
			return false
		}
		return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	}
	require.Eventually(t, healthy, settleTime, 100*time.Millisecond, "%s has not caught up", n.life.Process)
	n.system.log.Info("caught up", "process", n.life.Process)
}

// kill ends the process as a crash does. It is recorded.
func (n *node) kill(t *testing.T) {
	t.Helper()
	n.system.log.Info("kill", "process", n.life.Process)
	n.process.Signal(t, syscall.SIGKILL)
	n.life.Killed = n.process.Code(t) == -1
	require.True(t, n.life.Killed, "%s had ended by itself: %s", n.life.Process, n.process.Err)
	n.ended()
}

// end ends the process cleanly. It is recorded.
func (n *node) end(t *testing.T) {
	t.Helper()
	if n.process == nil {
		return
	}
	n.process.Signal(t, syscall.SIGTERM)
	if code := n.process.Code(t); code != 0 {
		n.life.Fault = fmt.Sprintf("ended with code %d", code)
	}
	n.ended()
}

func (n *node) ended() {
	n.life.Span.To = now()
	n.system.journal.lived(n.life)
	log := n.process.Out.String() + n.process.Err.String()
	if err := os.WriteFile(filepath.Join(n.system.dir, n.life.Process+".log"), []byte(log), 0o600); err != nil {
		n.system.log.Error("a log is lost", "process", n.life.Process, "error", err)
	}
	n.process = nil
}

// leader is the one of some nodes that leads a stream, or nil, also where that is not known.
func (s *system) leader(t *testing.T, stream string, among []*node) (leader *node) {
	t.Helper()
	s.withJetStream(t, func(js jetstream.JetStream) {
		found, err := js.Stream(t.Context(), stream)
		for _, n := range among {
			if err == nil && strings.Contains(found.CachedInfo().Cluster.Leader, "-"+n.clusterPort+"-") {
				leader = n
			}
		}
	})
	return leader
}
