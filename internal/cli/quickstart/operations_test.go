//go:build unix

// This file owns the commands of docs/operations.md: they are run as they stand there, in an order that makes sense.

package quickstart_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
	"github.com/pyoco/pyoco/natsd/admin"
)

var flagCluster = flag.Bool("docs.cluster", false, "run the commands for a cluster of three, too: half a minute of elections")

// operator is a session with the document at hand.
type operator struct {
	*session
	document map[string][]string
	exports  string
	nodes    map[string]*clitest.Process // by folder
}

func newOperator(t *testing.T) *operator {
	t.Helper()
	o := &operator{session: newSession(t), document: blocks(t, "../../../docs/operations.md"), nodes: map[string]*clitest.Process{}}
	counts := map[string]int{}
	for heading, commands := range o.document {
		counts[heading] = len(commands)
	}
	require.Equal(t, map[string]int{"One node": 2, "Three nodes": 4, "Backup": 1, "Restore": 1, "Upgrade": 2, "Replace a node": 3}, counts, "a block that no test runs")
	ports := []string{"8000", strconv.Itoa(natstest.FreePort(t))}
	for i := range 4 {
		for _, first := range []int{4222, 8222, 6222} {
			ports = append(ports, strconv.Itoa(first+i), strconv.Itoa(natstest.FreePort(t)))
		}
	}
	o.own = strings.NewReplacer(ports...)
	o.exports = o.document["Three nodes"][1]
	require.NoError(t, os.WriteFile(filepath.Join(o.folder, "nats-password"), []byte("s3cret\n"), 0o600))
	return o
}

// join starts a server of the cluster by its line.
func (o *operator) join(line string) {
	o.t.Helper()
	_, folder, _ := strings.Cut(line, "--datafolder ")
	folder, _, _ = strings.Cut(folder, " ")
	o.nodes[folder] = o.start(line)
}

// does runs a block of the document and gives what it prints.
func (o *operator) does(heading string, block int) string {
	o.t.Helper()
	return o.run(o.exports + o.document[heading][block])
}

// soundly waits until doctor finds nothing wrong: servers that come back have to catch up.
func (o *operator) soundly() {
	o.t.Helper()
	var last string
	require.Eventually(o.t, func() bool {
		out, err := o.bash(o.document["Upgrade"][1]).CombinedOutput()
		last = string(out)
		return err == nil && last == "nothing is wrong\n"
	}, 2*clitest.Patience, 200*time.Millisecond, "doctor: %s", &last)
}

// state is what the first server knows, of which nothing is told while it starts.
func (o *operator) state() (s admin.State) {
	o.t.Helper()
	out, err := o.bash("nats-bootstrap status --output json --datafolder n1").Output()
	if err == nil {
		require.NoError(o.t, json.Unmarshal(out, &s))
	}
	return s
}

// awaitMembers waits until the cluster has so many servers, and each stream a leader that is there.
func (o *operator) awaitMembers(count int) {
	o.t.Helper()
	deadline := time.Now().Add(2 * clitest.Patience)
	ok := func(s admin.State) bool {
		led := map[string]bool{}
		for _, server := range s.Servers {
			led[server.Name] = server.Answered
		}
		leaderless := func(stream admin.Stream) bool { return !led[stream.Leader] }
		return s.Members == count && s.HasQuorum() && !slices.ContainsFunc(s.Streams, leaderless)
	}
	for s := o.state(); !ok(s); s = o.state() {
		require.True(o.t, time.Now().Before(deadline), "not %d members: %+v", count, s)
	}
}

// serverOf is the name of a folder's server.
func (o *operator) serverOf(folder string) string {
	o.t.Helper()
	f, err := natsd.Inspect(filepath.Join(o.folder, folder))
	require.NoError(o.t, err)
	return f.Name
}

func TestTheCommandsForOneNodeRun(t *testing.T) {
	t.Parallel()
	o := newOperator(t)
	one := o.document["One node"]
	// Without flags there are no other ports.
	nats := o.start(strings.TrimSpace(one[0]) + " --client-port 4222 --http-port 8222")
	printed := o.run(one[1])
	require.Contains(t, printed, "nothing is wrong\n")
	require.Zero(t, nats.Code(t))
}

func TestTheCommandsForThreeNodesRun(t *testing.T) {
	if !*flagCluster {
		t.Skip("elections take their time: -docs.cluster asks for it")
	}
	t.Parallel()
	o := newOperator(t)
	lines := strings.Split(strings.TrimSpace(o.document["Three nodes"][0]), "\n")
	require.Len(t, lines, 3)
	o.join(lines[2])
	o.join(lines[0])
	o.join(lines[1])
	o.awaitMembers(3)
	server := o.start(o.exports + o.document["Three nodes"][2])
	require.Contains(t, o.does("Three nodes", 3), "KV_pyoco_runs")
	o.soundly()
	require.Contains(t, o.does("Backup", 0), `"taken_at"`)

	o.does("Upgrade", 0)
	require.Zero(t, o.nodes["n2"].Code(t))
	o.join(lines[1])
	o.soundly()

	// One more and one less; then one is lost for good, and n3 comes in its place.
	o.join(strings.TrimSpace(o.document["Replace a node"][0]))
	o.awaitMembers(4)
	o.does("Replace a node", 1)
	require.Zero(t, o.nodes["n3"].Code(t))
	o.awaitMembers(3)
	lost := o.serverOf("n4")
	o.nodes["n4"].Signal(t, syscall.SIGKILL)
	require.Equal(t, -1, o.nodes["n4"].Code(t))
	o.join(lines[2])
	o.awaitMembers(4)
	o.run(strings.ReplaceAll(o.document["Replace a node"][2], "NAME", lost))
	o.awaitMembers(3)
	o.soundly()
	for _, stream := range o.state().Streams {
		require.Equal(t, []int{3, 2}, []int{stream.Replicas, len(stream.Copies)}, stream.Name)
	}

	server.Signal(t, os.Interrupt) // it may have met a cluster without a leader, and said so
	require.Equal(t, 130, server.Code(t), server.Err)
	for _, folder := range []string{"n1", "n2", "n3"} {
		o.nodes[folder].Signal(t, syscall.SIGTERM)
		require.Zero(t, o.nodes[folder].Code(t))
		require.NoError(t, os.RemoveAll(filepath.Join(o.folder, folder)))
	}
	for _, line := range lines {
		o.join(line)
	}
	o.awaitMembers(3)
	o.does("Restore", 0)
	o.soundly()
	require.Contains(t, o.run("nats-bootstrap status --datafolder n1"), "KV_pyoco_runs")
}
