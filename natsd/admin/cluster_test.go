// This file owns the tests of a cluster as its state and its findings show it, while its servers go one after the other.

package admin_test

import (
	"cmp"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
	"github.com/pyoco/pyoco/natsd/admin"
)

// awaitState asks until the state is as it should be.
func awaitState(t *testing.T, system, clients *nats.Conn, ok func(*admin.State) bool) *admin.State {
	t.Helper()
	var s *admin.State
	require.Eventually(t, func() bool {
		var err error
		s, err = admin.Ask(t.Context(), system, clients)
		return err == nil && ok(s)
	}, 20*time.Second, 50*time.Millisecond)
	return s
}

// found are the findings of a check, as subject and severity.
func found(findings []admin.Finding, check admin.Check) map[string]admin.Severity {
	subjects := map[string]admin.Severity{}
	for _, f := range findings {
		if f.Check == check {
			subjects[f.Subject] = f.Severity
		}
	}
	return subjects
}

func TestAClusterWhoseServersGoOneAfterTheOther(t *testing.T) {
	t.Parallel()
	nodes := cluster(t, 3)
	system, clients := nodes[0].system(t), nodes[0].clients(t)
	js := jet(t, clients)
	stream(t, js, "ONE", 1)
	stream(t, js, "THREE", 3)

	s := awaitState(t, system, clients, func(s *admin.State) bool {
		return len(s.Streams) == 2 && len(s.Streams[1].Copies) == 2 && s.Streams[1].Messages == 5 && s.Streams[1].Lag() == 0
	})
	assert.Equal(t, []any{"c", 3, 2, false, true}, []any{s.Cluster, s.Members, s.Quorum, s.Partial, s.HasQuorum()})
	roles := map[admin.Role]int{}
	for _, server := range s.Servers {
		roles[server.Role]++
		assert.True(t, server.Answered)
		assert.Equal(t, "2.15.2", server.Version)
	}
	assert.Equal(t, map[admin.Role]int{admin.Leader: 1, admin.Current: 2}, roles)
	assert.Equal(t, map[string]admin.Severity{"c": admin.Risk}, found(admin.Diagnose(s), admin.CheckReplica), "ONE has one replica")
	assert.Len(t, admin.Diagnose(s), 1)

	nodes[2].Shutdown()
	s = awaitState(t, system, clients, func(s *admin.State) bool {
		return s.Streams[len(s.Streams)-1].Leader != "" && s.Streams[len(s.Streams)-1].Name == "THREE"
	})
	gone := nodes[2].folder.Name
	assert.Equal(t, map[string]admin.Severity{gone: admin.Failure}, found(admin.Diagnose(s), admin.CheckPeer))
	assert.True(t, s.HasQuorum())

	nodes[1].Shutdown()
	s = awaitState(t, system, clients, func(s *admin.State) bool { return !s.HasQuorum() })
	assert.Equal(t, admin.Failure, found(admin.Diagnose(s), admin.CheckQuorum)["c"])
	assert.Equal(t, map[string]admin.Severity{gone: admin.Failure, nodes[1].folder.Name: admin.Failure}, found(admin.Diagnose(s), admin.CheckPeer))
	require.ErrorIs(t, admin.Leave(t.Context(), system, clients, gone), admin.ErrMayNotLeave)

	part, err := admin.AskMonitor(t.Context(), &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, nodes[0].folder.MonitorURL)
	require.NoError(t, err)
	assert.Equal(t, []any{"c", 3, true}, []any{part.Cluster, part.Members, part.Partial})
	assert.Len(t, part.Servers, 3)
}

func TestAServerLeavesItsCluster(t *testing.T) {
	t.Parallel()
	nodes := cluster(t, 3)
	state := awaitState(t, nodes[0].system(t), nil, func(s *admin.State) bool { return s.HasQuorum() && s.Members == 3 })
	slices.SortFunc(nodes, func(a, b node) int { return cmp.Compare(rank(state, a), rank(state, b)) })
	leaving := state.Leader // the hardest to let go
	require.Equal(t, leaving, nodes[2].folder.Name)
	system, clients := nodes[0].system(t), nodes[0].clients(t)
	js := jet(t, clients)
	stream(t, js, "THREE", 3)
	err := admin.Leave(t.Context(), system, clients, leaving)
	require.ErrorIs(t, err, admin.ErrMayNotLeave)
	require.ErrorContains(t, err, "stream THREE asks for 3 replicas, and 2 servers would be left")
	require.ErrorContains(t, admin.Leave(t.Context(), system, clients, "nobody"), "nobody is no member of a cluster; the members are ")
	require.NoError(t, js.DeleteStream(t.Context(), "THREE"))

	for _, name := range []string{"A", "B", "C", "D", "E", "F"} { // somewhere, the leaving one included
		stream(t, js, name, 1)
	}
	stream(t, js, "TWO", 2)
	require.NoError(t, admin.Leave(t.Context(), system, clients, leaving))
	nodes[2].Shutdown()

	s := awaitState(t, system, clients, func(s *admin.State) bool { return s.Members == 2 && len(s.Streams) == 7 })
	for _, st := range s.Streams {
		assert.EqualValues(t, 5, st.Messages, st.Name)
		assert.NotEqual(t, leaving, st.Leader, st.Name)
	}
	assert.Equal(t, map[string]admin.Severity{"c": admin.Risk}, found(admin.Diagnose(s), admin.CheckQuorum), "two are no safer than one")

	require.NoError(t, natsd.Forget(nodes[2].folder.Path))
	back := run(t, nodes[2].as)
	awaitState(t, system, clients, func(s *admin.State) bool { return s.Members == 3 && len(s.Servers) == 3 })
	assert.NotEqual(t, leaving, back.folder.Name, "a new server")
	require.ErrorIs(t, natsd.Forget(nodes[1].folder.Path), natsd.ErrStoreInUse)
}

func TestWhatAClusterSavedComesBackToAnotherAndToAServerAlone(t *testing.T) {
	t.Parallel()
	from := cluster(t, 3)[0].clients(t)
	js := jet(t, from)
	stream(t, js, "THREE", 3)
	want := natstest.Records(t, js, "THREE")
	folder := t.TempDir()
	manifest, err := admin.Backup(t.Context(), from, admin.BackupConfig{Folder: folder})
	require.NoError(t, err)
	assert.Equal(t, "c", manifest.Cluster)
	for replicas, to := range map[int]node{3: cluster(t, 3)[0], 1: alone(t)} {
		done, err := admin.Restore(t.Context(), to.clients(t), admin.RestoreConfig{Folder: folder})
		require.NoError(t, err)
		restored := jet(t, to.clients(t))
		assert.Equal(t, replicas == 1, len(done.Reduced) == 1, done.Reduced)
		assert.Equal(t, replicas, config(t, restored, "THREE").Replicas)
		assert.Equal(t, want, natstest.Records(t, restored, "THREE"))
	}
}

// rank puts the leader last.
func rank(s *admin.State, n node) int {
	if n.folder.Name == s.Leader {
		return 1
	}
	return 0
}
