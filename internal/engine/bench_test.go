// This file owns the measure of what the engine adds to a task and to a run.

package engine_test

import (
	"context"
	"testing"

	"github.com/pyoco/pyoco/internal/engine"
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

func benchmarkRun(b *testing.B, root graph.Node, size int) {
	plan := planOf(root)
	cfg := engine.Config{Plan: plan, Steps: make(map[string]engine.Step, size), OnEvent: func(engine.Event) {}}
	nothing := taskFunc(func(context.Context, engine.Call) (any, error) { return nil, nil })
	for _, node := range plan.Nodes {
		cfg.Steps[node.Name] = engine.Step{Task: nothing}
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
