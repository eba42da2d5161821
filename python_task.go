// This file owns the task that is a Python function: how its parameters are bound, and what its execution leaves.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/pytask"
)

// maxKeptOutput is how much of the end of each of a task's streams its record holds, in bytes.
const maxKeptOutput = 4 << 10

// pythonTask runs a Python function.
type pythonTask struct {
	pool      *pytask.Pool
	name      string // module:function, or that of an entry point
	signature *pytask.Signature
}

// run binds the parameters and calls the function. What it writes goes to the log line by line, and its end into the
// record.
func (t *pythonTask) run(ctx context.Context, v view, inputs []input, note func(json.RawMessage)) (json.RawMessage, error) {
	arguments, err := t.bind(v, inputs)
	if err != nil {
		return nil, Permanent(err)
	}
	object, err := encode(arguments)
	if err != nil {
		return nil, Permanent(err)
	}
	note(object)
	tc := TaskContextFrom(ctx)
	result, err := t.pool.Call(ctx, pytask.Call{
		Name: t.name, Arguments: arguments, About: aboutTask(tc),
		Answer: pythonAnswers{view: v, task: tc}.answer,
		Told: func(line string, stderr bool) {
			stream := "stdout"
			if stderr {
				stream = "stderr"
			}
			tc.Log.Info(line, "stream", stream)
		},
	})
	tc.progress.amend(tc.Task, func(record *TaskRecord) {
		record.Stdout, record.Stderr, record.Traceback = result.Stdout, result.Stderr, ""
		var traced interface{ Traceback() string }
		if errors.As(err, &traced) {
			record.Traceback = clip(traced.Traceback(), maxErrorText)
		}
	})
	if err != nil {
		return nil, err
	}
	for name, value := range result.Scratch {
		v.scope.put("scratch", name, value)
	}
	return result.Value, nil
}

// bind gives each parameter its argument: from the inputs, else from the params and then the results by its name. Its own
// default is Python's matter.
func (t *pythonTask) bind(v view, inputs []input) (map[string]json.RawMessage, error) {
	given, err := v.given(inputs)
	if err != nil {
		return nil, err
	}
	for name := range given {
		if !t.signature.Any && !slices.ContainsFunc(t.signature.Parameters, func(p pytask.Parameter) bool { return p.Name == name }) {
			return nil, fmt.Errorf("inputs.%s: the function %s has no parameter of this name; it has %s", name, t.name, t.parameters())
		}
	}
	for name, value := range t.signature.Inputs { // what the task was registered with
		if given[name] == nil {
			if given[name], err = v.resolve(value); err != nil {
				return nil, fmt.Errorf("inputs.%s of %s: %w", name, t.name, err)
			}
		}
	}
	for _, p := range t.signature.Parameters {
		if given[p.Name] != nil {
			continue
		}
		value := v.scope.param(p.Name)
		if value == nil {
			value = v.scope.result(p.Name)
		}
		switch {
		case value != nil:
			given[p.Name] = value
		case p.Required:
			return nil, unboundError(p.Name)
		}
	}
	return given, nil
}

// pythonFinder gives the tasks that a run finds in Python. Without a pool it finds none.
type pythonFinder struct{ pool *pythonPool }

// find gives the task of a name. The error says why there is none, and names what there is.
func (f pythonFinder) find(ctx context.Context, name string, registered []string) (runner, error) {
	if f.pool == nil {
		return nil, fmt.Errorf("no function is registered as %q at this worker; %s", name, nearest(name, registered))
	}
	signature, err := f.pool.Describe(ctx, name)
	var missing *pytask.NotFoundError
	var raised *pytask.RaisedError
	switch {
	case err == nil:
		return &pythonTask{pool: f.pool.Pool, name: name, signature: signature}, nil
	case errors.As(err, &missing):
		return nil, fmt.Errorf("no function is registered as %q at this worker, and in its Python %w; %s", name, missing, nearest(name, append(registered, missing.Known...)))
	case errors.As(err, &raised) && raised.Type == "ModuleNotFoundError":
		return nil, fmt.Errorf("%q can't be imported: %w; install it at the worker or upload its wheel: wheels are installed without what they depend on", name, err)
	}
	return nil, fmt.Errorf("%q can't be imported: %w", name, err)
}

func (t *pythonTask) parameters() string {
	if len(t.signature.Parameters) == 0 {
		return "none"
	}
	names := make([]string, len(t.signature.Parameters))
	for i, p := range t.signature.Parameters {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}
