// This file owns flows that are made in Go: the same graph, without a text.

package pyoco

import (
	"encoding/json"
	"fmt"

	"github.com/pyoco/pyoco/internal/graph"
)

// FlowBuilder makes a Flow in Go:
//
//	b := pyoco.NewFlow("main")
//	fetch, parse := b.Task("fetch", pyoco.Func(fetchPage)), b.Task("parse", pyoco.Func(parsePage))
//	b.Then(fetch, parse)
//	flow, err := b.Build()
//
// It is not safe for concurrent use.
type FlowBuilder struct {
	flow       Flow
	statements []graph.Node
	used       map[string]bool
	err        error
}

// Step is a part of a graph that is being built.
type Step struct{ node graph.Node }

// NewFlow begins a flow. Its name is the one that submissions name it by.
func NewFlow(name string) *FlowBuilder {
	return &FlowBuilder{flow: Flow{name: name, tasks: map[string]*flowTask{}}, used: map[string]bool{}}
}

// Task declares a task under a name, which is the one in the run's tasks and results. A task that is in no Then runs
// side by side with all others.
func (b *FlowBuilder) Task(name string, task *Task) Step {
	switch {
	case b.flow.tasks[name] != nil:
		b.fail(fmt.Errorf("task %q is declared twice", name))
	case task == nil:
		b.fail(fmt.Errorf("task %q has no function", name))
	case task.err != nil:
		b.fail(fmt.Errorf("task %q: %w", name, task.err))
	}
	b.flow.tasks[name] = &flowTask{lookup: name, task: task, policy: policy{retryDelay: defaultRetryDelay}}
	return Step{node: &graph.Task{Name: name}}
}

// Then runs the steps one after the other, and is a step itself.
func (b *FlowBuilder) Then(steps ...Step) Step {
	nodes := b.use(steps)
	seq := &graph.Seq{Steps: nodes}
	b.statements = append(b.statements, seq)
	return Step{node: seq}
}

// All is the steps side by side: what follows waits for all of them.
func (b *FlowBuilder) All(steps ...Step) Step { return Step{node: &graph.All{Branches: b.use(steps)}} }

// Any is the steps side by side: what follows starts at the first that succeeds.
func (b *FlowBuilder) Any(steps ...Step) Step { return Step{node: &graph.Any{Branches: b.use(steps)}} }

// Defaults are the values of parameters that a submission leaves out: a struct or a map.
func (b *FlowBuilder) Defaults(params any) {
	data, err := objectOf("defaults", params)
	if err != nil {
		b.fail(err)
	}
	b.flow.defaults = data
}

// Build checks the graph and gives the flow. The builder must not be used afterwards.
func (b *FlowBuilder) Build() (*Flow, error) {
	if b.err != nil {
		return nil, fmt.Errorf("flow %s: %w", b.flow.name, b.err)
	}
	for name := range b.flow.tasks {
		if !b.used[name] {
			b.statements = append(b.statements, &graph.Task{Name: name})
		}
	}
	program := &graph.Program{Statements: b.statements}
	if err := program.Validate(); err != nil {
		return nil, fmt.Errorf("flow %s: %w", b.flow.name, err)
	}
	if b.flow.defaults == nil {
		b.flow.defaults = json.RawMessage("{}")
	}
	b.flow.plan = graph.NewPlan(program)
	return &b.flow, nil
}

func (b *FlowBuilder) use(steps []Step) []graph.Node {
	nodes := make([]graph.Node, len(steps))
	for i, step := range steps {
		nodes[i] = step.node
		if task, ok := step.node.(*graph.Task); ok {
			b.used[task.Name] = true
		}
	}
	if len(nodes) < 2 {
		b.fail(fmt.Errorf("Then, All and Any need at least two steps, got %d", len(nodes)))
	}
	return nodes
}

func (b *FlowBuilder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}
