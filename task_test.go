// This file owns the tests of tasks: which functions are one, what they give, and what they know of their run.

package pyoco

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
)

func TestFunctionsOfAllFourFormsAreTasks(t *testing.T) {
	t.Parallel()
	none := valuesOf(t, `{}`)
	for _, test := range []struct {
		fn   any
		want string
	}{
		{func(_ context.Context, in string) (string, error) { return in + "!", nil }, `"x!"`},
		{func(context.Context, string) error { return nil }, `null`},
		{func(context.Context) (map[string]any, error) { return map[string]any{"n": 1, "t": "<>&"}, nil }, `{"n":1,"t":"<>&"}`},
		{func(context.Context) error { return nil }, `null`},
	} {
		task := Func(test.fn)
		require.NoError(t, NewTasks().Register("x", task))
		in, _, err := task.bind(view{scope: none}, inputsOf("in", `"x"`))
		require.NoError(t, err)
		output, err := task.call(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, test.want, string(output))
	}
	failing := Func(func(context.Context) (string, error) { return "ignored", io.EOF })
	output, err := failing.call(t.Context(), failing.fn)
	require.Equal(t, io.EOF, err)
	require.Nil(t, output)
}

func TestAFunctionOfAnotherFormIsRefusedByRegisterAndBuild(t *testing.T) {
	t.Parallel()
	const form = "must be func(context.Context, In) (Out, error), with or without In and Out, got "
	const input = "its input must be a struct, a map with text keys or a value that JSON has, got "
	for _, test := range []struct {
		fn   any
		want string
	}{
		{nil, "must be a function, got <nil>"},
		{"shop:charge", "must be a function, got string"},
		{(func(context.Context) error)(nil), "must be a function, got func(context.Context) error"},
		{func() error { return nil }, form + "func() error"},
		{func(string) error { return nil }, form + "func(string) error"},
		{func(context.Context) {}, form + "func(context.Context)"},
		{func(context.Context) string { return "" }, form + "func(context.Context) string"},
		{func(context.Context) (error, string) { return nil, "" }, form + "func(context.Context) (error, string)"}, //nolint:staticcheck // the mistake that is tested
		{func(context.Context, int, int) error { return nil }, form + "func(context.Context, int, int) error"},
		{func(context.Context, ...int) error { return nil }, form + "func(context.Context, ...int) error"},
		{func(context.Context) (int, int, error) { return 0, 0, nil }, form + "func(context.Context) (int, int, error)"},
		{func(context.Context, chan int) error { return nil }, input + "chan int"},
		{func(context.Context, func()) error { return nil }, input + "func()"},
		{func(context.Context, complex128) error { return nil }, input + "complex128"},
		{func(context.Context, io.Reader) error { return nil }, input + "io.Reader"},
		{func(context.Context, *map[int]string) error { return nil }, input + "map[int]string"},
	} {
		require.EqualError(t, NewTasks().Register("x", Func(test.fn)), `task "x": `+test.want)
		b := NewFlow("main")
		b.Task("x", Func(test.fn))
		_, err := b.Build()
		require.EqualError(t, err, `flow main: task "x": `+test.want)
	}
}

func TestRegisterRefusesWhatCantBeFound(t *testing.T) {
	t.Parallel()
	tasks, noop := NewTasks(), Func(func(context.Context) error { return nil })
	require.NoError(t, tasks.Register("shop:charge", noop))
	require.NoError(t, tasks.Register("a", noop))
	require.EqualError(t, tasks.Register("a", noop), `task "a": is registered already`)
	require.EqualError(t, tasks.Register("", noop), "task: its name must not be empty")
	require.EqualError(t, tasks.Register("b", nil), `task "b": must not be nil`)
	require.Equal(t, []string{"a", "shop:charge"}, tasks.Names())
	require.Same(t, noop, tasks.lookup("a"))
	require.Nil(t, tasks.lookup("b"))
}

func TestAnOutputThatIsNotJSONIsStoredAsItsText(t *testing.T) {
	t.Parallel()
	type linked struct {
		Name string
		Next *linked
		Skip chan int
	}
	ring := &linked{Name: "a"}
	ring.Next = ring
	loop := map[string]any{}
	loop["self"] = loop
	list := []any{nil}
	list[0] = list
	for want, output := range map[string]any{
		`"NaN"`:                     math.NaN(),
		`"+Inf"`:                    math.Inf(1),
		`"[1 NaN]"`:                 []float64{1, math.NaN()},
		`"map[a:-Inf b:<>]"`:        map[string]any{"a": math.Inf(-1), "b": "<>"},
		`"(1+2i)"`:                  complex(1, 2),
		`"{a <nil> <nil>}"`:         linked{Name: "a"},
		`"map[string]interface {}"`: loop,
		`"[]interface {}"`:          list,
		`"pyoco.unprintable"`:       unprintable{make(chan int), loop},
		`"[98 97 100]"`:             json.RawMessage("bad"),
		`"[]chan int"`:              make([]chan int, 20_000),
	} {
		task := Func(func(context.Context) (any, error) { return output, nil })
		data, err := task.call(t.Context(), task.fn)
		require.NoError(t, err)
		require.Equal(t, want, string(data))
	}
	task := Func(func(context.Context) (any, error) { return ring, nil })
	data, err := task.call(t.Context(), task.fn)
	require.NoError(t, err)
	require.Regexp(t, `^"&\{a 0x[0-9a-f]+ <nil>\}"$`, string(data))
}

// unprintable is not JSON because of its first field, and contains itself in the second.
type unprintable struct {
	C    chan int
	Loop map[string]any
}

func TestPermanentEndsRetriesAndKeepsItsCause(t *testing.T) {
	t.Parallel()
	require.NoError(t, Permanent(nil))
	err := Permanent(fmt.Errorf("card refused: %w", io.EOF))
	require.EqualError(t, err, "card refused: EOF")
	require.ErrorIs(t, err, io.EOF)

	for _, failure := range []error{err, fmt.Errorf("charge: %w", err)} {
		calls := 0
		outcome, progress := runOne(t, "{retries: 5, retry_delay_sec: 0}", func(context.Context) error { calls++; return failure })
		require.Equal(t, 1, calls)
		require.Equal(t, engine.RunFailed, outcome.Status)
		require.Equal(t, failure.Error(), progress.records["a"].Error)
	}
	calls := 0
	outcome, progress := runOne(t, "{retries: 5, retry_delay_sec: 0}", func(context.Context) error {
		if calls++; calls < 3 {
			return io.EOF
		}
		return nil
	})
	require.Equal(t, engine.Completed, outcome.Status)
	require.Equal(t, 3, progress.records["a"].Attempts)
}

func TestATaskThatCantBeBoundIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	calls := 0
	outcome, progress := runOne(t, "{retries: 5}", func(context.Context, Address) error { calls++; return nil })
	require.Zero(t, calls)
	require.EqualError(t, outcome.Err, `task a failed: parameter "city" is not bound: no input, no param and no result has this name`)
	require.Equal(t, 1, progress.records["a"].Attempts)
}

func TestTheTaskContextSaysWhichExecutionItIs(t *testing.T) {
	t.Parallel()
	require.Nil(t, TaskContextFrom(t.Context()))
	var keys []string
	var log bytes.Buffer
	outcome, _ := runOneIn(t, TaskContext{RunID: "r1", Flow: "main", Attempt: 4, Log: slog.New(slog.NewJSONHandler(&log, nil))},
		`{retries: 1, retry_delay_sec: 0, timeout_sec: 60}`, func(ctx context.Context) error {
			tc := TaskContextFrom(ctx)
			require.Equal(t, []any{"r1", "main", "a", 4, len(keys) + 1}, []any{tc.RunID, tc.Flow, tc.Task, tc.Attempt, tc.Try})
			keys = append(keys, tc.IdempotencyKey())
			tc.Log.Info("charged")

			var n json.Number
			found, err := tc.Param("n", &n)
			require.True(t, found)
			require.NoError(t, err)
			require.Equal(t, json.Number("1.0"), n)
			found, err = tc.Param("none", &n)
			require.False(t, found)
			require.NoError(t, err)
			found, err = tc.Param("n", new(string))
			require.True(t, found)
			require.Error(t, err)
			var result string
			found, err = tc.Result("before", &result)
			require.True(t, found)
			require.NoError(t, err)
			require.Equal(t, "done", result)
			found, err = tc.Result("after", &result)
			require.False(t, found)
			require.NoError(t, err)

			deadline, bounded := ctx.Deadline()
			require.True(t, bounded)
			require.Less(t, time.Until(deadline), time.Minute)
			if len(keys) == 1 {
				return errors.New("once more")
			}
			return nil
		})
	require.Equal(t, engine.Completed, outcome.Status)
	require.Equal(t, []string{"r1/a", "r1/a"}, keys, "the same on every try")
	require.Contains(t, log.String(), `"task":"a"`)
}

// runOne runs a flow of the one task a, declared like this, to its end.
func runOne(t *testing.T, task string, fn any) (engine.Outcome, *progress) {
	t.Helper()
	return runOneIn(t, TaskContext{RunID: "r1"}, task, fn)
}

func runOneIn(t *testing.T, tc TaskContext, task string, fn any) (engine.Outcome, *progress) {
	t.Helper()
	flow := parse(t, declared(task))
	s := valuesOf(t, `{"n":1.0}`, "before", `"done"`)
	p := newProgress(flow, s, func() {})
	run := execution{maxParallel: 1, cancelGrace: time.Second, context: tc}
	outcome, err := run.execute(t.Context(), flow, map[string]runner{"a": Func(fn)}, p)
	require.NoError(t, err)
	return outcome, p
}
