// This file owns running a flow in process: without NATS, for tests and for programs that want only the engine.

package pyoco

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/pyoco/pyoco/internal/engine"
)

// WithTasks is the flow with functions for what its file calls; what a flow made in Go has, it keeps. Run needs it for a
// parsed flow.
func (f *Flow) WithTasks(tasks *Tasks) *Flow {
	bound := *f
	bound.functions = tasks
	return &bound
}

// Run executes the flow in this process and gives the run as it ended, whatever its status: Status, Error, Tasks and
// TaskRecords are as a worker would leave them, and Output reads a task's result. params are as in Submission, laid over
// the flow's defaults. When ctx ends, the tasks are cancelled, and the run is CANCELLED. Artifacts go to a folder of
// the run in os.TempDir()/pyoco-artifacts. The error is for a flow that can't be executed: params that are no object, or
// a task without a function.
func (f *Flow) Run(ctx context.Context, params any) (*Run, error) {
	given, err := objectOf("params", params, maxParamsBytes)
	if err != nil {
		return nil, err
	}
	registered := f.functions
	if registered == nil {
		registered = NewTasks()
	}
	tasks, err := f.bindTasks(ctx, registered, pythonFinder{})
	if err != nil {
		return nil, err
	}
	run := &Run{ID: uuid.NewString(), Flow: f.name, Status: StatusPending, UpdatedAt: timestamp(time.Now())}
	if run.Params, err = overlay(f.defaults, given); err != nil {
		return nil, invalid("params", "%v", err)
	}
	values, err := newScope(run.Params, f.exposeEnv)
	if err != nil {
		return nil, err
	}
	if _, err := run.claim("", time.Hour, 0, time.Now()); err != nil {
		return nil, err
	}
	p := newProgress(f, values, func() {})
	outcome, err := execution{context: TaskContext{
		RunID: run.ID, Flow: f.name, Attempt: run.Attempt,
		folder: artifactFolder(filepath.Join(os.TempDir(), "pyoco-artifacts", run.ID)),
	}}.execute(ctx, f, tasks, p)
	if err != nil {
		return nil, err
	}
	p.apply(run)
	return run, run.conclude(outcome)
}

// conclude ends a run in process as its outcome says.
func (r *Run) conclude(outcome engine.Outcome) error {
	now := time.Now()
	switch outcome.Status {
	case engine.Completed:
		return r.finish(StatusCompleted, "", now)
	case engine.RunFailed:
		return r.finish(StatusFailed, outcome.Err.Error(), now)
	}
	r.requestCancel("", now)
	return r.finish(StatusCancelled, "", now)
}
