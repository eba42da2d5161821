// This file owns tasks: Go functions under the names that flows call them by.

package pyoco

import (
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
)

// Task is something a flow can run. Func makes one of a Go function.
type Task struct {
	fn  reflect.Value
	in  reflect.Type // nil: the function takes no input
	out bool         // it gives a result beside the error
	err error        // why the function is no task
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// Func makes a task of a function of one of these forms, where In is a struct, a map with text keys or a scalar, and Out
// is anything that encoding/json can write:
//
//	func(context.Context, In) (Out, error)
//	func(context.Context, In) error
//	func(context.Context) (Out, error)
//	func(context.Context) error
//
// A struct names its inputs by json tags. Each is taken from the task's inputs, else from the run's params by that
// name, else from the result of the task by that name; a pointer or a field with omitempty or omitzero may stay unbound,
// any other unbound field fails the task. A map gets the inputs laid over the params; a scalar needs exactly one input.
// Values are decoded as encoding/json does: a large integer stays exact in an integer field or a json.Number, and becomes
// a float64 in an any, where 1.0 and 1 are the same; json.RawMessage keeps a value as it stands.
//
// The function may run in several goroutines at once. A panic in it fails its task, with the stack as traceback. A
// function of another form is refused by Tasks.Register and FlowBuilder.Build.
func Func(fn any) *Task {
	t := &Task{fn: reflect.ValueOf(fn)}
	if t.fn.Kind() != reflect.Func || t.fn.IsNil() {
		t.err = fmt.Errorf("must be a function, got %T", fn)
		return t
	}
	kind := t.fn.Type()
	ok := !kind.IsVariadic() && kind.NumIn() >= 1 && kind.NumIn() <= 2 && kind.In(0) == contextType &&
		kind.NumOut() >= 1 && kind.NumOut() <= 2 && kind.Out(kind.NumOut()-1) == errorType
	if !ok {
		t.err = fmt.Errorf("must be func(context.Context, In) (Out, error), with or without In and Out, got %T", fn)
		return t
	}
	if kind.NumIn() == 2 {
		t.in = kind.In(1)
		if t.err = checkInput(t.in); t.err != nil {
			return t
		}
	}
	t.out = kind.NumOut() == 2
	return t
}

// checkInput refuses an input that no JSON value fits.
func checkInput(in reflect.Type) error {
	for in.Kind() == reflect.Pointer {
		in = in.Elem()
	}
	readable := isJSONValue(in) || reflect.PointerTo(in).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
	switch in.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
	case reflect.Interface:
		readable = in.NumMethod() == 0
	case reflect.Map:
		readable = readable || in.Key().Kind() == reflect.String
	default:
		return nil
	}
	if !readable {
		return fmt.Errorf("its input must be a struct, a map with text keys or a value that JSON has, got %s", in)
	}
	return nil
}

// run binds the inputs and calls the function.
func (t *Task) run(ctx context.Context, v view, inputs []input, note func(json.RawMessage)) (json.RawMessage, error) {
	in, object, err := t.bind(v, inputs)
	note(object)
	if err != nil {
		return nil, Permanent(err)
	}
	return t.call(ctx, in)
}

// call runs the function on inputs that bind has made. It gives the output as JSON; one that is not JSON is given as its
// text form.
func (t *Task) call(ctx context.Context, in reflect.Value) (json.RawMessage, error) {
	args := []reflect.Value{reflect.ValueOf(ctx)}
	if t.in != nil {
		args = append(args, in)
	}
	results := t.fn.Call(args)
	if err, _ := results[len(results)-1].Interface().(error); err != nil {
		return nil, err
	}
	if !t.out {
		return json.RawMessage("null"), nil
	}
	output := results[0].Interface()
	data, err := encode(output)
	if err != nil {
		return encode(textForm(output))
	}
	return data, nil
}

// textForm is a value that is not JSON as a text, or only its type where it contains itself or is too large: printing it
// would never end.
func textForm(v any) string {
	budget := 10_000
	if !printable(reflect.ValueOf(v), 0, &budget) {
		return fmt.Sprintf("%T", v)
	}
	return fmt.Sprint(v)
}

// printable follows a value as fmt does: into everything but pointers, of which only the outermost are followed.
func printable(v reflect.Value, depth int, budget *int) bool {
	const deepest = 100
	if *budget--; *budget < 0 || depth > deepest {
		return false
	}
	switch v.Kind() {
	case reflect.Pointer:
		return depth > 0 || printable(v.Elem(), 1, budget)
	case reflect.Interface:
		return printable(v.Elem(), depth+1, budget)
	case reflect.Struct:
		for i := range v.NumField() {
			if !printable(v.Field(i), depth+1, budget) {
				return false
			}
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if !printable(entries.Key(), depth+1, budget) || !printable(entries.Value(), depth+1, budget) {
				return false
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if !printable(v.Index(i), depth+1, budget) {
				return false
			}
		}
	}
	return true
}

// Tasks are the functions that a worker can run, by name: "module:function" for a callable of a flow file,
// "namespace/name" for what it uses, or the task's own name. The zero value is not usable: see NewTasks. It is safe for
// concurrent use.
type Tasks struct {
	mu     sync.RWMutex
	byName map[string]*Task
}

// NewTasks is an empty set of tasks.
func NewTasks() *Tasks { return &Tasks{byName: map[string]*Task{}} }

// Register puts a task under a name. It refuses an empty name, one that is taken, and what is no task.
func (t *Tasks) Register(name string, task *Task) error {
	switch {
	case name == "":
		return errors.New("task: its name must not be empty")
	case task == nil:
		return fmt.Errorf("task %q: must not be nil", name)
	case task.err != nil:
		return fmt.Errorf("task %q: %w", name, task.err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byName[name] != nil {
		return fmt.Errorf("task %q: is registered already", name)
	}
	t.byName[name] = task
	return nil
}

func (t *Tasks) lookup(name string) *Task {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byName[name]
}

// Names are the registered names, sorted.
func (t *Tasks) Names() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Sorted(maps.Keys(t.byName))
}

// Permanent marks an error that another try would not mend: the task is not tried again. nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent is how the engine knows the error.
func (permanentError) Permanent() bool { return true }
