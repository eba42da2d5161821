// This file owns binding: from the values of a run to the input of a task function.

package pyoco

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// bind makes the function's input, and gives what it was made from as an object (null for a function without one).
func (t *Task) bind(s *scope, inputs []input) (reflect.Value, json.RawMessage, error) {
	given := make(map[string]json.RawMessage, len(inputs))
	for _, in := range inputs {
		value, err := s.resolve(in.value)
		if err != nil {
			return reflect.Value{}, nil, fmt.Errorf("inputs.%s: %w", in.name, err)
		}
		given[in.name] = value
	}
	if t.in == nil {
		return reflect.Value{}, nil, nil
	}
	kind := t.in
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch {
	case kind.Kind() == reflect.Struct && !isJSONValue(kind):
		if err := bindStruct(kind, given, s); err != nil {
			return reflect.Value{}, nil, err
		}
	case kind.Kind() == reflect.Map:
		for name, value := range s.params() {
			if _, over := given[name]; !over {
				given[name] = value
			}
		}
	default:
		return t.bindScalar(given)
	}
	object, err := encode(given)
	if err != nil {
		return reflect.Value{}, nil, err
	}
	in := reflect.New(t.in)
	return in.Elem(), object, decodeInput(object, in.Interface())
}

func isJSONValue(kind reflect.Type) bool {
	return reflect.PointerTo(kind).Implements(reflect.TypeFor[json.Unmarshaler]())
}

func (t *Task) bindScalar(given map[string]json.RawMessage) (reflect.Value, json.RawMessage, error) {
	if len(given) != 1 {
		return reflect.Value{}, nil, fmt.Errorf("the function takes one value, so inputs must have exactly one entry, got %d", len(given))
	}
	object, err := encode(given)
	if err != nil {
		return reflect.Value{}, nil, err
	}
	in := reflect.New(t.in)
	for name, value := range given {
		if err := decodeInput(value, in.Interface()); err != nil {
			return reflect.Value{}, object, fmt.Errorf("inputs.%s: %w", name, err)
		}
	}
	return in.Elem(), object, nil
}

// bindStruct adds what inputs leave open: params by name, then results by name. given then holds the struct's fields
// and what inputs name beside them.
func bindStruct(kind reflect.Type, given map[string]json.RawMessage, s *scope) error {
	for _, field := range reflect.VisibleFields(kind) {
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if !field.IsExported() || field.Anonymous && tag == "" || tag == "-" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		if _, bound := given[name]; bound {
			continue
		}
		value := s.param(name)
		if value == nil {
			value = s.result(name)
		}
		list := strings.Split(options, ",")
		optional := field.Type.Kind() == reflect.Pointer || slices.Contains(list, "omitempty") || slices.Contains(list, "omitzero")
		switch {
		case value != nil:
			given[name] = value
		case !optional:
			return fmt.Errorf("parameter %q is not bound: no input, no param and no result has this name", name)
		}
	}
	return nil
}

// decodeInput is json.Unmarshal with an error that says which field did not fit.
func decodeInput(data json.RawMessage, v any) error {
	err := json.Unmarshal(data, v)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fmt.Errorf("parameter %q: must be %s, got %s", wrong.Field, wrong.Type, wrong.Value)
	}
	if errors.As(err, &wrong) {
		return fmt.Errorf("must be %s, got %s", wrong.Type, wrong.Value)
	}
	return err
}
