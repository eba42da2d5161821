// This file owns the tests of Python tasks in flows: what they are given, what their records hold, and their failures.

package wheeltest

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// order calls a Go function between Python functions.
const order = `version: 1
flow:
  graph: discount >> price >> bill >> after
  defaults: {count: 3}
tasks:
  discount: {callable: "go:discount"}
  price: {callable: "shop:price", inputs: {item: $ctx.params.what}}
  bill: {callable: "shop:bill", outputs: [scratch.bill]}
  after: {callable: "shop:after"}
`

func TestGoAndPythonTasksShareARun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tasks := pyoco.NewTasks()
	require.NoError(t, tasks.Register("go:discount", pyoco.Func(func(context.Context) (int, error) { return 1, nil })))
	log, _ := r.worker(pyoco.WorkerConfig{Tasks: tasks, Python: python(t)})
	run := r.run(order, map[string]any{"what": "tea", "id": json.Number("12345678901234567890")})
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	price, bill := run.TaskRecords["price"], run.TaskRecords["bill"]
	require.Equal(t, `{"count":3,"discount":1,"item":"tea"}`, string(price.Inputs), "from inputs, params and results")
	require.Equal(t, `{"item":"tea","total":29}`, string(price.Output))
	require.Equal(t, `{"total":29,"run":"`+run.ID+`","params":{"count":3,"id":12345678901234567890,"what":"tea"},"big":1180591620717411303424,"float":1.0}`,
		string(bill.Output), "numbers pass exactly")
	require.Equal(t, "bill for tea\n", bill.Stdout)
	require.Equal(t, "careful\n", bill.Stderr)
	require.Equal(t, &pyoco.TaskProgress{Fraction: 0.5, Note: "half"}, bill.Progress)
	require.Contains(t, string(bill.Artifacts), `"type":"str","size_bytes":8`)
	require.Equal(t, `[["tea"],"str",null]`, string(run.TaskRecords["after"].Output))
	log.Wait(t, `msg="bill for tea"`)
	log.Wait(t, "stream=stderr")
}

func TestAGoFunctionOfTheNameComesFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tasks := pyoco.NewTasks()
	require.NoError(t, tasks.Register("shop:nothing", pyoco.Func(func(context.Context) (string, error) { return "Go", nil })))
	r.worker(pyoco.WorkerConfig{Tasks: tasks, Python: python(t)})
	require.Equal(t, `"Go"`, string(r.run(one(`{callable: "shop:nothing"}`), nil).TaskRecords["t"].Output))
}

func TestWhatATaskRaisesStandsInItsRecord(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.worker(pyoco.WorkerConfig{Python: python(t)})
	run := r.run(one(`{callable: "shop:fails", inputs: {text: no luck}, retries: 1, retry_delay_sec: 0}`), nil)
	require.Equal(t, pyoco.StatusFailed, run.Status)
	require.Equal(t, "task t failed: ValueError: no luck", run.Error)
	record := run.TaskRecords["t"]
	require.Equal(t, "ValueError: no luck", record.Error)
	require.Contains(t, record.Traceback, "in fails\n    raise ValueError(text)")
	require.Equal(t, 2, record.Attempts)
	require.Equal(t, `"{1}"`, string(r.run(one(`{callable: "shop:odd"}`), nil).TaskRecords["t"].Output), "what is not JSON is kept as its text")
}

func TestACrashFailsItsTaskAndTheWorkerLivesOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.worker(pyoco.WorkerConfig{Python: python(t)})
	run := r.run(one(`{callable: "shop:crashes"}`), nil)
	require.Equal(t, "task t failed: the Python process ended in the middle of the task: signal: segmentation fault", run.Error)
	require.Contains(t, run.TaskRecords["t"].Traceback, "in crashes")
	path := filepath.Join(t.TempDir(), "crashed")
	run = r.run(one(`{callable: "shop:crashes_once", inputs: {path: `+path+`}, retries: 1, retry_delay_sec: 0}`), nil)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, `"second try"`, string(run.TaskRecords["t"].Output))
	require.Empty(t, run.TaskRecords["t"].Traceback)
}

func TestWhatCanNotBeCalledFailsTheRunAndSaysWhy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.worker(pyoco.WorkerConfig{Python: python(t)})
	for task, says := range map[string]string{
		`{callable: "os:system", inputs: {command: id}}`: `no function is registered as "os:system" at this worker, and in its Python the module is neither in a wheel of tasks nor one of those`,
		`{callable: "shop:missing"}`:                     "and in its Python the module shop has no missing",
		`{use: shop/none}`:                               "and in its Python no entry point of the group pyoco.tasks gives it",
		`{}`:                                             `no function is registered as "t" at this worker, and in its Python no entry point`,
		`{callable: "lacking:x"}`: `task "t": "lacking:x" can't be imported: ModuleNotFoundError: No module named 'absent_dependency'; ` +
			"install it at the worker or upload its wheel",
		`{callable: "shop:price", inputs: {item: 1}}`:                         `parameter "discount" is not bound: no input, no param and no result has this name`,
		`{callable: "shop:price", inputs: {item: 1, discount: 0, colour: 2}}`: "inputs.colour: the function shop:price has no parameter of this name; it has item, count, discount",
	} {
		run := r.run(one(task), nil)
		require.Equal(t, pyoco.StatusFailed, run.Status, task)
		require.Contains(t, run.Error, says, task)
	}
	run := r.run(one(`{callable: "shop:secrets"}`), nil)
	require.Equal(t, "[]", string(run.TaskRecords["t"].Output), "the worker's own settings stay with it")
}

func TestWithoutPythonGoTasksRunAndPythonTasksSayWhatIsMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tasks := pyoco.NewTasks()
	require.NoError(t, tasks.Register("go:x", pyoco.Func(func(context.Context) (int, error) { return 1, nil })))
	_, stop := r.worker(pyoco.WorkerConfig{Tasks: tasks})
	require.Contains(t, r.run(one(`{callable: "shop:nothing"}`), nil).Error, `no function is registered as "shop:nothing" at this worker; nearest: go:x`)
	stop()
	log, _ := r.worker(pyoco.WorkerConfig{Tasks: tasks, Python: pyoco.PythonConfig{Interpreter: "no-such-python", Modules: []string{"shop"}}})
	log.Wait(t, "Python tasks can't be run, Go tasks are")
	require.Contains(t, r.run(one(`{callable: "shop:nothing"}`), nil).Error, `Python (no-such-python) can't be started: exec: "no-such-python": executable file not found`)
	require.Equal(t, pyoco.StatusCompleted, r.run(one(`{callable: "go:x"}`), nil).Status)
}
