// This file owns the tests against a real gateway, worker and NATS: the quickstart's steps, watching, cancelling.

package client_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestTheQuickstartRuns(t *testing.T) {
	t.Parallel()
	url := startSystem(t)
	id := submit(t, url, flowFile)

	watched := strings.Split(strings.TrimSpace(succeed(t, "--server", url, "watch", id, "--until-terminal", "--output", "status")), "\n")
	last := strings.Split(watched[len(watched)-1], "\t")
	require.Equal(t, []string{"snapshot", "COMPLETED", id}, last[1:])
	require.Regexp(t, `^[0-9]+(\.[0-9]+)?$`, last[0])

	got := succeed(t, "--server", url, "get", id)
	require.Contains(t, got, `"status": "COMPLETED"`)
	require.Contains(t, got, `"tasks": {"add_one": "SUCCEEDED", "to_text": "SUCCEEDED"}`)
	require.NotContains(t, got, "task_records")
	require.Contains(t, succeed(t, "--server", url, "get", id, "--records"), `"output": "v=2"`)
	require.Contains(t, succeed(t, "--server", url, "tasks", id), `"task_records": {"add_one": {`)

	table := strings.Split(succeed(t, "--server", url, "list", "--tag", "hello", "--limit", "20", "--output", "table"), "\n")
	require.Equal(t, []string{"run_id", "status", "flow_name", "tag", "updated_at"}, strings.Fields(table[0]))
	require.Equal(t, []string{id, "COMPLETED", "main", "hello"}, strings.Fields(table[1])[:4])
	require.Contains(t, succeed(t, "--server", url, "workers", "--output", "table"), "hello  0        -")
	require.Contains(t, succeed(t, "--server", url, "metrics"), `pyoco_runs_total{status="COMPLETED"} 1`)
}

func TestListVNextGoesFromPageToPage(t *testing.T) {
	t.Parallel()
	url := startSystem(t)
	ids := map[string]bool{}
	for range 3 {
		accepted := succeed(t, "--server", url, "submit", "--flow-name", "main", "--tag", "nobody", "--tags", "a,b", "--param", "ts=1", "--param", "name=demo")
		var run pyoco.Submitted
		require.NoError(t, json.Unmarshal([]byte(accepted), &run))
		ids[run.ID] = true
	}
	cursor := ""
	for page := 0; ; page++ {
		lines := strings.Split(strings.TrimSpace(succeed(t, "--server", url, "list-vnext", "--limit", "1", "--output", "table", "--cursor", cursor)), "\n")
		delete(ids, strings.Fields(lines[1])[0])
		if page == 2 {
			require.Len(t, lines, 2)
			break
		}
		next, found := strings.CutPrefix(lines[2], "next_cursor: ")
		require.True(t, found, lines)
		cursor = next
	}
	require.Empty(t, ids)
	refused := run(t, "--server", url, "list", "--limit", "0")
	require.Equal(t, 1, refused.code)
	require.Contains(t, refused.errs, "limit: must be 1 to 200, got 0 (ERR-PYOCO-0017)")
}

func TestExitStatusTellsHowARunEnded(t *testing.T) {
	t.Parallel()
	url := startSystem(t)
	failed := submit(t, url, failingFlow)
	require.Equal(t, 3, run(t, "--server", url, "watch", failed, "--until-terminal", "--exit-status").code)
	require.Equal(t, 0, run(t, "--server", url, "watch", failed, "--until-terminal").code)

	waiting := submit(t, url, waitingFlow)
	cancelled := succeed(t, "--server", url, "cancel", "--run-id", waiting, "--wait", "--timeout-sec", "20")
	require.Contains(t, cancelled, `"status": "CANCELLED"`)
	require.Equal(t, 4, run(t, "--server", url, "watch", waiting, "--until-terminal", "--exit-status").code)
	require.Contains(t, succeed(t, "--server", url, "cancel", "--run-id", waiting), `"status": "CANCELLED"`, "once more is no error")
}

func TestASpentWaitIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	url := startSystem(t)
	out := succeed(t, "--server", url, "submit", "--tag", "nobody")
	var accepted pyoco.Submitted
	require.NoError(t, json.Unmarshal([]byte(out), &accepted))
	id := accepted.ID
	require.Equal(t, failed("ERR-PYOCO-CANCEL", "wait timeout", "run "+id+" has not ended within 1 s",
		"its cancellation stays requested; wait longer or look at the run: pyoco-client cancel --run-id "+id+" --wait --timeout-sec 2"),
		run(t, "--server", url, "cancel", "--run-id", id, "--wait", "--timeout-sec", "1"))

	ctx, interrupt := context.WithCancel(t.Context())
	timer := time.AfterFunc(300*time.Millisecond, interrupt) // as a person would, while it waits
	defer timer.Stop()
	require.Equal(t, result{130, "", ""}, runWith(ctx, "", "--server", url, "cancel", "--run-id", id, "--wait"))
}
