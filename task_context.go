// This file owns what a task can know of the run it is part of.

package pyoco

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"strconv"
	"strings"
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
	// Loops are the rounds that the task is in, outermost first.
	Loops []LoopRound
	// Log carries the run and the task.
	Log *slog.Logger

	progress *progress
	folder   artifactFolder
}

type taskContextKey struct{}

// TaskContextFrom is the execution that ctx belongs to, or nil outside of a task.
func TaskContextFrom(ctx context.Context) *TaskContext {
	t, _ := ctx.Value(taskContextKey{}).(*TaskContext)
	return t
}

// Params are all parameters of the run: an object, as JSON.
func (t *TaskContext) Params() (json.RawMessage, error) { return encode(t.progress.scope.params()) }

// Scratch decodes a value that the outputs of a task have put into the run's scratch. It says false where there is none
// by that name.
func (t *TaskContext) Scratch(name string, v any) (bool, error) {
	return decodeValue(t.progress.scope.get("scratch", name))(v)
}

// Progress tells who looks at the run how far the task is: a fraction from 0 to 1, which is cut to that, and a note of at
// most 1 KiB. The newest is kept; a task may call it as often as it likes.
func (t *TaskContext) Progress(fraction float64, note string) {
	if math.IsNaN(fraction) {
		fraction = 0
	}
	told := &TaskProgress{Fraction: min(max(fraction, 0), 1), Note: clip(strings.ToValidUTF8(note, "�"), maxProgressNote)}
	t.progress.amend(t.Task, func(record *TaskRecord) { record.Progress = told })
}

// maxProgressNote bounds what a task tells of its progress, in bytes.
const maxProgressNote = 1 << 10

// SaveArtifact writes a file into the folder of the run and names it in the task's record and in $ctx.artifacts. name is a
// path inside of the folder, with slashes; a file that is there is replaced, as a whole. A task may save 100.
func (t *TaskContext) SaveArtifact(name string, content io.Reader) (Artifact, error) {
	return t.saveArtifact(name, "bytes", content)
}

func (t *TaskContext) saveArtifact(name, kind string, content io.Reader) (Artifact, error) {
	saved, err := t.folder.save(name, content)
	if err != nil {
		return Artifact{}, err
	}
	saved.Type = kind
	return saved, t.progress.addArtifact(t.Task, name, saved)
}

// Param decodes a parameter of the run into v. It says false where there is none by that name.
func (t *TaskContext) Param(name string, v any) (bool, error) {
	return decodeValue(t.progress.scope.param(name))(v)
}

// Result decodes the output of another task of the run into v. It says false where that has not succeeded.
func (t *TaskContext) Result(task string, v any) (bool, error) {
	return decodeValue(t.progress.scope.result(task))(v)
}

func decodeValue(raw json.RawMessage) func(any) (bool, error) {
	return func(v any) (bool, error) {
		if raw == nil {
			return false, nil
		}
		return true, json.Unmarshal(raw, v)
	}
}

// IdempotencyKey names this execution of the task, by its run, node and rounds: the same on every attempt of the run and
// every try, so that a receiver can tell a repetition from a new request.
func (t *TaskContext) IdempotencyKey() string {
	key := t.RunID + "/" + t.Task
	for _, round := range t.Loops {
		key += "/" + strconv.Itoa(round.Index)
	}
	return key
}
