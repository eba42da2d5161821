// This file owns the tests of snapshots that are too large: runs end all the same.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fullParams are params with which a PENDING snapshot leaves room bytes of what NATS takes.
func (rig *workerRig) fullParams(room int) string {
	rig.t.Helper()
	run := rig.newRun("main", `{"x":""}`)
	data, err := encode(run)
	require.NoError(rig.t, err)
	return `{"x":"` + strings.Repeat("p", rig.runs.bucket.MaxValue()-room-len(data)) + `"}`
}

// manyTasks is a flow of so many tasks that give a value of bytes each, and then one that gives what failing says.
func manyTasks(t *testing.T, count, bytes int, failing error) *Flow {
	t.Helper()
	b := NewFlow("main")
	output := strings.Repeat("o", bytes)
	all := make([]Step, count)
	for i := range all {
		all[i] = b.Task(fmt.Sprintf("a_task_with_a_rather_long_name_%04d", i), Func(func(context.Context) (string, error) { return output, nil }))
	}
	last := b.Task("last", Func(func(_ context.Context, in struct {
		Before string `json:"a_task_with_a_rather_long_name_0000"`
		X      string `json:"x"`
	}) (int, error) {
		return len(in.Before) + len(in.X), failing
	}))
	b.Then(b.All(all...), last)
	flow, err := b.Build()
	require.NoError(t, err)
	return flow
}

func TestARunEndsHoweverLargeItsParamsTasksAndOutputsAre(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		room    int // that the params leave
		failing error
		status  Status
		error   string
		params  bool // stay
	}{
		"params that leave room for the end":    {8 << 10, nil, StatusCompleted, "bytes that NATS takes: tasks", true},
		"params that leave no room":             {16, nil, StatusCompleted, "bytes that NATS takes: tasks, params", false},
		"a failure with a long text, and so on": {16, errors.New(strings.Repeat("\x01", 20_000)), StatusFailed, "task last failed", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newWorkerRig(t, Resources{})
			rig.start(WorkerConfig{Flows: FlowMap(manyTasks(t, 2000, 4<<10, c.failing)), MaxParallelTasks: 64})
			run := rig.ends(rig.submit("main", rig.fullParams(c.room)), c.status)
			require.Contains(t, run.Error, c.error)
			require.Contains(t, run.Error, "left out, for the snapshot was over the 1048064 bytes that NATS takes: tasks")
			require.Equal(t, 1, strings.Count(run.Error, "left out"))
			require.Empty(t, run.Tasks)
			require.Empty(t, run.TaskRecords)
			require.True(t, run.TaskRecordsTruncated)
			require.Equal(t, c.params, len(run.Params) > 0)
			require.Equal(t, !c.params, run.ParamsTruncated)
			require.Positive(t, run.EndTime)
		})
	}
}

func TestThousandsOfTasksWithTheLargestParamsKeepTheirStates(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	rig.start(WorkerConfig{Flows: FlowMap(manyTasks(t, 4000, 4<<10, nil)), MaxParallelTasks: 64})
	run := rig.ends(rig.submit("main", `{"x":"`+strings.Repeat("p", maxParamsBytes-8)+`"}`), StatusCompleted)
	require.Empty(t, run.Error)
	require.Len(t, run.Tasks, 4001)
	require.Equal(t, TaskSucceeded, run.Tasks["last"])
	require.Len(t, run.Params, maxParamsBytes)
	require.True(t, run.TaskRecordsTruncated)
	require.Empty(t, run.TaskRecords)
}

func TestInputsThatNoSnapshotCouldHoldAreNotKept(t *testing.T) {
	t.Parallel()
	for limit, full := range map[int]bool{0: false, 1_000: true, 100_000: false} {
		b := NewFlow("main")
		tasks := make([]Step, 100)
		for i := range tasks {
			tasks[i] = b.Task(fmt.Sprint("t", i), Func(func(_ context.Context, in map[string]string) error {
				if len(in["x"]) != 500 {
					return errors.New("the input is not whole")
				}
				return nil
			}))
		}
		b.Repeat(3, b.All(tasks...)) // only the last round's are kept
		flow, err := b.Build()
		require.NoError(t, err)
		p := newProgress(flow, valuesOf(t, `{"x":"`+strings.Repeat("x", 500)+`"}`), func() {})
		p.maxInputs = limit
		bound, err := flow.bindTasks(t.Context(), NewTasks(), pythonFinder{})
		require.NoError(t, err)
		outcome, err := execution{}.execute(t.Context(), flow, bound, p)
		require.NoError(t, err)
		require.NoError(t, outcome.Err)
		run := &Run{}
		p.apply(run)
		require.Len(t, run.Tasks, 100)
		require.Equal(t, full, run.TaskRecordsTruncated)
		require.Equal(t, full, len(run.TaskRecords) == 0)
		kept := 0
		for _, record := range p.records {
			kept += len(record.Inputs)
		}
		require.Equal(t, !full, kept > 50_000, "%d bytes are kept", kept)
		require.Equal(t, full, kept == 0)
	}
}

func TestALostJobIsNotMadeAnewWithoutItsParams(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, sweepResources)
	run := rig.left(func(r *Run) { r.ParamsTruncated, r.Params = true, nil })
	require.NoError(t, looseGateway(rig).sweeper.requeue(t.Context(), run, time.Hour))
	require.Empty(t, rig.queued())
	failed := rig.read(run.ID)
	require.Equal(t, StatusFailed, failed.Status)
	require.Contains(t, failed.Error, "too large for its params to be kept")
}

func TestASnapshotIsShortenedOnlyAsFarAsItHasToBe(t *testing.T) {
	t.Parallel()
	full := func() *Run {
		return &Run{
			ID: "r", Flow: "f", Status: StatusFailed, Error: "boom", UpdatedAt: timestamp(time.Now()),
			Params:      json.RawMessage(`{"x":"` + strings.Repeat("p", 1000) + `"}`),
			Tasks:       map[string]TaskState{strings.Repeat("t", 2000): TaskFailed},
			TaskRecords: map[string]*TaskRecord{"t": {Output: json.RawMessage(`"` + strings.Repeat("o", 4000) + `"`)}},
			extra:       map[string]json.RawMessage{"result_summary": json.RawMessage(`"` + strings.Repeat("s", 3000) + `"`), "x": json.RawMessage(`"` + strings.Repeat("x", 5000) + `"`)},
		}
	}
	for most, want := range map[int]string{
		11_500: "boom",
		8_600:  "boom; left out, for the snapshot was over the 8600 bytes that NATS takes: result_summary",
		6_600:  "boom; left out, for the snapshot was over the 6600 bytes that NATS takes: result_summary, tasks",
		5_500:  "boom; left out, for the snapshot was over the 5500 bytes that NATS takes: result_summary, tasks, params",
		1_000:  "boom; left out, for the snapshot was over the 1000 bytes that NATS takes: result_summary, tasks, params, what other programs wrote",
	} {
		run := full()
		data, err := run.shorten(most)
		require.NoError(t, err)
		require.LessOrEqual(t, len(data), most)
		require.Equal(t, want, run.Error)
		require.True(t, run.TaskRecordsTruncated)
		require.True(t, run.ParamsTruncated || len(run.Params) > 0)
	}
	run := full()
	for _, most := range []int{8_600, 1_000} {
		_, err := run.shorten(most)
		require.NoError(t, err)
	}
	require.Equal(t, "boom; left out, for the snapshot was over the 1000 bytes that NATS takes: tasks, params, what other programs wrote", run.Error, "the newer note stands alone")
}

func TestAShortenedSnapshotThatIsReadBackIsShortenedAnewFromTheWhole(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := newGate()
	b := NewFlow("main")
	b.Then(b.Task("wait", Func(g.run)), b.Task("fail", Func(func(context.Context) error { return errors.New(strings.Repeat("\x01", 20_000)) })))
	flow, err := b.Build()
	require.NoError(t, err)
	rig.start(WorkerConfig{Flows: FlowMap(flow), RunHeartbeat: 10 * time.Second})
	id := rig.submit("main", rig.fullParams(16))
	g.next(t)
	rig.rewrite(id, func(r *Run) { r.Params, r.ParamsTruncated = nil, true }) // a heartbeat whose answer was lost
	g.release <- struct{}{}
	run := rig.ends(id, StatusFailed)
	require.Contains(t, run.Error, "left out, for the snapshot was over the 1048064 bytes that NATS takes: tasks, params")
	require.True(t, run.ParamsTruncated)
}
