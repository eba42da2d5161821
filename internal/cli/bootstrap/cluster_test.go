//go:build unix

// This file owns the test of the owner's three servers: real processes, of which each is killed in turn.

package bootstrap_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

const readme = "../../../README.md"

// trio is a cluster of three processes, as the README starts it.
type trio struct {
	folder  string
	own     *strings.Replacer // ports of the test for those of the README
	args    [][]string
	servers [3]*clitest.Process
	urls    []string

	clusterPorts [3]string
}

// startTrio starts the servers and waits until all take writes.
func startTrio(t *testing.T) *trio {
	t.Helper()
	c := &trio{folder: t.TempDir()}
	var ports []string
	for i := range c.clusterPorts {
		for _, first := range []int{4222, 8222, 6222} {
			ports = append(ports, strconv.Itoa(first+i), strconv.Itoa(natstest.FreePort(t)))
		}
	}
	c.own = strings.NewReplacer(ports...)
	c.args = c.commands(t, 0)
	require.Len(t, c.args, 3)
	for i := range c.clusterPorts {
		c.urls = append(c.urls, c.own.Replace("nats://127.0.0.1:"+strconv.Itoa(4222+i)))
		c.clusterPorts[i] = c.own.Replace(strconv.Itoa(6222 + i))
	}
	c.start(t, 0)
	await(t, c.servers[0].Out, "NATS listens, and waits for the cluster")
	c.start(t, 1)
	c.start(t, 2)
	for _, s := range c.servers {
		await(t, s.Out, "NATS is ready")
	}
	return c
}

// commands are the lines of a block of the README's section, as arguments.
func (c *trio) commands(t *testing.T, block int) [][]string {
	t.Helper()
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## NATS, one or three\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := strings.Split(section, "```bash\n")
	lines, _, _ := strings.Cut(blocks[block+1], "```")
	var commands [][]string
	for line := range strings.Lines(lines) {
		words := strings.Fields(c.own.Replace(line))
		require.Equal(t, "nats-bootstrap", words[0])
		commands = append(commands, words[1:])
	}
	return commands
}

func (c *trio) start(t *testing.T, i int) {
	t.Helper()
	c.servers[i] = launch(t, c.folder, c.args[i]...)
}

func TestThreeServersLoseNothingWhileEachIsKilledInTurn(t *testing.T) {
	t.Parallel()
	c := startTrio(t)
	info, err := os.Stat(filepath.Join(c.folder, "artifacts/nats/n1/nats-server.conf"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	nc, err := nats.Connect(strings.Join(c.urls, ","), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: 3})
	require.NoError(t, err)

	acknowledged, longest := map[string]bool{}, time.Duration(0)
	left := map[int]bool{0: true, 1: true, 2: true}
	for len(left) > 0 {
		i := c.leaderLast(t, js, left)
		delete(left, i)
		c.servers[i].Signal(t, syscall.SIGKILL)
		c.servers[i].Code(t)
		for n := range 20 {
			id, began := strconv.Itoa(i)+"-"+strconv.Itoa(n), time.Now()
			publish(t, js, id)
			acknowledged[id] = true
			longest = max(longest, time.Since(began))
		}
		c.start(t, i)
		await(t, c.servers[i].Out, "NATS is ready") // it may still have to catch up when the next one is killed
	}
	t.Logf("longest pause: %s", longest.Round(time.Millisecond))
	require.Equal(t, acknowledged, stored(t, js, "S"))
	for _, s := range c.servers {
		require.Equal(t, 0, end(t, s, syscall.SIGTERM), s.Err.String())
	}
}

func TestAServerLeavesAndAnotherIsStopped(t *testing.T) {
	t.Parallel()
	c := startTrio(t)
	folder := func(i int) string { return filepath.Join(c.folder, "artifacts/nats/n"+strconv.Itoa(i+1)) }
	nc, err := nats.Connect(c.urls[0])
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the third may not be a member yet
		_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: 3})
		return err == nil
	}, clitest.Patience, 100*time.Millisecond)
	refused := run(t, "leave", "--datafolder", folder(2))
	require.Equal(t, 2, refused.code)
	require.Contains(t, refused.errs, "the server is needed: stream S asks for 3 replicas, and 2 servers would be left")
	require.NoError(t, js.DeleteStream(t.Context(), "S"))
	require.Eventually(t, func() bool { // on each of the servers
		return !strings.Contains(run(t, "status", "--datafolder", folder(0), "--output", "json").out, `"name": "S"`)
	}, clitest.Patience, 100*time.Millisecond)

	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ONE", Subjects: []string{"one"}})
	require.NoError(t, err)
	var printed strings.Builder
	for _, args := range c.commands(t, 1) {
		p := launch(t, c.folder, args...)
		require.Equal(t, 0, p.Code(t), "%s: %s", args, p.Err)
		printed.WriteString(p.Out.String())
	}
	require.Regexp(t, `(?s)pyoco +3 +2 .*risk replicas: pyoco: .*"name": "ONE".*"stopped": true.*"stopped": \d+`, printed.String())
	require.Equal(t, 0, c.servers[2].Code(t))
	require.Equal(t, 0, c.servers[1].Code(t))
	require.NoFileExists(t, filepath.Join(folder(2), "node.json"))
	doctor := run(t, "doctor", "--datafolder", folder(0))
	require.Equal(t, 2, doctor.code)
	require.Contains(t, doctor.out, "failure quorum: pyoco: nothing can be stored: JetStream needs 2 of its 2 servers, and 1 are there\n  do: start the missing servers")
}

// leaderLast chooses one of the servers that are left: the stream's leader at the end, so that there is one election and
// not up to three.
func (c *trio) leaderLast(t *testing.T, js jetstream.JetStream, left map[int]bool) int {
	t.Helper()
	s, err := js.Stream(t.Context(), "S")
	require.NoError(t, err)
	leader := -1
	for i := range left {
		if strings.Contains(s.CachedInfo().Cluster.Leader, "-"+c.clusterPorts[i]+"-") {
			leader = i
			continue
		}
		return i
	}
	return leader
}

// publish sends a message until it is acknowledged, each time with the same id.
func publish(t *testing.T, js jetstream.JetStream, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		attempt, end := context.WithTimeout(ctx, time.Second)
		_, err := js.Publish(attempt, "s", []byte(id), jetstream.WithMsgID(id))
		end()
		if err == nil {
			return
		}
		require.NoError(t, ctx.Err(), "last answer: %v", err)
	}
}

// stored are the payloads of a stream.
func stored(t *testing.T, js jetstream.JetStream, name string) map[string]bool {
	t.Helper()
	s, err := js.Stream(t.Context(), name)
	require.NoError(t, err)
	payloads := map[string]bool{}
	for seq := s.CachedInfo().State.FirstSeq; seq <= s.CachedInfo().State.LastSeq; seq++ {
		msg, err := s.GetMsg(t.Context(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		require.NoError(t, err)
		payloads[string(msg.Data)] = true
	}
	return payloads
}
