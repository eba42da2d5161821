// This file owns the values of one run while it is executed: params, results and scratch, and the references to them.

package pyoco

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"
)

// scope holds values as JSON. It is safe for concurrent use.
type scope struct {
	env map[string]bool // names that $env may read

	mu    sync.RWMutex
	areas map[string]map[string]json.RawMessage // params, results, scratch, artifacts
}

func newScope(params json.RawMessage, env map[string]bool) (*scope, error) {
	values := map[string]json.RawMessage{}
	if len(params) > 0 {
		if err := json.Unmarshal(params, &values); err != nil {
			return nil, fmt.Errorf("params: must be an object: %w", err)
		}
	}
	if values == nil { // null
		values = map[string]json.RawMessage{}
	}
	return &scope{env: env, areas: map[string]map[string]json.RawMessage{
		"params": values, "results": {}, "scratch": {}, "artifacts": {},
	}}, nil
}

func (s *scope) get(area, name string) json.RawMessage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.areas[area][name]
}

func (s *scope) put(area, name string, value json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.areas[area][name] = value
}

func (s *scope) param(name string) json.RawMessage  { return s.get("params", name) }
func (s *scope) result(task string) json.RawMessage { return s.get("results", task) }

// fill adds the parameters that are not there yet.
func (s *scope) fill(defaults json.RawMessage) {
	var values map[string]json.RawMessage
	if json.Unmarshal(defaults, &values) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, value := range values {
		if _, given := s.areas["params"][name]; !given {
			s.areas["params"][name] = value
		}
	}
}

func (s *scope) params() map[string]json.RawMessage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.areas["params"])
}

// store puts a task's output into the results, and where its outputs say.
func (s *scope) store(task string, output json.RawMessage, places []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.areas["results"][task] = output
	for _, place := range places {
		area, path, _ := strings.Cut(place, ".")
		name, rest, deep := strings.Cut(path, ".")
		value := output
		if deep {
			var err error
			if value, err = setPath(s.areas[area][name], strings.Split(rest, "."), output); err != nil {
				return fmt.Errorf("outputs: %s: %w", place, err)
			}
		}
		s.areas[area][name] = value
	}
	return nil
}

// setPath puts value into the object at a path of keys, making the objects on the way.
func setPath(object json.RawMessage, path []string, value json.RawMessage) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if len(object) > 0 && object[0] == '{' {
		if err := json.Unmarshal(object, &fields); err != nil {
			return nil, err
		}
	}
	if len(path) > 1 {
		var err error
		if value, err = setPath(fields[path[0]], path[1:], value); err != nil {
			return nil, err
		}
	}
	fields[path[0]] = value
	return encode(fields)
}

// resolve gives what an entry of inputs stands for: a text that begins with $node, $ctx or $env is looked up, everything
// else is itself.
func (s *scope) resolve(value json.RawMessage) (json.RawMessage, error) {
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
		return s.nodeOutput(text, path)
	case "$ctx":
		return s.lookup(text, path)
	case "$env":
		if !s.env[path] {
			return nil, fmt.Errorf("%s: the variable is not in runtime.expose_env", text)
		}
		found, ok := os.LookupEnv(path)
		if !ok {
			return nil, fmt.Errorf("%s: the variable is not set at the worker", text)
		}
		return encode(found)
	}
	return value, nil
}

func (s *scope) nodeOutput(text, path string) (json.RawMessage, error) {
	task, rest, _ := strings.Cut(path, ".")
	word, deeper, more := strings.Cut(rest, ".")
	if word != "output" {
		return nil, fmt.Errorf("%s: must be $node.<task>.output, with or without a path behind it", text)
	}
	output := s.result(task)
	if output == nil {
		return nil, fmt.Errorf("%s: task %q has no output (yet)", text, task)
	}
	if !more {
		return output, nil
	}
	return walk(text, output, strings.Split(deeper, "."))
}

func (s *scope) lookup(text, path string) (json.RawMessage, error) {
	area, rest, _ := strings.Cut(path, ".")
	if s.areas[area] == nil {
		return nil, fmt.Errorf("%s: $ctx has params, results, scratch and artifacts", text)
	}
	if whole := s.get(area, rest); whole != nil { // a key may have dots in it
		return whole, nil
	}
	name, deeper, more := strings.Cut(rest, ".")
	value := s.get(area, name)
	if value == nil {
		return nil, fmt.Errorf("%s: there is no %q in %s", text, name, area)
	}
	if !more {
		return value, nil
	}
	return walk(text, value, strings.Split(deeper, "."))
}

// walk follows keys of objects and places in lists.
func walk(text string, value json.RawMessage, path []string) (json.RawMessage, error) {
	for _, step := range path {
		value = bytes.TrimSpace(value)
		switch value[0] {
		case '{':
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(value, &fields); err != nil {
				return nil, fmt.Errorf("%s: %w", text, err)
			}
			value = fields[step]
		case '[':
			var items []json.RawMessage
			if err := json.Unmarshal(value, &items); err != nil {
				return nil, fmt.Errorf("%s: %w", text, err)
			}
			value = nil
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(items) {
				value = items[i]
			}
		default:
			value = nil
		}
		if value == nil {
			return nil, fmt.Errorf("%s: there is no %q", text, step)
		}
	}
	return value, nil
}
