// This file owns the flow: a graph over tasks, ready to be submitted or run, whatever notation it came from.

package pyoco

import (
	"encoding/json"
	"time"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/graph"
)

// Flow is a graph of tasks with the defaults of its parameters. ParseFlow makes one from a flow file, NewFlow one in Go.
// It is immutable once it is in use, and then safe for concurrent use.
type Flow struct {
	name      string
	program   *graph.Program
	plan      *graph.Plan
	timeout   time.Duration // of a run; 0: unbounded
	tasks     map[string]*flowTask
	defaults  json.RawMessage
	exposeEnv map[string]bool
	warnings  []string
	functions *Tasks   // for Run in process
	file      string   // the SHA-256 of the flow file's text, where a cache has read it
	kept      string   // the SHA-256 of the graph's text, where the flow was made in Go
	additions []string // the fields that Python workers don't know
}

// flowTask is one declared task.
type flowTask struct {
	// lookup is the name in the worker's Tasks: a callable (module:function), a public name (namespace/name), or the
	// task's own name.
	lookup  string
	task    *Task // set where the flow was made in Go
	inputs  []input
	outputs []string
	policy  policy
}

// input is one entry of a task's inputs: a literal, or a reference where it is a text that begins with $.
type input struct {
	name  string
	value json.RawMessage
}

// policy is how a task's failures are treated.
type policy struct {
	retries    int
	retryDelay time.Duration
	backoff    engine.Backoff
	timeout    time.Duration
	isolate    bool
}

// defaultRetryDelay is the pause before a task is tried again, unless the flow says otherwise.
const defaultRetryDelay = 100 * time.Millisecond

// Name is the name that a flow made in Go was given; a parsed one has none.
func (f *Flow) Name() string { return f.name }

// Defaults are the values of parameters that a submission leaves out: an object, as JSON.
func (f *Flow) Defaults() json.RawMessage { return f.defaults }

// Warnings say what is allowed and probably not meant: a task that is declared and stands nowhere in the graph.
func (f *Flow) Warnings() []string { return f.warnings }

// Graph is the flow's graph as text: parsed again, it means the same.
func (f *Flow) Graph() string { return f.program.Text() }

// Tasks are the names of the graph's tasks, in the order in which they are first mentioned.
func (f *Flow) Tasks() []string {
	names := make([]string, len(f.plan.Tasks))
	for i, task := range f.plan.Tasks {
		names[i] = task.Name
	}
	return names
}

// declared is what a node of the graph runs.
func (f *Flow) declared(node *graph.Task) *flowTask { return f.tasks[node.Declared()] }
