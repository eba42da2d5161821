// This file owns the flows that are run: they do nothing, so that all the time is the system's.

package main

import (
	"context"
	"fmt"

	"github.com/pyoco/pyoco"
)

// flowFile is the flow of two tasks as a file.
const flowFile = `version: 1
flow:
  graph: first >> second
tasks:
  first:
    callable: bench:nothing
  second:
    callable: bench:last
`

func tag(i int) string { return fmt.Sprintf("tag-%d", i) }

// workerConfig is a worker for the load: done is called by the last task of each run.
func workerConfig(l load, done func()) (pyoco.WorkerConfig, error) {
	cfg := pyoco.WorkerConfig{Concurrency: l.slots, Tasks: pyoco.NewTasks()}
	for i := range max(1, l.tags) {
		cfg.Tags = append(cfg.Tags, tag(i))
	}
	nothing := func() *pyoco.Task { return pyoco.Func(func(context.Context) error { return nil }) }
	last := pyoco.Func(func(context.Context) error { done(); return nil })
	if err := cfg.Tasks.Register("bench:nothing", nothing()); err != nil {
		return cfg, err
	}
	if err := cfg.Tasks.Register("bench:last", last); err != nil {
		return cfg, err
	}
	builder := pyoco.NewFlow("main")
	steps := []pyoco.Step{}
	for i := range max(2, l.tasks) - 1 {
		steps = append(steps, builder.Task(fmt.Sprintf("task%d", i), nothing()))
	}
	builder.Then(append(steps, builder.Task("last", last))...)
	flow, err := builder.Build()
	if err != nil {
		return cfg, err
	}
	waiting, err := waitingFlow()
	if err != nil {
		return cfg, err
	}
	cfg.Flows = pyoco.FlowMap(flow, waiting)
	return cfg, nil
}

// waitingFlow has one task, which waits for its cancel.
func waitingFlow() (*pyoco.Flow, error) {
	builder := pyoco.NewFlow("waiting")
	builder.Task("wait", pyoco.Func(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }))
	return builder.Build()
}
