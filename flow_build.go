// This file owns flows that are made in Go: the same graph, without a text. Loops and switches are in flow_control.go.

package pyoco

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pyoco/pyoco/internal/graph"
)

// FlowBuilder makes a Flow in Go:
//
//	b := pyoco.NewFlow("main")
//	fetch, parse := b.Task("fetch", pyoco.Func(fetchPage)), b.Task("parse", pyoco.Func(parsePage))
//	b.Then(fetch, parse)
//	flow, err := b.Build()
//
// What is wrong is kept until Build, which says it. It is not safe for concurrent use.
type FlowBuilder struct {
	flow  Flow
	parts []graph.Node        // what the methods have made, in order
	inner map[graph.Node]bool // those that are a part of others
	err   error
}

// Step is a part of a graph that is being built.
type Step struct{ node graph.Node }

// NewFlow begins a flow. Its name is the one that submissions name it by.
func NewFlow(name string) *FlowBuilder {
	return &FlowBuilder{flow: Flow{name: name, tasks: map[string]*flowTask{}}, inner: map[graph.Node]bool{}}
}

// TaskConfig says how a task of a flow is called. Its zero value is the default.
type TaskConfig struct {
	// Inputs are values by the function's parameters: literals, or references as in a flow file
	// ("$node.fetch.output.url", "$ctx.params.size").
	Inputs map[string]any
	// Outputs are where the result is stored too: "scratch.page", "params.page" or "results.page".
	Outputs []string
	// Retries is how many further tries a failure gets, 0 to 1,000.
	Retries int
	// RetryDelay is the pause before each. Default 100 ms; negative: none.
	RetryDelay time.Duration
	// Backoff is how the pauses grow and vary.
	Backoff Backoff
	// Timeout bounds one try. Default: none.
	Timeout time.Duration
	// Isolate lets a failure fail only what depends on the task; the run can still complete.
	Isolate bool
}

// Backoff is how the pauses between the tries of a task grow and vary.
type Backoff struct {
	// Factor makes each pause so many times the one before, 1 to 100. Default 1.
	Factor float64
	// Cap is the longest pause. Default: none.
	Cap time.Duration
	// Jitter shortens each pause by a random part of itself, at most by this one: 0 to 1.
	Jitter float64
}

// Task declares a task under a name, which is the one in the run's tasks and results. A task that is in no other step
// needs nothing and runs side by side with all others. At most one cfg says how it is called.
func (b *FlowBuilder) Task(name string, task *Task, cfg ...TaskConfig) Step {
	switch {
	case name == "":
		b.fail(errors.New("a task has no name"))
	case b.flow.tasks[name] != nil:
		b.fail(fmt.Errorf("task %q is declared twice", name))
	case task == nil:
		b.fail(fmt.Errorf("task %q has no function", name))
	case task.err != nil:
		b.fail(fmt.Errorf("task %q: %w", name, task.err))
	case len(cfg) > 1:
		b.fail(fmt.Errorf("task %q has %d configurations", name, len(cfg)))
	}
	declared := &flowTask{lookup: name, task: task, policy: policy{retryDelay: defaultRetryDelay}}
	for _, c := range cfg {
		if err := declared.configure(c); err != nil {
			b.fail(fmt.Errorf("task %q: %w", name, err))
		}
	}
	b.flow.tasks[name] = declared
	return b.part(&graph.Task{Name: name})
}

// Then runs the steps one after the other.
func (b *FlowBuilder) Then(steps ...Step) Step { return b.part(&graph.Seq{Steps: b.several(steps)}) }

// All is the steps side by side: what follows waits for all of them.
func (b *FlowBuilder) All(steps ...Step) Step { return b.part(&graph.All{Branches: b.several(steps)}) }

// Any is the steps side by side: what follows starts at the first that succeeds.
func (b *FlowBuilder) Any(steps ...Step) Step { return b.part(&graph.Any{Branches: b.several(steps)}) }

// Defaults are the values of parameters that a submission leaves out: a struct or a map.
func (b *FlowBuilder) Defaults(params any) {
	data, err := objectOf("defaults", params, maxParamsBytes)
	if err != nil {
		b.fail(err)
	}
	b.flow.defaults = data
}

// Timeout bounds a whole run: over it the run fails, and its tasks are cancelled. Default: none.
func (b *FlowBuilder) Timeout(d time.Duration) {
	if d <= 0 {
		b.fail(fmt.Errorf("its timeout must be above 0, got %s", d))
	}
	b.flow.timeout = d
}

// Build checks the graph and gives the flow. The builder must not be used afterwards.
func (b *FlowBuilder) Build() (*Flow, error) {
	if b.err != nil {
		return nil, fmt.Errorf("flow %s: %w", b.flow.name, b.err)
	}
	program := &graph.Program{}
	var alone []graph.Node // tasks in no other step: after all that is wired
	for _, part := range b.parts {
		switch _, isTask := part.(*graph.Task); {
		case b.inner[part]:
		case isTask:
			alone = append(alone, part)
		default:
			program.Statements = append(program.Statements, part)
		}
	}
	program.Statements = append(program.Statements, alone...)
	if err := program.Validate(); err != nil {
		return nil, fmt.Errorf("flow %s: %w", b.flow.name, err)
	}
	for _, name := range program.Names() {
		if b.flow.tasks[name] == nil {
			return nil, fmt.Errorf("flow %s: task %q belongs to another flow", b.flow.name, name)
		}
	}
	if b.flow.defaults == nil {
		b.flow.defaults = json.RawMessage("{}")
	}
	b.flow.program, b.flow.plan = program, graph.NewPlan(program)
	b.flow.kept = sha256Hex([]byte(b.flow.Graph()))
	return &b.flow, nil
}

// part takes in what a method has made.
func (b *FlowBuilder) part(node graph.Node) Step {
	b.parts = append(b.parts, node)
	return Step{node: node}
}

// use gives a step's node to a part that is made of it.
func (b *FlowBuilder) use(step Step) graph.Node {
	if step.node == nil {
		b.fail(errors.New("a step is empty: the methods of the builder make steps"))
	}
	b.inner[step.node] = true
	return step.node
}

func (b *FlowBuilder) several(steps []Step) []graph.Node {
	nodes := make([]graph.Node, len(steps))
	for i, step := range steps {
		nodes[i] = b.use(step)
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
