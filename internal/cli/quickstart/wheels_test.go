// This file owns the owner's step 3b, word for word but for the ports, and the README's section on Python tasks.

package quickstart_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
)

// newPythonSession is a session in which python3 is one that can make wheels.
func newPythonSession(t *testing.T) *session {
	t.Helper()
	bin := filepath.Dir(clitest.Builder(t))
	s := newSession(t)
	s.env = append(s.env, "PYOCO_WHEEL_SYNC_INTERVAL_SEC=0.2", "PATH="+strings.Join([]string{programs, bin, os.Getenv("PATH")}, string(os.PathListSeparator)))
	return s
}

// section gives the README's commands on Python tasks: making a wheel and its upload, a worker, a run, and looking at it.
func section(t *testing.T) (build, upload, worker, submit, look string) {
	t.Helper()
	commands := blocks(t, readme)["Python tasks"]
	require.Len(t, commands, 4)
	build, upload, found := strings.Cut(commands[0], "pyoco-client")
	require.True(t, found)
	// No index is asked for what builds wheels: it is there. What it prints is of no interest.
	build = strings.Replace(build, "build --wheel", "build --no-isolation --wheel", 1)
	build = strings.TrimSuffix(build, "\n") + " >build.log 2>&1\n"
	return build, "pyoco-client" + upload, commands[1], commands[2], commands[3]
}

func TestTheOwnersWheelStepsRun(t *testing.T) {
	t.Parallel()
	s, steps := newPythonSession(t), blocks(t, owners)
	build, _, _, submit, look := section(t)
	require.Empty(t, s.run(build)) // dist/my_task_ext-0.1.0-py3-none-any.whl, which the owner takes for given
	server := s.start(steps["2"][0])
	worker := s.start(steps["3b"][0])
	answers := strings.Split(strings.TrimSpace(s.run(steps["3b"][1])), "\n")
	require.Len(t, answers, 3)
	require.Contains(t, answers[0], `"name": "my_task_ext-0.1.0-py3-none-any.whl"`)
	require.Contains(t, answers[1], `"tags": ["hello", "linux"]`)
	require.Contains(t, answers[2], `"action": "upload", "wheel_name": "my_task_ext-0.1.0-py3-none-any.whl"`)
	worker.Out.Wait(t, "wheels synced: runs that start now use them")
	require.FileExists(t, filepath.Join(s.folder, ".pyoco", "wheels", ".installed.json"))
	s.run(submit)
	s.run(tells)
	require.Contains(t, s.run(look), `"output": "HELLO!!!"`)
	s.ends(worker, server)
}

func TestTheReadmesPythonTasksRun(t *testing.T) {
	t.Parallel()
	s := newPythonSession(t)
	build, upload, worker, submit, look := section(t)
	server := s.start("pyoco-server up --with-nats-bootstrap --host 127.0.0.1 --port 8000")
	s.run(build)
	s.run(upload)
	w1 := s.start(worker)
	require.Contains(t, w1.Out.String(), "wheels synced", "before it takes the first run")
	s.run(submit)
	s.run(tells)
	looked := s.run(look)
	require.Contains(t, looked, `"output": "HELLO!!!"`)
	require.Contains(t, looked, `"stdout": "shouting for `+s.runID+`\n"`)
	require.Regexp(t, `worker_id +state +tags +package +version +wheel_name *\nw1 +(IDLE|RUNNING) +hello +my-task-ext +0.1.0 +my_task_ext-0.1.0-py3-none-any.whl`, looked)
	require.Contains(t, w1.Out.String(), `"message":"shouting for `+s.runID+`"`)
	s.run(strings.Replace(submit, "{use: my_task_ext/shout,", `{callable: "my_task_ext:shout",`, 1))
	s.run(tells)
	s.ends(w1, server)
}
