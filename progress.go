// This file owns the progress of a run while it is executed: the engine's events as task states and records.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

// progress is what a snapshot says of the tasks of a run under way. It is safe for concurrent use.
type progress struct {
	scope   *scope
	changed func()              // called after each change, outside the lock
	outputs map[string][]string // where the output of each task is stored beside the results

	// flowText is the SHA-256 of the kept text of a flow made in Go; empty: none.
	flowText string
	// maxInputs bounds what is kept of the inputs of all tasks, in bytes: over it, the records could not be stored. 0: it
	// does not.
	maxInputs int

	mu      sync.Mutex
	inputs  int  // bytes that are kept
	full    bool // there were more than maxInputs: records are not shown any more
	states  map[string]TaskState
	records map[string]*TaskRecord
	loops   map[*graph.Loop]*collected // those that are going on
}

func newProgress(f *Flow, s *scope, changed func()) *progress {
	p := &progress{
		scope: s, changed: changed, loops: map[*graph.Loop]*collected{},
		states: make(map[string]TaskState, len(f.plan.Tasks)), records: make(map[string]*TaskRecord, len(f.plan.Tasks)),
		outputs: make(map[string][]string, len(f.plan.Tasks)),
	}
	for _, node := range f.plan.Tasks {
		p.outputs[node.Name] = f.declared(node).outputs
		p.states[node.Name] = TaskPending
		p.records[node.Name] = &TaskRecord{State: TaskPending}
	}
	return p
}

// apply puts the progress into a snapshot, as it is at this moment.
func (p *progress) apply(r *Run) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.Tasks = maps.Clone(p.states)
	if p.full {
		r.TaskRecords, r.TaskRecordsTruncated = nil, true
		return
	}
	r.TaskRecords = make(map[string]*TaskRecord, len(p.records))
	for name, record := range p.records {
		copied := *record
		r.TaskRecords[name] = &copied
	}
	r.TaskRecordsTruncated = false
	if p.flowText != "" {
		r.FlowTextSHA256 = p.flowText
	}
}

// onEvent follows the engine. A result is in the scope before what depends on it starts.
func (p *progress) onEvent(e engine.Event) {
	p.mu.Lock()
	p.follow(e)
	p.mu.Unlock()
	p.changed()
}

func (p *progress) follow(e engine.Event) {
	record := p.records[e.Node]
	at := timestamp(e.At)
	switch e.Kind {
	case engine.Started:
		if e.Attempt == 1 { // of a round: what the one before has left is over
			p.inputs -= len(record.Inputs)
			*record = TaskRecord{StartedAt: at, Artifacts: record.Artifacts, Loops: shownRounds(e.Loops)}
		}
		record.State = TaskRunning
	case engine.Retrying:
		record.fail(e.Err)
	case engine.Succeeded:
		record.State, record.Error, record.Traceback = TaskSucceeded, "", ""
		record.Output, _ = e.Output.(json.RawMessage)
		if err := p.scope.store(e.Node, record.Output, p.outputs[e.Node]); err != nil {
			record.Error = err.Error()
		}
		p.collect(e.Node, record.Output, e.Loops)
	case engine.Skipped:
		if record.State != TaskPending { // in an earlier round it ran, and that is what it came to
			return
		}
		record.State = TaskSkipped
	case engine.Failed:
		record.State = TaskFailed
		record.fail(e.Err)
	case engine.Cancelled:
		record.State = TaskCancelled
		if e.Attempt > 0 {
			record.fail(e.Err)
		}
	}
	record.Attempts = e.Attempt
	if record.State != TaskRunning && record.StartedAt > 0 {
		record.EndedAt = at
		record.DurationMS = float64(int64(float64(at-record.StartedAt)*1e6+0.5)) / 1e3
	}
	p.states[e.Node] = record.State
}

func (t *TaskRecord) fail(err error) {
	if err == nil {
		return
	}
	t.Error = clip(fmt.Sprintf("%v", err), maxErrorText) // %v bears an Error method that panics, as that of a nil pointer may
	var panicked *engine.PanicError
	if errors.As(err, &panicked) {
		t.Traceback = clip(string(panicked.Stack), maxErrorText)
	}
}

// setInputs notes what a task was called with. The whole of the params may be the input of each of thousands of tasks:
// what no snapshot could hold is not kept.
func (p *progress) setInputs(task string, inputs json.RawMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full {
		return
	}
	record := p.records[task]
	p.inputs += len(inputs) - len(record.Inputs)
	record.Inputs = inputs
	if p.full = p.maxInputs > 0 && p.inputs > p.maxInputs; p.full {
		for _, record := range p.records {
			record.Inputs = nil
		}
	}
}

// amend changes what a task tells of itself while it is executed.
func (p *progress) amend(task string, change func(*TaskRecord)) {
	p.mu.Lock()
	change(p.records[task])
	p.mu.Unlock()
	p.changed()
}

// addArtifact names an artifact in the record of its task and in $ctx.artifacts.
func (p *progress) addArtifact(task, name string, saved Artifact) error {
	value, err := encode(saved)
	if err != nil {
		return err
	}
	p.amend(task, func(record *TaskRecord) {
		known := map[string]json.RawMessage{}
		if len(record.Artifacts) > 0 {
			err = json.Unmarshal(record.Artifacts, &known)
		}
		if known[name] = value; err == nil && len(known) > maxArtifacts {
			err = fmt.Errorf("artifact %q: a task may save at most %d", name, maxArtifacts)
		}
		if err == nil {
			record.Artifacts, err = encode(known)
		}
	})
	if err == nil {
		p.scope.put("artifacts", name, value)
	}
	return err
}

// step is one node of a flow as the engine calls it.
type step struct {
	name     string
	task     runner
	flowTask *flowTask
	progress *progress
	context  TaskContext
}

// runner is what executes a task: its inputs are bound, note is told what they are, an object, and the output is JSON. An
// error that another try would not mend is Permanent.
type runner interface {
	run(ctx context.Context, v view, inputs []input, note func(json.RawMessage)) (json.RawMessage, error)
}

// Run executes the task with what it can know of the run.
func (s *step) Run(ctx context.Context, call engine.Call) (any, error) {
	tc := s.context
	tc.Task, tc.Try, tc.progress, tc.Loops = s.name, call.Attempt, s.progress, roundsOf(call.Loops)
	tc.Log = tc.Log.With("task", s.name)
	return s.task.run(
		context.WithValue(ctx, taskContextKey{}, &tc), view{scope: s.progress.scope, loops: call.Loops}, s.flowTask.inputs,
		func(object json.RawMessage) { s.progress.setInputs(s.name, object) },
	)
}

// execution is how a flow is run, beside what the flow says itself.
type execution struct {
	maxParallel int
	cancelGrace time.Duration
	context     TaskContext
}

// execute runs the flow's plan to its end.
func (e execution) execute(ctx context.Context, f *Flow, tasks map[string]runner, p *progress) (engine.Outcome, error) {
	e.context.Log = logger(e.context.Log)
	steps := make(map[string]engine.Step, len(f.plan.Tasks))
	for _, node := range f.plan.Tasks {
		declared := f.declared(node)
		steps[node.Name] = engine.Step{
			Task: &step{name: node.Name, task: tasks[node.Name], flowTask: declared, progress: p, context: e.context},
			Policy: engine.Policy{
				Retries: declared.policy.retries, RetryDelay: declared.policy.retryDelay, Backoff: declared.policy.backoff,
				Timeout: declared.policy.timeout, Isolate: declared.policy.isolate,
			},
		}
	}
	return engine.Run(ctx, engine.Config{
		Plan: f.plan, Steps: steps, MaxParallel: e.maxParallel, CancelGrace: e.cancelGrace, Timeout: f.timeout,
		OnEvent: p.onEvent, OnLoop: p.onLoop,
		Eval: func(x *expr.Expr, loops []engine.LoopState) (any, error) {
			return x.Eval(view{scope: p.scope, loops: loops})
		},
	})
}
