// This file owns the tests of binding: what of a run becomes the input of a function. References are in scope_test.go.

package pyoco

import (
	"context"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// valuesOf is a scope with these params and results.
func valuesOf(t *testing.T, params string, results ...string) *scope {
	t.Helper()
	s, err := newScope(json.RawMessage(params), map[string]bool{})
	require.NoError(t, err)
	for i := 0; i < len(results); i += 2 {
		require.NoError(t, s.store(results[i], json.RawMessage(results[i+1]), nil))
	}
	return s
}

// inputsOf are inputs in pairs of name and JSON.
func inputsOf(pairs ...string) []input {
	var list []input
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, input{name: pairs[i], value: json.RawMessage(pairs[i+1])})
	}
	return list
}

// takes is a task that takes an In.
func takes[In any]() *Task { return Func(func(context.Context, In) error { return nil }) }

// bound is what a task that takes an In is called with.
func bound[In any](t *testing.T, s *scope, inputs ...string) In {
	t.Helper()
	in, _, err := takes[In]().bind(view{scope: s}, inputsOf(inputs...))
	require.NoError(t, err)
	return in.Interface().(In)
}

// unbound is why a task that takes an In is not called.
func unbound[In any](t *testing.T, s *scope, inputs ...string) error {
	t.Helper()
	_, _, err := takes[In]().bind(view{scope: s}, inputsOf(inputs...))
	require.Error(t, err)
	return err
}

type Address struct {
	City string `json:"city"`
	Zip  int    `json:"zip"`
}

type contact struct {
	Phone string `json:"phone"`
}

func TestInputsGoOverParamsAndParamsOverResults(t *testing.T) {
	t.Parallel()
	type in struct {
		A string `json:"a"`
		B string `json:"b"`
		C string `json:"c"`
	}
	s := valuesOf(t, `{"a":"param","b":"param"}`, "a", `"result"`, "b", `"result"`, "c", `"result"`)
	require.Equal(t, in{"input", "param", "result"}, bound[in](t, s, "a", `"input"`))
	require.Equal(t, &in{"input", "param", "result"}, bound[*in](t, s, "a", `"input"`))
	require.EqualError(t, unbound[in](t, valuesOf(t, `{"a":"x","c":"x"}`)),
		`parameter "b" is not bound: no input, no param and no result has this name`)
}

func TestTheRecordedInputsAreWhatTheFunctionGot(t *testing.T) {
	t.Parallel()
	s := valuesOf(t, `{"city":"Kyoto","other":1}`, "zip", "6000000")
	_, object, err := takes[Address]().bind(view{scope: s}, inputsOf("extra", "[1.0]"))
	require.NoError(t, err)
	require.JSONEq(t, `{"city":"Kyoto","zip":6000000,"extra":[1.0]}`, string(object))

	_, object, err = Func(func(context.Context) error { return nil }).bind(view{scope: s}, nil)
	require.NoError(t, err)
	require.Nil(t, object)

	_, object, err = takes[Address]().bind(view{scope: valuesOf(t, `{"city":"Kyoto","zip":"x"}`)}, nil)
	require.Error(t, err)
	require.JSONEq(t, `{"city":"Kyoto","zip":"x"}`, string(object), "also where it does not fit")
}

func TestPointersOmitemptyAndOmitzeroMayStayUnbound(t *testing.T) {
	t.Parallel()
	type in struct {
		Pointer *int      `json:"pointer"`
		Empty   string    `json:"empty,omitempty"`
		Zero    time.Time `json:"zero,omitzero"`
	}
	require.Equal(t, in{}, bound[in](t, valuesOf(t, `{}`)))
	seven := 7
	require.Equal(t, in{Pointer: &seven, Empty: "x"}, bound[in](t, valuesOf(t, `{"pointer":7,"empty":"x"}`)))
	require.Equal(t, in{}, bound[in](t, valuesOf(t, `{"pointer":null}`)))
}

func TestNullIsAValueThatBinds(t *testing.T) {
	t.Parallel()
	require.Equal(t, Address{Zip: 1}, bound[Address](t, valuesOf(t, `{"city":null,"zip":1}`)))
}

func TestFieldsAreNamedAsEncodingJSONNamesThem(t *testing.T) {
	t.Parallel()
	type in struct {
		NoTag    string
		OnlyOpts string `json:",omitempty"`
		Dash     string `json:"-,"` //nolint:staticcheck // the name is a dash
		Skipped  string `json:"-"`
		hidden   string
		Quoted   int64 `json:"quoted,string"`
	}
	got := bound[in](t, valuesOf(t, `{"NoTag":"a","OnlyOpts":"b","-":"c","Skipped":"x","hidden":"x","quoted":"12"}`))
	require.Equal(t, in{NoTag: "a", OnlyOpts: "b", Dash: "c", Quoted: 12, hidden: ""}, got)
	require.ErrorContains(t, unbound[in](t, valuesOf(t, `{"-":"c","quoted":"12"}`)), `parameter "NoTag" is not bound`)
}

func TestFieldsOfEmbeddedStructsAreInputs(t *testing.T) {
	t.Parallel()
	type in struct {
		Address
		*contact
		Name string `json:"name"`
	}
	type withPointer struct {
		*Address
		Name string `json:"name"`
	}
	type named struct {
		Address `json:"address"`
	}
	type optioned struct {
		Address `json:",omitempty"`
	}
	type Label string
	type scalar struct{ Label }
	all := `{"city":"Kyoto","zip":1,"name":"x","phone":null}`
	require.Equal(t, withPointer{&Address{"Kyoto", 1}, "x"}, bound[withPointer](t, valuesOf(t, all)))
	require.ErrorContains(t, unbound[withPointer](t, valuesOf(t, `{"city":"Kyoto","name":"x"}`)), `parameter "zip" is not bound`)
	require.ErrorContains(t, unbound[in](t, valuesOf(t, all)), "parameter \"phone\": json: cannot set embedded pointer to unexported struct")
	require.Equal(t, named{Address{"Kyoto", 1}}, bound[named](t, valuesOf(t, `{"address":{"city":"Kyoto","zip":1}}`)))
	require.ErrorContains(t, unbound[named](t, valuesOf(t, all)), `parameter "address" is not bound`)
	require.Equal(t, optioned{Address{"Kyoto", 1}}, bound[optioned](t, valuesOf(t, all)))
	require.ErrorContains(t, unbound[optioned](t, valuesOf(t, `{}`)), `parameter "city" is not bound`)
	require.Equal(t, scalar{Label: "x"}, bound[scalar](t, valuesOf(t, `{"Label":"x"}`)))
	require.ErrorContains(t, unbound[scalar](t, valuesOf(t, `{}`)), `parameter "Label" is not bound`)
	require.EqualError(t, unbound[struct{ Address }](t, valuesOf(t, `{"city":"Kyoto","zip":"x"}`)), `parameter "zip": must be int, got string`)
}

func TestAMapGetsTheInputsLaidOverTheParams(t *testing.T) {
	t.Parallel()
	s := valuesOf(t, `{"a":1,"b":2}`, "c", "3")
	require.Equal(t, map[string]int{"a": 1, "b": 5, "d": 6}, bound[map[string]int](t, s, "b", "5", "d", "6"), "and no results")
	require.Equal(t, map[string]int{}, bound[map[string]int](t, valuesOf(t, `{}`)))
	type name string
	require.Equal(t, map[name]int{"a": 1, "b": 2}, bound[map[name]int](t, s))
	require.EqualError(t, unbound[map[string]int](t, valuesOf(t, `{"a":1,"b":"x","c":"y"}`)), `parameter "b": must be int, got string`)
}

func TestAnyOtherInputIsTheOneEntryOfInputs(t *testing.T) {
	t.Parallel()
	s := valuesOf(t, `{"x":"param"}`)
	require.Equal(t, "text", bound[string](t, s, "x", `"text"`))
	require.Equal(t, []int{1, 2}, bound[[]int](t, s, "x", `[1,2]`))
	require.True(t, *bound[*bool](t, s, "x", `true`))
	require.Nil(t, bound[*bool](t, s, "x", `null`))
	require.Equal(t, "text", bound[any](t, s, "x", `"text"`))
	require.Equal(t, json.RawMessage("1.0"), bound[json.RawMessage](t, s, "x", "1.0"))
	require.Equal(t, 2026, bound[time.Time](t, s, "x", `"2026-01-02T03:04:05Z"`).Year(), "a struct with a JSON form of its own")
	require.EqualError(t, unbound[string](t, s), "the function takes one value, so inputs must have exactly one entry, got 0")
	require.EqualError(t, unbound[string](t, s, "x", "1", "y", "2"), "the function takes one value, so inputs must have exactly one entry, got 2")
	require.EqualError(t, unbound[string](t, s, "x", "1"), "inputs.x: must be string, got number")
	require.ErrorContains(t, unbound[time.Time](t, s, "x", `"today"`), "inputs.x: ")
}

func TestAValueThatDoesNotFitIsNamed(t *testing.T) {
	t.Parallel()
	type in struct {
		N    int8      `json:"n"`
		U    uint      `json:"u"`
		At   time.Time `json:"at"`
		Home Address   `json:"home"`
		List []Address `json:"list"`
	}
	const good = `"n":1,"u":1,"at":"2026-01-02T03:04:05Z","home":{},"list":[]`
	for params, want := range map[string]string{
		`{` + good + `,"n":"1"}`:                         `parameter "n": must be int8, got string`,
		`{` + good + `,"n":300}`:                         `parameter "n": must be int8, got number`,
		`{` + good + `,"n":1.0}`:                         `parameter "n": must be int8, got number`,
		`{` + good + `,"u":-1}`:                          `parameter "u": must be uint, got number`,
		`{` + good + `,"u":[]}`:                          `parameter "u": must be uint, got array`,
		`{` + good + `,"home":{"zip":"x"}}`:              `parameter "home.zip": must be int, got string`,
		`{` + good + `,"home":1}`:                        `parameter "home": must be pyoco.Address, got number`,
		`{` + good + `,"list":[{"zip":1},{"zip":true}]}`: `parameter "list.zip": must be int, got bool`,
		`{` + good + `,"at":"today"}`:                    `parameter "at": its type does not take the value`,
	} {
		require.EqualError(t, unbound[in](t, valuesOf(t, params)), want, params)
	}
	require.NotZero(t, bound[in](t, valuesOf(t, `{`+good+`}`)))
}

func TestNumbersStayExactWhereTheTypeCanHoldThem(t *testing.T) {
	t.Parallel()
	type in struct {
		Int    int64           `json:"int"`
		Uint   uint64          `json:"uint"`
		Number json.Number     `json:"number"`
		Raw    json.RawMessage `json:"raw"`
		Float  float64         `json:"float"`
		Any    any             `json:"any"`
	}
	const params = `{"int":9223372036854775807,"uint":18446744073709551615,"number":123456789012345678901234567890.10,
		"raw":1.0,"float":1,"any":9007199254740993}`
	got := bound[in](t, valuesOf(t, params))
	require.Equal(t, in{
		Int: math.MaxInt64, Uint: math.MaxUint64, Number: "123456789012345678901234567890.10", Raw: json.RawMessage("1.0"),
		Float: 1, Any: float64(9007199254740992), // an any is a float64: 2^53+1 is not exact
	}, got)
	numbers := bound[map[string]json.Number](t, valuesOf(t, `{"a":1.0,"b":1e400}`))
	require.Equal(t, map[string]json.Number{"a": "1.0", "b": "1e400"}, numbers)
	raw := bound[map[string]json.RawMessage](t, valuesOf(t, `{"a":1.0,"b":[1.00]}`))
	require.Equal(t, map[string]json.RawMessage{"a": json.RawMessage("1.0"), "b": json.RawMessage("[1.00]")}, raw)
	loose := bound[map[string]any](t, valuesOf(t, `{"a":1.0}`))
	require.Equal(t, map[string]any{"a": 1.0}, loose)
	again, err := encode(loose)
	require.NoError(t, err)
	require.JSONEq(t, `{"a":1}`, string(again), "through an any, 1.0 becomes 1")
}
