// This file owns the README's commands, and the worker of one's own that it points to.

package quickstart_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const readme = "../../../README.md"

// tells is a line that fails where the last run did not complete.
const tells = "pyoco-client --server http://127.0.0.1:8000 watch <run_id> --until-terminal --exit-status"

func TestTheCommandsOfTheReadmeRun(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	commands := blocks(t, readme)["The commands"]
	require.Equal(t, install+"\n", commands[0], "this is how the programs were made")
	var printed strings.Builder
	for _, block := range commands[1:] {
		if strings.HasPrefix(block, "pyoco-server") || strings.HasPrefix(block, "pyoco-worker") {
			s.start(block)
			continue
		}
		before := s.runID
		printed.WriteString(s.run(block))
		if s.runID != before {
			s.run(tells)
		}
	}
	for _, text := range []string{"\tsnapshot\tCOMPLETED\t", `"output": "v=2"`, "  COMPLETED  main       hello", `"worker_id":"w1"`, `pyoco_runs_total{status="COMPLETED"} 2`} {
		require.Contains(t, printed.String(), text)
	}
}

func TestAWorkerOfOnesOwnIsAShortProgram(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../../examples/worker/main.go")
	require.NoError(t, err)
	_, body, found := strings.Cut(string(source), "\nfunc main() {\n")
	require.True(t, found)
	body, _, _ = strings.Cut(body, "\n}\n")
	require.LessOrEqual(t, strings.Count(body, "\n")+1, 15)

	flow, err := filepath.Abs("../../../examples/worker/flow.yaml")
	require.NoError(t, err)
	s := newSession(t)
	server := s.start("pyoco-server up --with-nats-bootstrap --port 8000")
	worker := s.start("export PYOCO_NATS_URL=nats://127.0.0.1:4222\nshop-worker 2>&1")
	s.run("pyoco-client --server http://127.0.0.1:8000 submit-yaml --workflow-file " + flow + " --flow-name order --tag shop")
	s.run(tells)
	require.Contains(t, s.run("pyoco-client --server http://127.0.0.1:8000 get <run_id> --records"), `"output": "tea: 9.00"`)
	worker.Signal(t, os.Interrupt)
	require.Zero(t, worker.Code(t))
	s.ends(server)
}
