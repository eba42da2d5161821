//go:build unix

// This file owns the test of doctor on a cluster of processes that loses one server after the other.

package bootstrap_test

import (
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/natsd"
	"github.com/pyoco/pyoco/natsd/admin"
)

func TestDoctorFindsWhatAClusterHasLost(t *testing.T) {
	t.Parallel()
	c := startTrio(t)
	folder := filepath.Join(c.folder, "artifacts/nats/n1")
	// awaitFinding is the finding of a check and a subject, once it is there.
	awaitFinding := func(t *testing.T, check admin.Check, subject string) (found admin.Finding) {
		t.Helper()
		require.Eventually(t, func() bool {
			all := diagnosis(t, "--datafolder", folder)
			i := slices.IndexFunc(all, func(f admin.Finding) bool { return f.Check == check && f.Subject == subject })
			if i >= 0 {
				found = all[i]
			}
			return i >= 0
		}, clitest.Patience, 100*time.Millisecond)
		return found
	}
	require.Eventually(t, func() bool { return len(diagnosis(t, "--datafolder", folder)) == 0 }, clitest.Patience, 100*time.Millisecond, "three sound servers")

	js := jet(t, c.urls[0])
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ONE"})
	require.NoError(t, err)
	found := awaitFinding(t, admin.CheckReplica, "pyoco")
	require.Equal(t, []any{admin.Risk, "streams with one replica stop, and may be lost, with the server that has it: ONE"}, []any{found.Severity, found.Problem})
	require.NoError(t, js.DeleteStream(t.Context(), "ONE"))

	for i, rest := range []struct {
		check   admin.Check
		subject string
		problem string
	}{
		{admin.CheckPeer, "", "it is a member of the cluster and does not answer"},
		{admin.CheckQuorum, "pyoco", "nothing can be stored: JetStream needs 2 of its 3 servers, and 1 are there"},
	} {
		lost := 2 - i
		gone, err := natsd.Inspect(filepath.Join(c.folder, "artifacts/nats", []string{"n1", "n2", "n3"}[lost]))
		require.NoError(t, err)
		c.servers[lost].Signal(t, syscall.SIGKILL)
		c.servers[lost].Code(t)
		if rest.subject == "" {
			rest.subject = gone.Name
		}
		found := awaitFinding(t, rest.check, rest.subject)
		require.Equal(t, []any{admin.Failure, rest.problem}, []any{found.Severity, found.Problem})
	}
}
