// This file owns the tests of wheels at workers: which they take, what flows can call then, and when.

package wheeltest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
)

// syncing is a worker that installs wheels, with its folder.
func syncing(t *testing.T, id string, tags ...string) pyoco.WorkerConfig {
	t.Helper()
	return pyoco.WorkerConfig{
		ID: id, Tags: tags, WorkerHeartbeat: 200 * time.Millisecond, Python: pyoco.PythonConfig{Interpreter: clitest.Interpreter(t), Processes: 2},
		Wheels: pyoco.WheelSyncConfig{Enabled: true, Dir: filepath.Join(t.TempDir(), "wheels"), Interval: 100 * time.Millisecond},
	}
}

// waitSync waits until a worker's record says so of its wheels.
func (r *rig) waitSync(id string, is func(*pyoco.WheelSync) bool) *pyoco.WheelSync {
	r.t.Helper()
	for deadline := time.Now().Add(syncPatience); ; {
		worker, err := r.gateway.Worker(r.t.Context(), id)
		if err == nil && worker.WheelSync != nil && is(worker.WheelSync) {
			return worker.WheelSync
		}
		if time.Now().After(deadline) {
			require.FailNow(r.t, "the record does not say so", "%+v, %v", worker.WheelSync, err)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// has says that just these wheels are installed, and all is well.
func has(names ...string) func(*pyoco.WheelSync) bool {
	return func(s *pyoco.WheelSync) bool {
		if len(s.InstalledWheels) != len(names) || s.LastResult != "ok" {
			return false
		}
		for i, wheel := range s.InstalledWheels {
			if wheel.Wheel != names[i] {
				return false
			}
		}
		return true
	}
}

// runAt runs a flow of one task at a tag.
func (r *rig) runAt(tag, task string, params any) *pyoco.Run {
	r.t.Helper()
	submitted, err := r.gateway.Submit(r.t.Context(), pyoco.Submission{Flow: "main", Tag: tag, Workflow: []byte(one(task)), Params: params})
	require.NoError(r.t, err)
	return clitest.WaitRun(r.t, r.gateway, submitted.ID)
}

// gives is the output of a task that must succeed.
func (r *rig) gives(tag, task string) string {
	r.t.Helper()
	run := r.runAt(tag, task, map[string]any{"given": 4})
	require.Equal(r.t, pyoco.StatusCompleted, run.Status, run.Error)
	return string(run.TaskRecords["t"].Output)
}

func TestWheelsReachTheWorkersOfTheirTags(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	name, content := demo(t, "1.0")
	const all, windows = "for_all-1.0-py3-none-any.whl", "native-1.0-cp39-cp39-win32.whl"
	r.upload(name, content, "hello", "linux")
	r.upload(all, made(all, "def f(): return 'all'\n"))
	r.upload(windows, made(windows, ""))
	hello, other := syncing(t, "w1", "hello"), syncing(t, "w2", "other")
	r.worker(hello)
	r.worker(other)
	sync := r.waitSync("w1", has(name, all))
	require.True(t, sync.Enabled)
	require.Equal(t, []string{name, all}, sync.SelectedWheels)
	require.Equal(t, []string{name, all}, sync.UpdatedWheels)
	require.Equal(t, []pyoco.SkippedWheel{{Wheel: windows, Package: "native", Version: "1.0", Reason: "unsupported_wheel_tags"}}, sync.SkippedIncompatible)
	require.Equal(t, "demo-tasks", sync.InstalledWheels[0].Package)
	require.Positive(t, sync.LastSyncedAt)
	r.waitSync("w2", has(all))

	require.Equal(t, `"1.0"`, r.gives("hello", `{callable: "demo_tasks:version"}`))
	require.Equal(t, `"1.0"`, r.gives("hello", `{use: demo-tasks/version}`))
	require.Equal(t, `"hello, you, from t"`, r.gives("hello", `{use: demo_tasks/greeter, inputs: {name: you}}`))
	require.Equal(t, `3`, r.gives("hello", `{use: demo/add, inputs: {a: 1, b: 2}}`))
	require.Equal(t, `"all"`, r.gives("other", `{callable: "for_all:f"}`))
	require.Contains(t, r.runAt("other", `{callable: "demo_tasks:version"}`, nil).Error, "the module is neither in a wheel of tasks nor one of those")
	require.Contains(t, r.runAt("hello", `{callable: "os:getcwd"}`, nil).Error, "the module is neither in a wheel of tasks nor one of those")

	state, err := os.ReadFile(filepath.Join(other.Wheels.Dir, ".installed.json"))
	require.NoError(t, err)
	require.Regexp(t, `^\{"`+all+`":\{"nuid":"[^"]+","package_name":"for-all","package_version":"1.0","size_bytes":\d+,"sha256_hex":"[0-9a-f]{64}","tags":\[\],"installed_at":[\d.]+\}\}$`, string(state))
}

func TestTheOperatorsOwnPackagesAreFoundBesideWheels(t *testing.T) {
	t.Parallel()
	clitest.Python(t) // which has pyoco, whose tasks are classes
	r := newRig(t)
	name, content := demo(t, "1.0")
	r.upload(name, content)
	r.worker(syncing(t, "w1", "default"))
	r.waitSync("w1", has(name))
	require.Equal(t, `[8,4]`, r.gives("default", `{use: demo/doubled}`))
}

func TestAnUpgradeLeavesRunsThatAreGoingTheirs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	old, content := demo(t, "1.0")
	r.upload(old, content)
	cfg := syncing(t, "w1", "default")
	r.worker(cfg)
	r.waitSync("w1", has(old))
	started, release := filepath.Join(t.TempDir(), "started"), filepath.Join(t.TempDir(), "release")
	going := r.submit(one(`{callable: "demo_tasks:late", inputs: {started: `+started+`, release: `+release+`}}`), nil)
	require.Eventually(t, func() bool { _, err := os.Stat(started); return err == nil }, patience, 5*time.Millisecond)

	name, content := demo(t, "1.1")
	r.upload(name, content)
	sync := r.waitSync("w1", has(name))
	require.Equal(t, []string{old}, sync.RemovedWheels)
	require.Equal(t, `"1.1"`, r.gives("default", `{callable: "demo_tasks:version"}`))
	require.NoError(t, os.WriteFile(release, nil, 0o600))
	run := clitest.WaitRun(t, r.gateway, going)
	require.Equal(t, `["1.0","1.0"]`, string(run.TaskRecords["t"].Output), "also what it imports later: %s", run.Error)
	require.Eventually(t, func() bool { return len(environments(t, cfg)) == 1 }, patience, 10*time.Millisecond, "the old one goes with its last run")

	require.NoError(t, r.gateway.DeleteWheel(t.Context(), name))
	r.waitSync("w1", has(old))
	require.Equal(t, `"1.0"`, r.gives("default", `{callable: "demo_tasks:version"}`), "the newest that is left")
	require.NoError(t, r.gateway.DeleteWheel(t.Context(), old))
	sync = r.waitSync("w1", has())
	require.Equal(t, []string{old}, sync.RemovedWheels)
	require.NoFileExists(t, filepath.Join(cfg.Wheels.Dir, old))
	require.Contains(t, r.runAt("default", `{callable: "demo_tasks:version"}`, nil).Error, "the module is neither in a wheel of tasks")
}

// environments are the folders of those that a worker keeps.
func environments(t *testing.T, cfg pyoco.WorkerConfig) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(cfg.Wheels.Dir, ".envs"))
	require.NoError(t, err)
	return entries
}
