// This file owns the measure of what the engine adds to a task and to a run.

package engine_test

import (
	"context"
	"testing"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

func BenchmarkChain4000(b *testing.B) {
	benchmarkRun(b, seq(tasks(4000)...), 4000)
}

func BenchmarkSideBySide4000(b *testing.B) {
	benchmarkRun(b, all(tasks(4000)...), 4000)
}

func BenchmarkTwoTasks(b *testing.B) {
	benchmarkRun(b, seq(tasks(2)...), 2)
}

func BenchmarkLoopOf4000Rounds(b *testing.B) {
	benchmarkRun(b, repeat("4000", task("a")), 4000)
}

func BenchmarkNestedLoopsOf4000Rounds(b *testing.B) {
	benchmarkRun(b, repeat("20", repeat("20", repeat("10", task("a")))), 4000)
}

func BenchmarkSwitchIn4000Rounds(b *testing.B) {
	choice := choose("1", when(int64(0), tasks(8)...), when(int64(1), task("a")))
	benchmarkRun(b, repeat("4000", choice), 4000)
}

func benchmarkRun(b *testing.B, root graph.Node, size int) {
	plan := planOf(root)
	cfg := engine.Config{Plan: plan, Steps: make(map[string]engine.Step, size), OnEvent: func(engine.Event) {}}
	cfg.Eval = func(e *expr.Expr, _ []engine.LoopState) (any, error) { return e.Eval(nil) }
	nothing := taskFunc(func(context.Context, engine.Call) (any, error) { return nil, nil })
	for _, task := range plan.Tasks {
		cfg.Steps[task.Name] = engine.Step{Task: nothing}
	}
	b.ReportAllocs()
	for b.Loop() {
		out, err := engine.Run(b.Context(), cfg)
		if err != nil || out.Status != engine.Completed {
			b.Fatal(out, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/task")
}
