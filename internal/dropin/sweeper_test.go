// This file owns the meeting of the sweeper with Python workers: whose run lives is left alone, whose worker was killed is
// run again.

package dropin_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestARunOfAPythonWorkerThatHasLostItsJobIsRunAgainOnlyOnceThatIsDead(t *testing.T) {
	t.Parallel()
	clitest.Python(t)
	server := natstest.Start(t)
	gateway, err := pyoco.NewGateway(server.Connect(t, pyoco.ConnectOptions("gateway", nil)...), pyoco.GatewayConfig{
		SweepPeriod: 200 * time.Millisecond, RunLease: time.Second, WorkerDisconnectTimeout: 8 * time.Second,
	})
	require.NoError(t, err)
	web := httptest.NewServer(gateway)
	t.Cleanup(web.Close)
	run(t, gateway.Run)
	require.NoError(t, gateway.Ready(t.Context()))
	js := server.JetStream(t)

	// The task writes a line when it begins, and takes its time, in which its worker writes at best once a second.
	begin := func(file, sleep string) string {
		flow := fmt.Sprintf("version: 1\nflow: {graph: a}\ntasks: {a: {callable: \"subprocess:getoutput\", inputs: {cmd: \"echo x >> %s; sleep %s\"}}}\n", file, sleep)
		submitted, err := gateway.Submit(t.Context(), pyoco.Submission{Flow: "main", Workflow: []byte(flow), Tag: "py"})
		require.NoError(t, err)
		require.Eventually(t, func() bool { return lines(file) == 1 }, 30*time.Second, 20*time.Millisecond)
		stream, err := js.Stream(t.Context(), "PYOCO_WORK")
		require.NoError(t, err)
		require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeSubject("pyoco.work.py")))
		return submitted.ID
	}
	ends := func(id string) {
		require.Eventually(t, func() bool {
			got, err := gateway.Get(t.Context(), id)
			return err == nil && got.Status == pyoco.StatusCompleted
		}, 60*time.Second, 50*time.Millisecond)
	}

	first := start(t, server.URL(), "pyoco-worker", "--nats-url", server.URL(), "--tags", "py", "--worker-id", "pw1")
	file := filepath.Join(t.TempDir(), "lives")
	ends(begin(file, "4"))
	require.Equal(t, 1, lines(file))

	file = filepath.Join(t.TempDir(), "dies")
	id := begin(file, "2")
	require.NoError(t, first.Process.Kill())
	start(t, server.URL(), "pyoco-worker", "--nats-url", server.URL(), "--tags", "py", "--worker-id", "pw2")
	ends(id)
	require.Equal(t, 2, lines(file))
}

// lines counts those of a file.
func lines(file string) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	return strings.Count(string(text), "\n")
}
