// This file owns binding: from the values of a run to the input of a task function.

package pyoco

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// bind makes the function's input, and gives what it was made from as an object (null for a function without one).
func (t *Task) bind(v view, inputs []input) (reflect.Value, json.RawMessage, error) {
	given, err := v.given(inputs)
	if err != nil {
		return reflect.Value{}, nil, err
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
		if err := bindStruct(kind, given, v.scope); err != nil {
			return reflect.Value{}, nil, err
		}
	case kind.Kind() == reflect.Map:
		for name, value := range v.scope.params() {
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
	if json.Unmarshal(object, in.Interface()) != nil {
		return reflect.Value{}, object, t.misfit(given)
	}
	return in.Elem(), object, nil
}

func unboundError(parameter string) error {
	return fmt.Errorf("parameter %q is not bound: no input, no param and no result has this name", parameter)
}

// misfit names the parameter that the function's input can't take: the first, by name, that fails on its own.
func (t *Task) misfit(given map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		object, err := encode(map[string]json.RawMessage{name: given[name]})
		if err != nil {
			return err
		}
		if err := decodeInput(object, reflect.New(t.in).Interface()); err != nil {
			var wrong *json.UnmarshalTypeError
			if errors.As(err, &wrong) && strings.HasPrefix(wrong.Field, name+".") {
				name = wrong.Field
			}
			return fmt.Errorf("parameter %q: %w", name, err)
		}
	}
	return errors.New("the parameters do not fit the function's input")
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
		name, options, isField := jsonField(kind, field)
		if !isField {
			continue
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
			return unboundError(name)
		}
	}
	return nil
}

// jsonField is the name under which encoding/json knows a field, with the options of its tag. It says false for what is
// no field of the object: an unexported one, one without a place, and an embedded struct, whose fields stand for it.
func jsonField(kind reflect.Type, field reflect.StructField) (name, options string, isField bool) {
	tag := field.Tag.Get("json")
	name, options, _ = strings.Cut(tag, ",")
	if tag == "-" || !field.IsExported() || name == "" && embedsStruct(field) {
		return "", "", false
	}
	for depth := 1; depth < len(field.Index); depth++ { // a named embedded struct is an object of its own
		outer := kind.FieldByIndex(field.Index[:depth])
		if outerName, _, _ := strings.Cut(outer.Tag.Get("json"), ","); outerName != "" {
			return "", "", false
		}
	}
	if name == "" {
		name = field.Name
	}
	return name, options, true
}

func embedsStruct(field reflect.StructField) bool {
	kind := field.Type
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return field.Anonymous && kind.Kind() == reflect.Struct
}

// decodeInput is json.Unmarshal with an error in the words of JSON, in which no value is: it is kept and logged.
func decodeInput(data json.RawMessage, v any) error {
	err := json.Unmarshal(data, v)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return &misfitError{wrong}
	case strings.HasPrefix(err.Error(), "json: cannot set "): // the type's own fault
		return err
	}
	// What a type says that reads itself, like time.Time, often quotes what it was given.
	return errors.New("its type does not take the value")
}

// misfitError says what was wanted and what was there.
type misfitError struct{ cause *json.UnmarshalTypeError }

func (e *misfitError) Error() string {
	kind, _, _ := strings.Cut(e.cause.Value, " ") // of a number, the digits follow
	return fmt.Sprintf("must be %s, got %s", e.cause.Type, kind)
}

func (e *misfitError) Unwrap() error { return e.cause }
