//go:build unix

// This file owns the tests of tasks that are made to end, and of the processes that they have started.

package wheeltest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// childOf is the process whose number a task has written into a file, 0 until then.
func childOf(path string) int {
	text, _ := os.ReadFile(path)
	pid, _ := strconv.Atoi(string(text))
	return pid
}

// waitGone waits until it is no more, or only waits to be reaped.
func waitGone(t *testing.T, path string) {
	t.Helper()
	pid := childOf(path)
	require.Positive(t, pid)
	require.Eventually(t, func() bool {
		if syscall.Kill(pid, 0) != nil {
			return true
		}
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return err == nil && strings.Contains(string(stat), ") Z ")
	}, patience, 5*time.Millisecond)
}

func TestATaskOutOfTimeFailsAndLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.worker(pyoco.WorkerConfig{Python: python(t)})
	path := filepath.Join(t.TempDir(), "child")
	run := r.run(one(`{callable: "shop:waits", inputs: {path: `+path+`}, timeout_sec: 1.5}`), nil)
	require.Equal(t, "task t failed: timed out after 1.5s", run.Error)
	require.Contains(t, run.TaskRecords["t"].Traceback, "in waits")
	waitGone(t, path)
}

func TestACancelEndsATaskAndWhatItHasStarted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.worker(pyoco.WorkerConfig{Python: python(t)})
	path := filepath.Join(t.TempDir(), "child")
	id := r.submit(one(`{callable: "shop:waits", inputs: {path: `+path+`}}`), nil)
	require.Eventually(t, func() bool { return childOf(path) > 0 }, patience, 5*time.Millisecond)
	_, err := r.gateway.Cancel(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCancelled, r.ended(id).Status)
	waitGone(t, path)
}

func TestAWorkerThatStopsHandsItsPythonTaskBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, stop := r.worker(pyoco.WorkerConfig{ID: "one", Python: python(t)})
	path := filepath.Join(t.TempDir(), "child")
	id := r.submit(one(`{callable: "shop:waits", inputs: {path: `+path+`}}`), nil)
	require.Eventually(t, func() bool { return childOf(path) > 0 }, patience, 5*time.Millisecond)
	stop()
	waitGone(t, path)
	run, err := r.gateway.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusRunning, run.Status)
	require.Empty(t, run.WorkerID, "another worker may take it at once")
}
