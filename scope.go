// This file owns the values of one run while it is executed: params, results, scratch and artifacts.

package pyoco

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/pyoco/pyoco/internal/exactjson"
	"github.com/pyoco/pyoco/internal/expr"
)

// scope holds values as JSON. It is safe for concurrent use.
type scope struct {
	env map[string]bool // names that $env may read

	mu    sync.RWMutex
	areas map[string]*area
}

// area is one of the named parts of $ctx: params, results, scratch and artifacts.
type area struct {
	raw    map[string]json.RawMessage
	values map[string]any // what expressions have asked for, by name
	whole  map[string]any // all of them, as an expression sees the area; nil where something has changed since
}

var areaNames = [...]string{"params", "results", "scratch", "artifacts"}

func newScope(params json.RawMessage, env map[string]bool) (*scope, error) {
	s := &scope{env: env, areas: make(map[string]*area, len(areaNames))}
	areas := make([]area, len(areaNames))
	for i, name := range areaNames {
		s.areas[name] = &areas[i]
	}
	if len(params) > 0 {
		if err := exactjson.Unmarshal(params, &s.areas["params"].raw); err != nil {
			return nil, fmt.Errorf("params: must be an object: %w", err)
		}
	}
	return s, nil
}

func (a *area) put(name string, value json.RawMessage) {
	if a.raw == nil {
		a.raw = map[string]json.RawMessage{}
	}
	a.raw[name] = value
	delete(a.values, name)
	a.whole = nil
}

// keep remembers a decoded value.
func (a *area) keep(name string, value any) {
	if a.values == nil {
		a.values = map[string]any{}
	}
	a.values[name] = value
}

// shown is the area as a value of expressions. It is never changed: a change makes another one.
func (a *area) shown() map[string]any {
	if a.whole != nil {
		return a.whole
	}
	a.whole = make(map[string]any, len(a.raw))
	for name, raw := range a.raw {
		value, known := a.values[name]
		if !known {
			value, _ = expr.FromJSON(raw) // it is JSON
			a.keep(name, value)
		}
		a.whole[name] = value
	}
	return a.whole
}

func (s *scope) get(area, name string) json.RawMessage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.areas[area].raw[name]
}

func (s *scope) put(area, name string, value json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.areas[area].put(name, value)
}

func (s *scope) param(name string) json.RawMessage  { return s.get("params", name) }
func (s *scope) result(task string) json.RawMessage { return s.get("results", task) }

// fill adds the parameters that are not there yet.
func (s *scope) fill(defaults json.RawMessage) {
	var values map[string]json.RawMessage
	if len(defaults) == 0 || json.Unmarshal(defaults, &values) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, value := range values {
		if _, given := s.areas["params"].raw[name]; !given {
			s.areas["params"].put(name, value)
		}
	}
}

func (s *scope) params() map[string]json.RawMessage { return s.all("params") }

// all are the values of an area by their names; without any, an empty map.
func (s *scope) all(area string) map[string]json.RawMessage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	values := make(map[string]json.RawMessage, len(s.areas[area].raw))
	maps.Copy(values, s.areas[area].raw)
	return values
}

// store puts a task's output into the results, and where its outputs say.
func (s *scope) store(task string, output json.RawMessage, places []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.areas["results"].put(task, output)
	for _, place := range places {
		name, path, _ := strings.Cut(place, ".")
		into := s.areas[name]
		name, rest, deep := strings.Cut(path, ".")
		value := output
		if deep {
			var err error
			if value, err = setPath(into.raw[name], strings.Split(rest, "."), output); err != nil {
				return fmt.Errorf("outputs: %s: %w", place, err)
			}
		}
		into.put(name, value)
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
