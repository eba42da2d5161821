// This file owns the comparison with the Python client: the same bytes for the same call, at either gateway.

package client_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestBothClientsPrintTheSameBytesAtEitherGateway(t *testing.T) {
	t.Parallel()
	bin := clitest.Python(t)
	for name, start := range map[string]func(*testing.T, string, *natstest.Server) string{"ours": ourGateway, "the Python one": pythonGateway} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := natstest.Start(t)
			url := start(t, bin, server)
			completed, failed := runThree(t, server, url)
			ids := strings.NewReplacer("COMPLETED_RUN", completed, "FAILED_RUN", failed)
			for _, line := range []string{ // the Python gateway forgets a stopped worker after 15 s
				"workers", "workers --output table", "workers --output plugins", "workers --scope all", "workers --scope all --output table",
				"workers --scope all --output plugins", "workers --scope all --state STOPPED_GRACEFUL --include-hidden --limit 1",
				"get COMPLETED_RUN", "get COMPLETED_RUN --records", "get FAILED_RUN --records", "tasks COMPLETED_RUN", "tasks FAILED_RUN",
				"list", "list --output table", "list --full", "list --tag hello --limit 2 --output table", "list --status FAILED --flow main",
				"list --tag nothing --output table", "list --tag nothing", "list-vnext --updated-after 0 --limit 1",
				"list-vnext --updated-after 0 --limit 1 --output table", "list-vnext --updated-after 0 --output table", "list-vnext",
				"list-vnext --output table", "list-vnext --updated-after 0 --tag nothing --output table", "cancel --run-id COMPLETED_RUN",
				"cancel --run-id COMPLETED_RUN --wait", "watch COMPLETED_RUN --until-terminal", "metrics",
				"get nosuch", "tasks nosuch", "list --limit 0", "list-vnext --cursor x", "workers --limit 0", "cancel --run-id nosuch", "list --nosuch",
			} {
				t.Run(line, func(t *testing.T) {
					t.Parallel()
					args := append([]string{"--server", url}, strings.Fields(ids.Replace(line))...)
					theirs, ours := pythonPrints(t, bin, args...), run(t, args...)
					// The Python gateway's lists of keys fail now and then while several are made at once: it answers 503, or as if
					// there were no workers.
					for range 10 {
						if name == "ours" || theirs.out == ours.out && !strings.Contains(theirs.errs+ours.errs, "NoKeysError") {
							break
						}
						theirs, ours = pythonPrints(t, bin, args...), run(t, args...)
					}
					requireSame(t, theirs, ours)
				})
			}
		})
	}
}

// requireSame compares what both clients left: of an error, the id and the code; of an event, not the time of the call.
func requireSame(t *testing.T, want, got result) {
	t.Helper()
	require.Equal(t, want.code, got.code, want.errs+got.errs)
	if want.code != 0 {
		require.Equal(t, want.out, got.out)
		wantID, _, _ := strings.Cut(want.errs, ":")
		gotID, _, _ := strings.Cut(got.errs, ":")
		require.Equal(t, wantID, gotID)
		return
	}
	if strings.HasPrefix(want.out, "# HELP") { // ours has counters of requests, which each of both calls moves
		want.out, got.out = gauges(want.out), gauges(got.out)
	}
	if strings.HasPrefix(want.out, `{"event"`) {
		want.out, got.out = cutTS(t, want.out), cutTS(t, got.out)
	}
	require.Equal(t, want, got)
}

// gauges are the lines of the four metrics that both gateways have.
func gauges(text string) string {
	var lines strings.Builder
	for line := range strings.Lines(text) {
		for _, name := range []string{"pyoco_runs_total", "pyoco_runs_today_total", "pyoco_workers_alive_total", "pyoco_dlq_messages_total"} {
			if strings.Contains(line, name) {
				lines.WriteString(line)
			}
		}
	}
	return lines.String()
}

// cutTS takes the time off the end of an event.
func cutTS(t *testing.T, line string) string {
	t.Helper()
	head, _, found := strings.Cut(line, `, "ts": `)
	require.True(t, found, line)
	return head
}

// runThree lets a worker do three runs, of which one fails, and stops it, so that nothing changes any more.
func runThree(t *testing.T, server *natstest.Server, url string) (completed, failed string) {
	t.Helper()
	worker, err := pyoco.NewWorker(server.Connect(t), pyoco.WorkerConfig{ID: "w1", Tags: []string{"hello"}, Tasks: tasks(t)})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var working sync.WaitGroup
	working.Go(func() { _ = worker.Run(ctx) })
	defer working.Wait()
	defer stop()
	ids := make([]string, 3)
	for i, flow := range []string{flowFile, failingFlow, flowFile} {
		ids[i], _ = submitted(t, url, flow)
		succeed(t, "--server", url, "watch", ids[i], "--until-terminal")
	}
	return ids[0], ids[1]
}
