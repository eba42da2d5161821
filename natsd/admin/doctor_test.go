// This file owns the tests of findings: each fault is planted, and found with what to do about it.

package admin_test

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
	"github.com/pyoco/pyoco/natsd/admin"
)

// only is the one finding that there must be.
func only(t *testing.T, findings []admin.Finding) admin.Finding {
	t.Helper()
	require.Len(t, findings, 1)
	assert.NotEmpty(t, findings[0].Todo)
	return findings[0]
}

// listen takes a port.
func listen(t *testing.T, greeting string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte(greeting))
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

func TestASoundServerHasNoFindings(t *testing.T) {
	t.Parallel()
	n := run(t, natsd.Node{Folder: t.TempDir(), Port: natstest.FreePort(t), MonitorPort: natstest.FreePort(t)})
	assert.Empty(t, admin.Examine(t.Context(), n.folder))
	s, err := admin.Ask(t.Context(), n.system(t), n.clients(t))
	require.NoError(t, err)
	assert.Empty(t, admin.Diagnose(s))
	assert.Equal(t, []any{n.folder.Name, 1, 1, admin.Leader}, []any{s.Leader, s.Members, s.Quorum, s.Servers[0].Role})

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	part, err := admin.AskMonitor(t.Context(), client, n.folder.MonitorURL)
	require.NoError(t, err)
	assert.Empty(t, admin.Diagnose(part))
	_, err = admin.AskMonitor(t.Context(), client, n.folder.MonitorURL+"/nosuch")
	require.ErrorContains(t, err, "the monitoring answers /varz: 404 Not Found")
	_, err = admin.Ask(t.Context(), n.clients(t), nil)
	require.ErrorContains(t, err, "not one of the system account")
}

func TestATakenPortIsFoundWhileTheServerDoesNotRun(t *testing.T) {
	t.Parallel()
	taken := listen(t, "")
	f := admin.Examine(t.Context(), natsd.Folder{Path: t.TempDir(), Listen: []string{taken, "127.0.0.1:" + strconv.Itoa(natstest.FreePort(t))}})
	got := only(t, f)
	assert.Equal(t, []any{admin.CheckPort, admin.Failure, taken}, []any{got.Check, got.Severity, got.Subject})
	assert.Contains(t, got.Problem, "address already in use")
	assert.Empty(t, admin.Examine(t.Context(), natsd.Folder{Path: t.TempDir(), Listen: []string{taken}, PID: os.Getpid()}), "it is the server's own")
}

func TestAFolderThatCannotBeWrittenIsFound(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	got := only(t, admin.Examine(t.Context(), natsd.Folder{Path: filepath.Join(file, "data")}))
	assert.Equal(t, []any{admin.CheckStore, admin.Failure}, []any{got.Check, got.Severity})
	assert.Contains(t, got.Problem, "it can't be written: ")
	missing := filepath.Join(t.TempDir(), "to", "be", "made")
	assert.Empty(t, admin.Examine(t.Context(), natsd.Folder{Path: missing}))
	assert.NoDirExists(t, filepath.Dir(missing))
}

func TestPeersThatCannotBeReachedOrAreOthersAreFound(t *testing.T) {
	t.Parallel()
	port := natstest.FreePort(t)
	other := run(t, natsd.Node{
		Folder: t.TempDir(), Port: natstest.FreePort(t), MonitorPort: natsd.AnyPort, Cluster: &natsd.Cluster{Name: "other", Host: "127.0.0.1", Port: port},
	})
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	nobody := net.JoinHostPort("127.0.0.1", strconv.Itoa(natstest.FreePort(t)))
	for _, test := range []struct {
		peer, cluster string
		check         admin.Check
		problem       string
	}{
		{nobody, "mine", admin.CheckPeer, "connection refused"},
		{address, "mine", admin.CheckCluster, `the server there, ` + other.folder.Name + `, is of cluster "other" and not of "mine"`},
		{other.folder.URL[len("nats://"):], "other", admin.CheckPeer, "clients are served there, not other servers"},
		{listen(t, "SSH-2.0\r\n"), "mine", admin.CheckPeer, "it is no nats-server"},
		{listen(t, ""), "mine", admin.CheckPeer, "it says nothing"},
	} {
		got := only(t, admin.Examine(t.Context(), natsd.Folder{Path: t.TempDir(), Cluster: test.cluster, Peers: []string{test.peer}}))
		assert.Equal(t, []any{test.check, admin.Failure, test.peer}, []any{got.Check, got.Severity, got.Subject})
		assert.Contains(t, got.Problem, test.problem)
	}
	assert.Empty(t, admin.Examine(t.Context(), natsd.Folder{Path: t.TempDir(), Cluster: "other", Peers: []string{address}}))
}

func TestSyncingByIntervalIsFound(t *testing.T) {
	t.Parallel()
	n := alone(t)
	s, err := admin.Ask(t.Context(), n.system(t), nil)
	require.NoError(t, err)
	got := only(t, admin.Diagnose(s))
	assert.Equal(t, admin.Finding{
		Check: admin.CheckSync, Severity: admin.Risk, Subject: n.folder.Name, Problem: "a power cut loses up to 2m0s of acknowledged writes",
		Todo: "start it with --sync always, or without sync_interval in its configuration",
	}, got)
}

// What can't be planted in a server of this module is changed in what a real one told.
func TestAnOldVersionAWrongClockAndAFullStoreAreFound(t *testing.T) {
	t.Parallel()
	n := run(t, natsd.Node{Folder: t.TempDir(), Port: natstest.FreePort(t), MonitorPort: natsd.AnyPort})
	for _, test := range []struct {
		change  func(*admin.Server)
		check   admin.Check
		problem string
	}{
		{func(s *admin.Server) { s.Version = "2.15.1" }, admin.CheckVersion, "nats-server 2.15.1 has known bugs that lose data"},
		{func(s *admin.Server) { s.ClockAheadSec = -90 }, admin.CheckClock, "its clock is 90.0 s behind this machine's"},
		{func(s *admin.Server) { s.ClockAheadSec = 1.5 }, admin.CheckClock, "its clock is 1.5 s ahead of this machine's"},
		{func(s *admin.Server) { s.StoreBytes, s.StoreLimit = 900<<20, 1<<30 }, admin.CheckDisk, "its store uses 900 MiB of 1.0 GiB"},
		{func(s *admin.Server) { s.Role = admin.NoRole }, admin.CheckStore, "JetStream is off"},
		{func(s *admin.Server) { s.Role = admin.Behind }, admin.CheckPeer, "it has not yet all that the cluster has decided"},
	} {
		s, err := admin.Ask(t.Context(), n.system(t), nil)
		require.NoError(t, err)
		test.change(&s.Servers[0])
		got := only(t, admin.Diagnose(s))
		assert.Equal(t, []any{test.check, n.folder.Name, test.problem}, []any{got.Check, got.Subject, got.Problem})
	}
	s, err := admin.Ask(t.Context(), n.system(t), nil)
	require.NoError(t, err)
	s.Servers[0].ClockAheadSec, s.Servers[0].ClockErrorSec = 1.5, time.Second.Seconds()
	assert.Empty(t, admin.Diagnose(s), "it could be the way of the answer")
}

func TestWhichVersionsLoseData(t *testing.T) {
	t.Parallel()
	for version, upgrade := range map[string]string{
		"2.15.2": "", "2.15.3": "", "2.16.0": "", "3.0.0": "", "2.14.9": "", "2.14.10": "", "v2.15.2": "", "2.15.2+build": "",
		"2.15.1": "2.15.2", "2.15.0": "2.15.2", "2.15.2-RC.1": "2.15.2", "2.15.3-preview.1": "",
		"2.14.8": "2.14.9", "2.14.9-beta": "2.14.9", "2.10.29": "2.14.9", "1.4.1": "2.14.9", "devel": "", "": "", "2.15": "",
	} {
		s := &admin.State{Members: 1, Servers: []admin.Server{{Name: "n", Answered: true, Role: admin.Leader, Version: version}}}
		findings := admin.Diagnose(s)
		if upgrade == "" {
			assert.Empty(t, findings, version)
			continue
		}
		assert.Equal(t, "upgrade to "+upgrade+" or newer, one server at a time", only(t, findings).Todo, version)
	}
}
