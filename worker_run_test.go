// This file owns the tests of whole runs: what stands in the snapshot, how often it is written, and how many run at once.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const rigFile = `
version: 1
flow:
  graph: |
    load >> (double & square) >> sum
    load >> (fast | slow) >> pick
  defaults: {n: 1, label: none}
tasks:
  load: {callable: "calc:load", outputs: [scratch.loaded]}
  double: {callable: "calc:scale", inputs: {value: $node.load.output.n, by: 2}}
  square: {callable: "calc:scale", inputs: {value: $ctx.scratch.loaded.n, by: $ctx.params.n}}
  sum: {callable: "calc:sum"}
  fast: {callable: "calc:label"}
  slow: {callable: "calc:slow"}
  pick: {callable: "calc:label"}
`

func rigCalc(t *testing.T, slow <-chan struct{}) *Tasks {
	t.Helper()
	type object = map[string]any
	tasks := NewTasks()
	for name, fn := range map[string]any{
		"calc:load": func(_ context.Context, in struct {
			N int64 `json:"n"`
		}) (object, error) {
			return object{"n": in.N}, nil
		},
		"calc:scale": func(_ context.Context, in struct{ Value, By int64 }) (int64, error) { return in.Value * in.By, nil },
		"calc:sum": func(_ context.Context, in struct {
			Double int64 `json:"double"`
			Square int64 `json:"square"`
		}) (int64, error) {
			return in.Double + in.Square, nil
		},
		"calc:label": func(_ context.Context, in struct {
			Label string `json:"label"`
		}) (string, error) {
			return in.Label, nil
		},
		"calc:slow": func(ctx context.Context) error {
			select {
			case <-slow:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	} {
		require.NoError(t, tasks.Register(name, Func(fn)))
	}
	return tasks
}

func TestAFlowFileRunsFromEndToEnd(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	slow := make(chan struct{})
	rig.start(WorkerConfig{Tasks: rigCalc(t, slow)})
	file := strings.ReplaceAll(rigFile, "{value:", "{Value:")
	file = strings.ReplaceAll(file, "by:", "By:")
	id := rig.submitFile(file, `{"n": 3000000000}`)
	rig.wait(id, func(r *Run) bool { return r.Tasks["pick"] == TaskSucceeded && r.Tasks["slow"] == TaskRunning })
	close(slow)
	run := rig.ends(id, StatusCompleted)
	require.Len(t, run.Tasks, 7)
	for name, state := range run.Tasks {
		require.Equal(t, TaskSucceeded, state, name)
		record := run.TaskRecords[name]
		require.Equal(t, TaskSucceeded, record.State, name)
		require.Positive(t, record.StartedAt, name)
		require.GreaterOrEqual(t, record.EndedAt, record.StartedAt, name)
		require.Equal(t, 1, record.Attempts, name)
		require.Empty(t, record.Error, name)
	}
	require.JSONEq(t, `{"Value": 3000000000, "By": 2}`, string(run.TaskRecords["double"].Inputs))
	require.Equal(t, `6000000000`, string(run.TaskRecords["double"].Output))
	require.Equal(t, `9000000000000000000`, string(run.TaskRecords["square"].Output))
	require.Equal(t, `9000000006000000000`, string(run.TaskRecords["sum"].Output))
	require.Equal(t, `"none"`, string(run.TaskRecords["fast"].Output), "a default")
	require.Empty(t, run.Error)
	require.GreaterOrEqual(t, run.EndTime, run.StartTime)
}

// nilError is an error whose nil pointer can't say what it is.
type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

func TestFailuresStandInTheSnapshot(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	tasks := NewTasks()
	tries := new(atomic.Int64)
	for name, fn := range map[string]any{
		"t:ok":    func(context.Context) error { return nil },
		"t:panic": func(context.Context) error { panic("out of cheese") },
		"t:nil":   func(context.Context) error { var e *nilError; return e },
		"t:fails": func(context.Context) error { return errors.New("broken") },
		"t:third": func(context.Context) (int64, error) {
			if n := tries.Add(1); n < 3 {
				return 0, errors.New("not yet")
			}
			return 7, nil
		},
		"t:waits": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"t:needs": func(_ context.Context, in struct{ Missing string }) error { return nil },
	} {
		require.NoError(t, tasks.Register(name, Func(fn)))
	}
	rig.start(WorkerConfig{Tasks: tasks})
	run := func(graph, declared string, status Status) *Run {
		return rig.ends(rig.submitFile("version: 1\nflow: {graph: "+graph+"}\ntasks: {"+declared+"}\n", "{}"), status)
	}
	r := run("a >> b", "a: {callable: 't:panic'}, b: {callable: 't:ok'}", StatusFailed)
	require.Contains(t, r.Error, "task a failed: panic: out of cheese")
	require.Equal(t, map[string]TaskState{"a": TaskFailed, "b": TaskCancelled}, r.Tasks)
	require.Equal(t, "panic: out of cheese", r.TaskRecords["a"].Error)
	require.Contains(t, r.TaskRecords["a"].Traceback, "worker_run_test.go")

	r = run("a", "a: {callable: 't:nil'}", StatusFailed)
	require.NotEmpty(t, r.TaskRecords["a"].Error, "the worker bears it")

	r = run("a", "a: {callable: 't:third', retries: 2, retry_delay_sec: 0.01}", StatusCompleted)
	require.Equal(t, 3, r.TaskRecords["a"].Attempts)
	require.Empty(t, r.TaskRecords["a"].Error)
	require.Equal(t, "7", string(r.TaskRecords["a"].Output))

	r = run("a", "a: {callable: 't:waits', timeout_sec: 0.05}", StatusFailed)
	require.Contains(t, r.Error, "timed out after 50ms")

	r = run("a >> b", "a: {callable: 't:fails', fail_policy: isolate}, b: {callable: 't:ok'}, c: {callable: 't:ok'}", StatusCompleted)
	require.Equal(t, TaskFailed, r.Tasks["a"])
	require.Equal(t, TaskFailed, r.Tasks["b"])
	require.Contains(t, r.TaskRecords["b"].Error, "a failed")

	r = run("a", "a: {callable: 't:needs', retries: 5}", StatusFailed)
	require.Contains(t, r.Error, `"Missing" is not bound`)
	require.Equal(t, 1, r.TaskRecords["a"].Attempts, "another try would not mend it")
}

func TestASnapshotOverItsLimitKeepsTheStatesAndDropsTheRecords(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	big := func(context.Context) (string, error) { return strings.Repeat("x", 5000), nil }
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", big)), MaxSnapshotBytes: 4 << 10})
	run := rig.ends(rig.submit("main", "{}"), StatusCompleted)
	require.True(t, run.TaskRecordsTruncated)
	require.Empty(t, run.TaskRecords)
	require.Equal(t, map[string]TaskState{"task": TaskSucceeded}, run.Tasks)
	require.ErrorContains(t, run.Output("task", new(string)), "over the size limit")
}

func TestAShortRunIsWrittenThreeTimes(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	_, task := rigCounter()
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", task))})
	rig.ends(rig.submit("main", "{}"), StatusCompleted)
	require.EqualValues(t, 3, rig.revisions(), "created, claimed, ended")
}

func TestQuickTasksAreWrittenAtMostFourTimesASecond(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	b := NewFlow("main")
	step := Func(func(ctx context.Context) error {
		timer := time.NewTimer(25 * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		return nil
	})
	steps := make([]Step, 40)
	for i := range steps {
		steps[i] = b.Task(fmt.Sprintf("t%02d", i), step)
	}
	b.Then(steps...)
	flow, err := b.Build()
	require.NoError(t, err)
	rig.start(WorkerConfig{Flows: FlowMap(flow)})
	began := time.Now()
	rig.ends(rig.submit("main", "{}"), StatusCompleted)
	took := time.Since(began)
	require.LessOrEqual(t, rig.revisions(), uint64(took/writePause)+3)
	require.Greater(t, rig.revisions(), uint64(3), "progress is visible")
}

func TestNoMoreRunsAtOnceThanSlotsOverSeveralTags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ slots, tags, runs int }{{3, 1, 12}, {4, 3, 12}, {2, 5, 15}} {
		t.Run(fmt.Sprintf("%d slots %d tags", c.slots, c.tags), func(t *testing.T) {
			t.Parallel()
			rig := newWorkerRig(t, Resources{})
			var running, most atomic.Int64
			var full sync.Once
			reached := make(chan struct{})
			task := func(ctx context.Context) error {
				now := running.Add(1)
				defer running.Add(-1)
				for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
				}
				if now == int64(c.slots) {
					full.Do(func() { close(reached) })
				}
				select { // the first wait for each other: all slots are used
				case <-reached:
				case <-ctx.Done():
				}
				return nil
			}
			tags := make([]string, c.tags)
			for i := range tags {
				tags[i] = fmt.Sprintf("tag%d", i)
			}
			rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", task)), Concurrency: c.slots, Tags: tags})
			ids := make([]string, c.runs)
			for i := range ids {
				run := rig.newRun("main", "{}")
				run.Tag = tags[i%len(tags)]
				rig.store(run)
				rig.queue(run, "", true, run.ID)
				ids[i] = run.ID
			}
			for _, id := range ids {
				rig.waitStatus(id, StatusCompleted)
			}
			require.EqualValues(t, c.slots, most.Load())
		})
	}
}
