// This file owns flows that are made in Go: the same graph, without a text.

package pyoco

import (
	"encoding/json"
	"errors"
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
	names      []string // in the order of declaration
	err        error
}

// Step is a part of a graph that is being built.
type Step struct{ node graph.Node }

// NewFlow begins a flow. Its name is the one that submissions name it by.
func NewFlow(name string) *FlowBuilder {
	return &FlowBuilder{flow: Flow{name: name, tasks: map[string]*flowTask{}}}
}

// Task declares a task under a name, which is the one in the run's tasks and results. A task that is in no Then needs
// nothing and runs side by side with all others.
func (b *FlowBuilder) Task(name string, task *Task) Step {
	switch {
	case name == "":
		b.fail(errors.New("a task has no name"))
	case b.flow.tasks[name] != nil:
		b.fail(fmt.Errorf("task %q is declared twice", name))
	case task == nil:
		b.fail(fmt.Errorf("task %q has no function", name))
	case task.err != nil:
		b.fail(fmt.Errorf("task %q: %w", name, task.err))
	}
	b.names = append(b.names, name)
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
	program := &graph.Program{Statements: b.statements}
	wired := map[string]bool{}
	for _, name := range program.Names() {
		wired[name] = true
		if b.flow.tasks[name] == nil {
			return nil, fmt.Errorf("flow %s: task %q belongs to another flow", b.flow.name, name)
		}
	}
	for _, name := range b.names {
		if !wired[name] {
			program.Statements = append(program.Statements, &graph.Task{Name: name})
		}
	}
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
		if nodes[i] = step.node; step.node == nil {
			b.fail(errors.New("a step is empty: Task, Then, All and Any make steps"))
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
