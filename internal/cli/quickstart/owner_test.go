// This file owns the owner's quickstart: its steps 2, 3, 4, 4b, 5 and 6 as they are written there, but for the ports.

package quickstart_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
)

const owners = "testdata/quickstart.ja.md"

func TestTheOwnersStepsRunWithNATSInTheServer(t *testing.T) {
	t.Parallel()
	s, steps := newSession(t), blocks(t, owners)
	server := s.start(steps["2"][0])
	worker := s.start(steps["3"][0])
	s.submits(steps)
	s.operates(steps)
	s.ends(worker, server)
	require.DirExists(t, filepath.Join(s.folder, "nats-bootstrap-data"))
}

func TestTheOwnersStepsRunWithNATSBesideThem(t *testing.T) {
	t.Parallel()
	s, steps := newSession(t), blocks(t, owners)
	nats := s.start(steps["1"][1])
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, ".env"), []byte("export PYOCO_WORKERS_KV_BUCKET='mine' # for all\n"), 0o600))
	server := s.start(strings.Join(steps["2"][1:], "")) // .env, the log's settings, the server's start
	worker := s.start(strings.TrimSpace(steps["3"][0]) + " --flow-resolver examples/hello_flow.py:resolve_flow")
	worker.Out.Wait(t, "--flow-resolver has no effect")
	s.submits(steps)
	s.operates(steps)
	nc, err := natsgo.Connect(s.own.Replace("nats://127.0.0.1:4222"))
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.KeyValue(t.Context(), "mine")
	require.NoError(t, err, "what .env says counts for the server, which has sourced it, and for the worker, which reads it")
	s.ends(worker, server, nats)
}

var apiKey = regexp.MustCompile(`^\{"key_id": "[0-9a-f]{24}", "tenant_id": "demo", "api_key": "(pyoco_[0-9a-f]{24}\.[\w-]{43})", "created_at": [\d.]+\}\n$`)

func TestTheOwnersStepsRunWithKeys(t *testing.T) {
	t.Parallel()
	s, steps := newSession(t), blocks(t, owners)
	server := s.start(steps["2b"][0] + steps["2"][0])
	worker := s.start(steps["3"][0])
	create := strings.ReplaceAll(steps["2b"][1], "python -m pyoco_server.admin_cli", "pyoco-server-admin --nats-url nats://127.0.0.1:4222")
	made := apiKey.FindStringSubmatch(s.run(create))
	require.NotNil(t, made)
	require.Empty(t, s.run(steps["4"][0])) // flow.yaml
	const without = "pyoco-client --server http://127.0.0.1:8000 list"
	require.Contains(t, s.run(without+" 2>&1 || true"), "X-API-Key: an API key is required")
	withKey := func(line string) string { return strings.ReplaceAll(line, "<your_api_key>", made[1]) }
	for _, line := range []string{steps["4"][2], steps["4b"][1]} {
		require.Regexp(t, submitted, s.run(withKey(line)))
		require.Contains(t, s.run(withKey(`pyoco-client --server http://127.0.0.1:8000 --api-key "<your_api_key>" watch <run_id> --until-terminal --output status`)),
			"\tsnapshot\tCOMPLETED\t"+s.runID+"\n")
	}
	page := s.run(`curl -sS http://127.0.0.1:8000/`) // step 5: the dashboard's page needs no key, and asks for one
	require.Contains(t, page, "&#34;auth&#34;:&#34;api_key&#34;,&#34;header&#34;:&#34;X-API-Key&#34;")
	require.Contains(t, page, `<script type="module" src="static/app.js">`)
	require.Contains(t, s.run(withKey(`curl -sS -H "X-API-Key: <your_api_key>" http://127.0.0.1:8000/metrics`)), `pyoco_runs_total{status="COMPLETED"} 2`)
	for _, p := range []*clitest.Process{server, worker} {
		require.NotContains(t, p.Out.String()+p.Err.String(), made[1], "no key is ever logged")
	}
	s.ends(worker, server)
}

// submits runs steps 4 and 4b.
func (s *session) submits(steps map[string][]string) {
	t := s.t
	t.Helper()
	require.Empty(t, s.run(steps["4"][0])) // flow.yaml
	require.Regexp(t, submitted, s.run(steps["4"][1]))
	looks := strings.Split(strings.TrimSpace(steps["4"][3]), "\n") // list, get, watch
	require.Len(t, looks, 3)

	watched := strings.Split(strings.TrimSpace(s.run(looks[2])), "\n")
	require.Regexp(t, `^\d+(\.\d+)?\tsnapshot\tCOMPLETED\t`+s.runID+`$`, watched[len(watched)-1])
	require.Regexp(t, `^run_id {32}status +flow_name  tag    updated_at +\n`+s.runID+`  COMPLETED  main       hello  [\d.]+ *\n$`, s.run(looks[0]))
	got := s.run(looks[1])
	require.True(t, json.Valid([]byte(got)))
	for _, part := range []string{`{"run_id": "` + s.runID + `", "flow_name": "main", "tag": "hello"`, `"status": "COMPLETED"`, `"tasks": {"add_one": "SUCCEEDED", "to_text": "SUCCEEDED"}`, `"worker_id": "w1"`} {
		require.Contains(t, got, part)
	}
	records := s.run(looks[1] + " --records")
	require.Contains(t, records, `"output": 2`)
	require.Contains(t, records, `"output": "v=2"`)

	require.Regexp(t, submitted, s.run(steps["4b"][0]))
	require.Contains(t, s.run(looks[2]), "\tsnapshot\tCOMPLETED\t"+s.runID+"\n")
	require.Contains(t, s.run(looks[1]+" --records"), `"output": {"text": "hello, demo", "ts": 1}`)

	require.Empty(t, s.run("echo 'name: file' > params.yaml"))
	s.run(strings.TrimSpace(steps["4b"][0]) + ` --params-file params.yaml --params '{"ts":2}'`)
	s.run(looks[2])
	require.Contains(t, s.run(looks[1]), `"params": {"name": "demo", "ts": 1}`, "pairs win over both")
}

// operates runs steps 5 and 6.
func (s *session) operates(steps map[string][]string) {
	t := s.t
	t.Helper()
	curls := strings.Split(strings.TrimSpace(steps["5"][0]), "\n")
	require.Len(t, curls, 2)
	require.Contains(t, s.run(strings.ReplaceAll(curls[0], "| head", "")), "pyoco_runs_total{status=\"COMPLETED\"} 3\n")
	s.head(curls[0])
	var workers []struct {
		ID     string   `json:"worker_id"`
		State  string   `json:"state"`
		Tags   []string `json:"tags"`
		Hidden bool     `json:"hidden"`
	}
	list := func(script string) string {
		t.Helper()
		require.NoError(t, json.Unmarshal([]byte(s.run(script)), &workers))
		if len(workers) == 0 {
			return ""
		}
		require.Equal(t, "w1", workers[0].ID)
		require.Equal(t, []string{"hello"}, workers[0].Tags)
		return workers[0].State
	}
	for deadline := time.Now().Add(clitest.Patience); list(curls[1]) != "IDLE"; { // it tells of the end of a run a little later
		require.True(t, time.Now().Before(deadline), "the worker is still busy")
	}
	require.Equal(t, "IDLE", list(steps["6"][0]))
	require.Empty(t, list(steps["6"][1]))
	table := `pyoco-client --server http://127.0.0.1:8000 workers --output table`
	require.Equal(t, "worker_id  state  tags   plugins  plugin_preview\nw1         IDLE   hello  0        -             \n", s.run(table))

	hidden := regexp.MustCompile(`^\{"worker_id":"w1","hidden":true,"updated_at":[\d.]+\}`)
	require.Regexp(t, hidden, s.run(steps["6"][2]))
	require.Equal(t, "(no items)\n", s.run(table))
	require.Equal(t, "IDLE", list(steps["6"][0]), "it is there for who asks for hidden ones")
	require.Regexp(t, strings.Replace(hidden.String(), "true", "false", 1), s.run(steps["6"][3]))
	require.Contains(t, s.run(table), "w1")
}

// head runs a pipe into head, which may be gone before curl has written all.
func (s *session) head(script string) {
	s.t.Helper()
	out, err := s.bash("set +o pipefail; " + script + " 2>/dev/null").Output()
	require.NoError(s.t, err)
	require.Equal(s.t, 10, strings.Count(string(out), "\n"))
	require.Contains(s.t, string(out), "pyoco_")
}

// ends interrupts programs one after the other. Each must end in order.
func (s *session) ends(programs ...*clitest.Process) {
	s.t.Helper()
	for _, p := range programs {
		p.Signal(s.t, os.Interrupt)
		require.Equal(s.t, 130, p.Code(s.t), p.Err)
		require.Empty(s.t, p.Err.String())
		for line := range strings.Lines(p.Out.String()) {
			require.True(s.t, json.Valid([]byte(line)), line)
			require.NotContains(s.t, line, `"level":"ERROR"`)
		}
	}
}
