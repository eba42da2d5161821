// This file owns what a task can know of the run it is part of.

package pyoco

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
)

// TaskContext says which execution a task is. It is in the context that the task is given; see TaskContextFrom.
type TaskContext struct {
	RunID string
	Flow  string
	Task  string
	// Attempt counts the claims of the run, from 1: it rises when another worker takes over. It is 1 in Flow.Run.
	Attempt int
	// Try counts the executions of the task within the attempt, from 1.
	Try int
	// Log carries the run and the task.
	Log *slog.Logger

	scope *scope
}

type taskContextKey struct{}

// TaskContextFrom is the execution that ctx belongs to, or nil outside of a task.
func TaskContextFrom(ctx context.Context) *TaskContext {
	t, _ := ctx.Value(taskContextKey{}).(*TaskContext)
	return t
}

// Param decodes a parameter of the run into v. It says false where there is none by that name.
func (t *TaskContext) Param(name string, v any) (bool, error) {
	return decodeValue(t.scope.param(name))(v)
}

// Result decodes the output of another task of the run into v. It says false where that has not succeeded.
func (t *TaskContext) Result(task string, v any) (bool, error) {
	return decodeValue(t.scope.result(task))(v)
}

func decodeValue(raw json.RawMessage) func(any) (bool, error) {
	return func(v any) (bool, error) {
		if raw == nil {
			return false, nil
		}
		return true, json.Unmarshal(raw, v)
	}
}

// IdempotencyKey names this execution of the task: the same on every attempt of the run and every try, so that a
// receiver can tell a repetition from a new request.
func (t *TaskContext) IdempotencyKey() string { return fmt.Sprintf("%s/%s", t.RunID, t.Task) }
