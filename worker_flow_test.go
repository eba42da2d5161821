// This file owns the tests of what a flow means at a worker: loops, cancels, bounds and abandoned tasks in real runs.

package pyoco

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAWorkerRunsLoopsASwitchAndPipesOfAFile(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	tasks := NewTasks()
	require.NoError(t, tasks.Register("double", Func(func(_ context.Context, in struct {
		It int `json:"it"`
	}) (int, error) {
		return 2 * in.It, nil
	})))
	require.NoError(t, tasks.Register("sum", Func(func(_ context.Context, in struct {
		Double []int `json:"double"`
	}) (total int, err error) {
		for _, n := range in.Double {
			total += n
		}
		return total, nil
	})))
	rig.start(WorkerConfig{Tasks: tasks})
	id := rig.submitFile(`
pipes: {all: 'foreach(over={{items}}, item=it, collect=list){ double } >> sum'}
flow: {graph: 'pipe(all) >> switch("$ctx.results.sum")[12 >> twelve: sum, "*" >> other: sum]'}
tasks: {double: {inputs: {it: $ctx.it}}, sum: }
`, `{"items": [1, 2, 3]}`)
	run := rig.ends(id, StatusCompleted)
	require.Equal(t, map[string]TaskState{
		"double": TaskSucceeded, "sum": TaskSucceeded, "twelve": TaskSucceeded, "other": TaskSkipped,
	}, run.Tasks)
	require.Equal(t, "[2,4,6]", string(run.TaskRecords["double"].Output))
	require.JSONEq(t, `{"double":[2,4,6]}`, string(run.TaskRecords["sum"].Inputs))
	require.Equal(t, 3, run.TaskRecords["double"].Loops[0].Iteration)
	require.Equal(t, json.RawMessage("3"), run.TaskRecords["double"].Loops[0].Item)
}

func TestAWorkerRunsAtMostSoManyTasksOfARunAtOnce(t *testing.T) {
	t.Parallel()
	const most = 3
	rig := newWorkerRig(t, Resources{})
	var now, highest atomic.Int64
	full := make(chan struct{})
	task := Func(func(ctx context.Context) error {
		defer now.Add(-1)
		if n := now.Add(1); n > highest.Load() {
			if highest.Store(n); n == most {
				close(full)
			}
		}
		select {
		case <-full: // so many are at work at once
		case <-ctx.Done():
		}
		return nil
	})
	b := NewFlow("main")
	steps := make([]Step, 12)
	for i := range steps {
		steps[i] = b.Task(fmt.Sprint("t", i), task)
	}
	b.All(steps...)
	flow, err := b.Build()
	require.NoError(t, err)
	rig.start(WorkerConfig{Flows: FlowMap(flow), MaxParallelTasks: most})
	rig.ends(rig.submit("main", "{}"), StatusCompleted)
	require.EqualValues(t, most, highest.Load())
}

func TestATaskThatIgnoresItsTimeoutIsReportedByItsWorker(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	release := make(chan struct{})
	returned := make(chan struct{})
	tasks := NewTasks()
	require.NoError(t, tasks.Register("deaf", Func(func(context.Context) error {
		defer close(returned)
		<-release
		return nil
	})))
	log := &rigLog{}
	rig.start(WorkerConfig{Tasks: tasks, CancelGrace: 50 * time.Millisecond, Log: log.logger()})
	run := rig.ends(rig.submitFile("flow: {graph: deaf}\ntasks: {deaf: {timeout_sec: 0.05}}\n", "{}"), StatusFailed)
	require.Contains(t, run.Error, "timed out after 50ms: the task did not return after its context had ended")
	require.Equal(t, run.TaskRecords["deaf"].Error, strings.TrimPrefix(run.Error, "task deaf failed: "))
	require.True(t, log.has("tasks did not return in time") && log.has("deaf"))
	close(release)
	rigReceive(t, returned)
}

func TestACancelEndsALoopOfARunAtItsWorker(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	tasks := NewTasks()
	require.NoError(t, tasks.Register("a", Func(g.run)))
	rig.start(WorkerConfig{Tasks: tasks})
	id := rig.submitFile("flow: {graph: 'a[1000] >> b: a'}\ntasks: {a: }\n", "{}")
	for range 3 {
		g.next(t)
		g.release <- struct{}{}
	}
	g.next(t)
	rig.cancel(id)
	run := rig.ends(id, StatusCancelled)
	require.Equal(t, map[string]TaskState{"a": TaskCancelled, "b": TaskCancelled}, run.Tasks)
	require.Equal(t, 4, run.TaskRecords["a"].Loops[0].Iteration, "the record says which round it was")
	require.Empty(t, g.started, "no round was begun after it")
}

func TestATaskDeclaredWithoutACallableIsTheOneRegisteredUnderItsName(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	tasks := NewTasks()
	for _, name := range []string{"resize", "image/resize", "image:resize"} {
		require.NoError(t, tasks.Register(name, Func(func(context.Context) (string, error) { return name, nil })))
	}
	rig.start(WorkerConfig{Tasks: tasks})
	for declared, want := range map[string]string{
		"{}": `"resize"`, "{use: image/resize}": `"image/resize"`, "{callable: 'image:resize'}": `"image:resize"`,
	} {
		run := rig.ends(rig.submitFile("flow: {graph: resize}\ntasks: {resize: "+declared+"}\n", "{}"), StatusCompleted)
		require.Equal(t, want, string(run.TaskRecords["resize"].Output))
	}
	run := rig.ends(rig.submitFile("flow: {graph: resise}\ntasks: {resise: }\n", "{}"), StatusFailed)
	require.Contains(t, run.Error, `task "resise": no function is registered as "resise" at this worker; nearest: resize`)
}
