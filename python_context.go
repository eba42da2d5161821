// This file owns what a Python task's ctx is told, and the answers to what it asks.

package pyoco

import (
	"context"
	"fmt"
	"os"

	"github.com/pyoco/pyoco/internal/pytask"
)

// taskAbout is what ctx holds from the start, see internal/pytask/python/context.py.
type taskAbout struct {
	RunID          string      `json:"run_id"`
	Flow           string      `json:"flow_name"`
	Task           string      `json:"task"`
	Attempt        int         `json:"attempt"`
	Try            int         `json:"try"`
	IdempotencyKey string      `json:"idempotency_key"`
	Loops          []LoopRound `json:"loops"`
}

func aboutTask(t *TaskContext) taskAbout {
	return taskAbout{
		RunID: t.RunID, Flow: t.Flow, Task: t.Task, Attempt: t.Attempt, Try: t.Try, IdempotencyKey: t.IdempotencyKey(), Loops: t.Loops,
	}
}

// pythonAnswers are what a task is answered.
type pythonAnswers struct {
	view view
	task *TaskContext
}

func (a pythonAnswers) answer(ctx context.Context, q pytask.Question) (any, error) {
	switch q.Ask {
	case "cancelled":
		return ctx.Err() != nil, nil
	case "area":
		return a.area(q.Name)
	case "resolve":
		return a.view.resolve(q.Value)
	case "progress":
		a.task.Progress(q.Fraction, q.Note)
		return nil, nil
	case "artifact":
		return a.artifact(q)
	}
	return nil, fmt.Errorf("ctx can't be asked for %q", q.Ask)
}

// area is all of params, results, scratch, artifacts, or the variables that the flow exposes.
func (a pythonAnswers) area(name string) (any, error) {
	if a.view.scope.areas[name] != nil {
		return a.view.scope.all(name), nil
	}
	if name != "env" {
		return nil, fmt.Errorf("ctx has no %s", name)
	}
	exposed := map[string]string{}
	for name := range a.view.scope.env {
		if value, err := a.view.Var(name); err == nil {
			exposed[name] = value
		}
	}
	return exposed, nil
}

// artifact saves a file that the task has written into a temporary place.
func (a pythonAnswers) artifact(q pytask.Question) (any, error) {
	info, err := os.Lstat(q.Path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // reading from a pipe may never end
		return nil, fmt.Errorf("artifact %q: what was written is no file", q.Name)
	}
	file, err := os.Open(q.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return a.task.saveArtifact(q.Name, q.Kind, file)
}
