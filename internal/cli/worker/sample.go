// This file owns the tasks and the flow that a new user's first runs need: the names are those of the Python package, so
// that the same flow files run.

package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pyoco/pyoco"
)

// Samples gives the tasks and the flows that the programs serve.
func Samples() (*pyoco.Tasks, func(name string) (*pyoco.Flow, bool), error) {
	tasks := pyoco.NewTasks()
	err := errors.Join(
		tasks.Register("pyoco_server._workflow_test_tasks:add_one", pyoco.Func(addOne)),
		tasks.Register("pyoco_server._workflow_test_tasks:to_text", pyoco.Func(toText)),
		tasks.Register("pyoco_server._workflow_test_tasks:echo", pyoco.Func(echo)),
	)
	b := pyoco.NewFlow("main")
	b.Then(b.Task("greet", pyoco.Func(greet)), b.Task("report", pyoco.Func(report)))
	b.Defaults(map[string]any{"name": "world"})
	flow, bad := b.Build()
	if err = errors.Join(err, bad); err != nil {
		return nil, nil, err
	}
	return tasks, pyoco.FlowMap(flow), nil
}

// addOne is x + 1, where x is 0 unless it is given.
func addOne(_ context.Context, in struct {
	X *integer `json:"x"`
}) (*integer, error) {
	if in.X == nil {
		in.X = &integer{}
	}
	return in.X.plusOne(), nil
}

// toText writes what add_one gave.
func toText(_ context.Context, in struct {
	N integer `json:"add_one"`
}) (string, error) {
	return "v=" + in.N.String(), nil
}

// echo gives its inputs back, and the run's params where it has none of a name.
func echo(_ context.Context, in map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	return in, nil
}

func greet(_ context.Context, in struct {
	Name any `json:"name"`
}) (string, error) {
	return fmt.Sprintf("hello, %v", in.Name), nil
}

// report puts together what was said, and the ts that was given to it, if any.
func report(_ context.Context, in struct {
	Greeting string          `json:"greet"`
	TS       json.RawMessage `json:"ts,omitempty"`
}) (any, error) {
	return map[string]any{"text": in.Greeting, "ts": in.TS}, nil
}
