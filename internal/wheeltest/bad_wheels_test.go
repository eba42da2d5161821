// This file owns the tests of wheels that are no good, and of syncs that were broken off: the worker lives on.

package wheeltest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// failing says that the last sync failed with such a text.
func failing(text string) func(*pyoco.WheelSync) bool {
	return func(s *pyoco.WheelSync) bool { return s.LastResult == "error" && strings.Contains(s.LastError, text) }
}

func TestAWheelThatCanNotBeInstalledLeavesTheOneBeforeIt(t *testing.T) {
	t.Parallel()
	r := trusting(t)
	const good, bad, fixed, beside = "shoes-1.0-py3-none-any.whl", "shoes-2.0-py3-none-any.whl", "shoes-2.1-py3-none-any.whl", "hats-1.0-py3-none-any.whl"
	r.upload(good, made(good, "def f(): return 1\n"))
	cfg := syncing(t, "w1", "default")
	log, _ := r.worker(cfg)
	r.waitSync("w1", has(good))
	r.upload(bad, []byte("no archive"))
	r.upload(beside, made(beside, "def f(): return 'hat'\n"))
	sync := r.waitSync("w1", func(s *pyoco.WheelSync) bool { return failing("install "+bad)(s) && len(s.InstalledWheels) == 2 })
	require.Equal(t, []string{beside, bad}, sync.SelectedWheels)
	require.Equal(t, []string{beside, good}, []string{sync.InstalledWheels[0].Wheel, sync.InstalledWheels[1].Wheel})
	log.Wait(t, "ERR-PYOCO-0024")
	require.Equal(t, "1", r.gives("default", `{callable: "shoes:f"}`))
	require.Equal(t, `"hat"`, r.gives("default", `{callable: "hats:f"}`))
	again := sync.LastAttemptAt
	r.waitSync("w1", func(s *pyoco.WheelSync) bool { return s.LastAttemptAt > again && failing("install "+bad)(s) })

	r.upload(fixed, made(fixed, "def f(): return 3\n"))
	sync = r.waitSync("w1", has(beside, fixed))
	require.Empty(t, sync.LastError)
	require.Equal(t, "3", r.gives("default", `{callable: "shoes:f"}`))
}

func TestAWheelWhoseImportFailsFailsTheRunsThatUseItAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const broken, lacking, good = "broken-1.0-py3-none-any.whl", "lacks-1.0-py3-none-any.whl", "good-1.0-py3-none-any.whl"
	r.upload(broken, made(broken, "raise RuntimeError('not today')\n"))
	r.upload(lacking, made(lacking, "import a_package_that_nobody_has\ndef f(): pass\n"))
	r.upload(good, made(good, "def f(): return 'good'\n"))
	r.worker(syncing(t, "w1", "default"))
	r.waitSync("w1", has(broken, good, lacking))
	require.Contains(t, r.runAt("default", `{callable: "broken:f"}`, nil).Error, `"broken:f" can't be imported: RuntimeError: not today`)
	require.Contains(t, r.runAt("default", `{callable: "lacks:f"}`, nil).Error, "ModuleNotFoundError: No module named 'a_package_that_nobody_has'; "+
		"install it at the worker or upload its wheel: wheels are installed without what they depend on")
	require.Equal(t, `"good"`, r.gives("default", `{callable: "good:f"}`))
	require.Contains(t, r.runAt("default", `{use: shop/none}`, nil).Error, "add of lacks can't be loaded: ModuleNotFoundError")
}

func TestAStartRepairsWhatWasBrokenOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const one, two = "one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl"
	r.upload(one, made(one, "def f(): return 1\n"))
	r.upload(two, made(two, "def f(): return 2\n"))
	cfg := syncing(t, "w1", "default")
	_, stop := r.worker(cfg)
	before := r.waitSync("w1", has(one, two))
	stop()
	kept := environments(t, cfg)
	require.Len(t, kept, 1)

	_, stop = r.worker(cfg) // nothing is broken: nothing is installed
	r.waitSync("w1", func(s *pyoco.WheelSync) bool {
		return has(one, two)(s) && s.LastAttemptAt > before.LastAttemptAt && s.UpdatedCount == 0
	})
	stop()
	require.Equal(t, kept, environments(t, cfg))

	dir := cfg.Wheels.Dir
	env := filepath.Join(dir, ".envs", kept[0].Name())
	require.NoError(t, os.Remove(filepath.Join(env, "pyoco.json")), "as where pip was killed")
	require.NoError(t, os.Truncate(filepath.Join(dir, one), 10))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".partial-1"), nil, 0o600))
	r.worker(cfg)
	sync := r.waitSync("w1", func(s *pyoco.WheelSync) bool { return has(one, two)(s) && s.UpdatedCount == 1 })
	require.Equal(t, []string{one}, sync.UpdatedWheels)
	require.Equal(t, "1", r.gives("default", `{callable: "one:f"}`))
	require.NoDirExists(t, env)
	require.NoFileExists(t, filepath.Join(dir, ".partial-1"))
}

func TestWorkersThatShareAFolderDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const one, two = "one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl"
	r.upload(one, made(one, "def f(): return 1\n"), "a")
	r.upload(two, made(two, "def f(): return 2\n"), "b")
	first := syncing(t, "w1", "a")
	second := first
	second.ID, second.Tags = "w2", []string{"b"}
	r.worker(first)
	r.waitSync("w1", has(one))
	r.worker(second)
	r.waitSync("w2", has(two))
	require.FileExists(t, filepath.Join(first.Wheels.Dir, "w2", two))
	require.Equal(t, "1", r.gives("a", `{callable: "one:f"}`))
	require.Equal(t, "2", r.gives("b", `{callable: "two:f"}`))
}

func TestWithoutPythonTheSyncSaysSoAndGoTasksRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	cfg := syncing(t, "w1", "default")
	cfg.Python.Interpreter = "no-such-python"
	cfg.Tasks = pyoco.NewTasks()
	require.NoError(t, cfg.Tasks.Register("go:x", pyoco.Func(func(context.Context) (int, error) { return 1, nil })))
	r.worker(cfg)
	r.waitSync("w1", failing(`wheels need a Python: exec: "no-such-python": executable file not found`))
	require.Equal(t, "1", r.gives("default", `{callable: "go:x"}`))
	require.Contains(t, r.runAt("default", `{callable: "shop:f"}`, nil).Error, "Python (no-such-python) can't be started")
}

func TestAWorkerInstallsNothingUnlessItIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const name = "one-1.0-py3-none-any.whl"
	r.upload(name, made(name, ""))
	cfg := syncing(t, "w1", "default")
	cfg.Wheels.Enabled = false
	r.worker(cfg)
	sync := r.waitSync("w1", func(s *pyoco.WheelSync) bool { return s.LastResult == "disabled" })
	require.False(t, sync.Enabled)
	require.NoDirExists(t, cfg.Wheels.Dir)
}

func TestAnInstallThatHangsEndsInTimeAndTakesNothingAway(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const one, two = "one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl"
	r.upload(one, made(one, "def f(): return 1\n"))
	cfg := syncing(t, "w1", "default")
	_, stop := r.worker(cfg)
	r.waitSync("w1", has(one))
	stop()
	r.upload(two, made(two, "def f(): return 2\n"))
	hasty := cfg
	hasty.Wheels.InstallTimeout = time.Millisecond
	_, stop = r.worker(hasty)
	sync := r.waitSync("w1", failing("it takes longer than 1ms"))
	require.Len(t, sync.InstalledWheels, 1)
	require.Equal(t, "1", r.gives("default", `{callable: "one:f"}`))
	stop()
	r.worker(cfg)
	r.waitSync("w1", has(one, two))
}
