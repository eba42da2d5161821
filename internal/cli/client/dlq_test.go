// This file owns the test of the dead letter commands against a real system.

package client_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestAFailedRunIsFoundAmongTheDeadLettersAndReplayed(t *testing.T) {
	t.Parallel()
	url := startSystem(t)
	require.Equal(t, "{\"items\": [], \"next_cursor\": null}\n", succeed(t, "--server", url, "dlq", "list"))
	require.Equal(t, "(no items)\n", succeed(t, "--server", url, "dlq", "list", "--output", "table"))
	failedRun := submit(t, url, failingFlow)
	require.Equal(t, 3, run(t, "--server", url, "watch", failedRun, "--until-terminal", "--exit-status").code)
	require.Eventually(t, func() bool { // the letter follows the run's end
		return strings.Contains(run(t, "--server", url, "dlq", "list", "--run-id", failedRun).out, failedRun)
	}, 10*time.Second, 10*time.Millisecond)
	table := strings.Split(succeed(t, "--server", url, "dlq", "list", "--output", "table"), "\n")
	require.Equal(t, []string{"seq", "timestamp", "reason", "run_id", "flow_name", "tag", "error"}, strings.Fields(table[0]))
	require.Equal(t, []string{"1", "execution_error", failedRun, "main", "hello"}, append(strings.Fields(table[1])[:1], strings.Fields(table[1])[2:6]...))

	shown := succeed(t, "--server", url, "dlq", "show", "1")
	require.True(t, strings.HasPrefix(shown, `{"seq": 1, "timestamp": `), shown)
	require.Contains(t, shown, fmt.Sprintf(`"reason": "execution_error", "error": "task fail failed: no", "run_id": %q`, failedRun))
	var again pyoco.Submitted
	require.NoError(t, json.Unmarshal([]byte(succeed(t, "--server", url, "dlq", "replay", "1")), &again))
	require.Equal(t, failedRun, again.RerunOf)
	require.Equal(t, 3, run(t, "--server", url, "watch", again.ID, "--until-terminal", "--exit-status").code)
	require.Contains(t, succeed(t, "--server", url, "get", again.ID), fmt.Sprintf(`"rerun_of": %q`, failedRun))
	require.Equal(t, "{\"seq\": 1, \"deleted\": true}\n", succeed(t, "--server", url, "dlq", "drop", "1"))
	require.Equal(t, failed("ERR-PYOCO-HTTP", "request failed", "HTTP 404: seq: there is no such dead letter (ERR-PYOCO-0002)",
		"see which dead letters there are: pyoco-client dlq list --limit 20 --output table"), run(t, "--server", url, "dlq", "show", "1"))
}
