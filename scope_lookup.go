// This file owns looking values up: the references of a task's inputs, and the names of expressions.

package pyoco

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/expr"
)

// view is a scope as it is seen from inside of loops. It is the expr.Env of expressions that stand there.
type view struct {
	scope *scope
	loops []engine.LoopState // outermost first
}

// Ctx is what $ctx.<name> is: an area, the loop, the loops from the outermost on, or the item of a for-each.
func (v view) Ctx(name string) (any, bool) {
	if area := v.scope.areas[name]; area != nil {
		v.scope.mu.Lock()
		defer v.scope.mu.Unlock()
		return area.shown(), true
	}
	switch {
	case len(v.loops) == 0:
		return nil, false
	case name == "loop":
		return frame(v.loops[len(v.loops)-1]), true
	case name == "loops":
		frames := make([]any, len(v.loops))
		for i, state := range v.loops {
			frames[i] = frame(state)
		}
		return frames, true
	}
	for i := len(v.loops) - 1; i >= 0; i-- { // the innermost of a name hides the others
		switch state := v.loops[i]; name {
		case "":
		case state.Loop.Item:
			return state.Item, true
		case state.Loop.Index:
			return int64(state.Index), true
		}
	}
	return nil, false
}

// frame is a round of a loop as a value of expressions.
func frame(s engine.LoopState) map[string]any {
	return map[string]any{
		"name": s.Name, "type": s.Type(), "index": int64(s.Index), "iteration": int64(s.Index + 1), "count": int64(s.Count),
		"item": s.Item, "condition": s.Condition,
	}
}

// Var is what $env.<name> is, where the flow file exposes it.
func (v view) Var(name string) (string, error) {
	if !v.scope.env[name] {
		return "", errors.New("the variable is not in runtime.expose_env")
	}
	value, ok := os.LookupEnv(name)
	if !ok {
		return "", errors.New("the variable is not set at the worker")
	}
	return value, nil
}

// resolve gives what an entry of inputs stands for: a text that begins with $node, $ctx or $env is looked up, everything
// else is itself.
func (v view) resolve(value json.RawMessage) (json.RawMessage, error) {
	if len(value) < 2 || value[0] != '"' || value[1] != '$' {
		return value, nil
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return nil, err
	}
	area, path, _ := strings.Cut(text, ".")
	switch area {
	case "$node":
		return v.nodeOutput(text, path)
	case "$ctx":
		return v.lookup(text, path)
	case "$env":
		found, err := v.Var(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		return encode(found)
	}
	return value, nil
}

// given are the values that the entries of inputs stand for.
func (v view) given(inputs []input) (map[string]json.RawMessage, error) {
	given := make(map[string]json.RawMessage, len(inputs))
	for _, in := range inputs {
		value, err := v.resolve(in.value)
		if err != nil {
			return nil, fmt.Errorf("inputs.%s: %w", in.name, err)
		}
		given[in.name] = value
	}
	return given, nil
}

func (v view) nodeOutput(text, path string) (json.RawMessage, error) {
	task, rest, _ := strings.Cut(path, ".")
	word, deeper, more := strings.Cut(rest, ".")
	if word != "output" {
		return nil, fmt.Errorf("%s: must be $node.<task>.output, with or without a path behind it", text)
	}
	output := v.scope.result(task)
	if output == nil {
		return nil, fmt.Errorf("%s: task %q has no output (yet)", text, task)
	}
	if !more {
		return output, nil
	}
	return walk(text, output, deeper)
}

func (v view) lookup(text, path string) (json.RawMessage, error) {
	name, rest, more := strings.Cut(path, ".")
	if v.scope.areas[name] != nil {
		return v.inArea(text, name, rest)
	}
	value, ok := v.Ctx(name)
	if !ok {
		return nil, fmt.Errorf("%s: $ctx has params, results, scratch and artifacts, and in a loop also loop, loops and the item's name", text)
	}
	found, err := expr.AppendJSON(nil, value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	if !more {
		return found, nil
	}
	return walk(text, found, rest)
}

func (v view) inArea(text, area, path string) (json.RawMessage, error) {
	key, value := walkKey(path, func(name string) json.RawMessage { return v.scope.get(area, name) })
	if value == nil {
		return nil, fmt.Errorf("%s: there is no %q in %s", text, key, area)
	}
	if key == path {
		return value, nil
	}
	return walk(text, value, path[len(key)+1:])
}
