// This file owns the benchmark of a Python task beside a Go task.

package wheeltest

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// BenchmarkTask reports what a no-op task costs, in a loop of one run, as a Go function and as a Python function in a
// process that is warm, and the difference; both are measured in one run of the benchmark.
//
//	go test -run '^$' -bench Task -benchtime 2000x ./internal/wheeltest
func BenchmarkTask(b *testing.B) {
	r := newRig(b)
	tasks := pyoco.NewTasks()
	require.NoError(b, tasks.Register("go:nothing", pyoco.Func(func(context.Context) error { return nil })))
	r.worker(pyoco.WorkerConfig{Tasks: tasks, Python: python(b)})
	perTask := func(callable string, rounds int) float64 {
		run := r.run(`{version: 1, flow: {graph: "t[`+strconv.Itoa(rounds)+`]"}, tasks: {t: {callable: "`+callable+`"}}}`, nil)
		require.Equal(b, pyoco.StatusCompleted, run.Status, run.Error)
		return float64(run.EndTime-run.StartTime) * 1e6 / float64(rounds)
	}
	perTask("shop:nothing", 10)
	rounds := min(b.N, 10_000)
	inGo, inPython := perTask("go:nothing", rounds), perTask("shop:nothing", rounds)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(inGo, "go-µs/task")
	b.ReportMetric(inPython, "python-µs/task")
	b.ReportMetric(inPython-inGo, "more-µs/task")
}
