// This file owns the tests of references in inputs, and of where outputs are stored.

package pyoco

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReferencesAreLookedUp(t *testing.T) {
	t.Parallel()
	s := valuesOf(t, `{"p":{"a":1,"b.c":2},"p.a":"whole","list":[10,[20,{"x":30}]],"null":null,"1":"one"}`,
		"fetch", `{"a":{"b":[1.0,{"c":"deep"}]}}`, "empty", "null", "output", `{"output":1}`)
	require.NoError(t, s.store("fetch2", json.RawMessage(`"page"`), []string{"scratch.page", "scratch.deep.er"}))
	s.put("artifacts", "a.csv", json.RawMessage(`{"path":"/x/a.csv"}`))
	for reference, want := range map[string]string{
		"$node.fetch.output":         `{"a":{"b":[1.0,{"c":"deep"}]}}`,
		"$node.fetch.output.a.b":     `[1.0,{"c":"deep"}]`,
		"$node.fetch.output.a.b.0":   `1.0`,
		"$node.fetch.output.a.b.1.c": `"deep"`,
		"$node.empty.output":         `null`,
		"$node.output.output.output": `1`,
		"$ctx.params.p":              `{"a":1,"b.c":2}`,
		"$ctx.params.p.a":            `"whole"`,
		"$ctx.params.p.b.c":          `2`,
		"$ctx.artifacts.a.csv":       `{"path":"/x/a.csv"}`,
		"$ctx.artifacts.a.csv.path":  `"/x/a.csv"`,
		"$ctx.params.list.1.1.x":     `30`,
		"$ctx.params.null":           `null`,
		"$ctx.params.1":              `"one"`,
		"$ctx.results.fetch.a.b.0":   `1.0`,
		"$ctx.scratch.page":          `"page"`,
		"$ctx.scratch.deep.er":       `"page"`,
		"$ctx.scratch.deep":          `{"er":"page"}`,
		"plain":                      `"plain"`,
		"$":                          `"$"`,
		"$5":                         `"$5"`,
		"$context.params.p":          `"$context.params.p"`,
		"see $ctx.params.p":          `"see $ctx.params.p"`,
	} {
		value, err := view{scope: s}.resolve(json.RawMessage(`"` + reference + `"`))
		require.NoError(t, err, reference)
		require.Equal(t, want, string(value), reference)
	}
	for _, literal := range []string{`1.0`, `null`, `["$ctx.params.p"]`, `{"a":"$ctx.params.p"}`, `""`} {
		value, err := view{scope: s}.resolve(json.RawMessage(literal))
		require.NoError(t, err)
		require.Equal(t, literal, string(value), "only texts at the top are looked up")
	}
}

func TestAReferenceToNothingFailsTheTaskAndNamesItself(t *testing.T) {
	t.Parallel()
	s := valuesOf(t, `{"p":{"a":1},"list":[10],"text":"x","null":null}`, "fetch", `{"a":{}}`)
	for reference, want := range map[string]string{
		"$node.parse.output":     `$node.parse.output: task "parse" has no output (yet)`,
		"$node.fetch":            `$node.fetch: must be $node.<task>.output, with or without a path behind it`,
		"$node.fetch.outputs":    `$node.fetch.outputs: must be $node.<task>.output, with or without a path behind it`,
		"$node":                  `$node: must be $node.<task>.output, with or without a path behind it`,
		"$node.fetch.output.b":   `$node.fetch.output.b: there is no "b"`,
		"$node.fetch.output.a.b": `$node.fetch.output.a.b: there is no "b"`,
		"$node.fetch.output.":    `$node.fetch.output.: there is no ""`,
		"$ctx.params.q":          `$ctx.params.q: there is no "q" in params`,
		"$ctx.params.p.b":        `$ctx.params.p.b: there is no "b"`,
		"$ctx.params.list.1":     `$ctx.params.list.1: there is no "1"`,
		"$ctx.params.list.-1":    `$ctx.params.list.-1: there is no "-1"`,
		"$ctx.params.list.x":     `$ctx.params.list.x: there is no "x"`,
		"$ctx.params.text.a":     `$ctx.params.text.a: there is no "a"`,
		"$ctx.params.null.a":     `$ctx.params.null.a: there is no "a"`,
		"$ctx.results.q":         `$ctx.results.q: there is no "q" in results`,
		"$ctx.scratch.q":         `$ctx.scratch.q: there is no "q" in scratch`,
		"$ctx.loop.index":        `$ctx.loop.index: $ctx has params, results, scratch and artifacts, and in a loop also loop, loops and the item's name`,
		"$ctx":                   `$ctx: $ctx has params, results, scratch and artifacts, and in a loop also loop, loops and the item's name`,
	} {
		_, err := view{scope: s}.resolve(json.RawMessage(`"` + reference + `"`))
		require.EqualError(t, err, want)
		require.EqualError(t, unbound[map[string]any](t, s, "x", `"`+reference+`"`), "inputs.x: "+want)
	}
}

func TestEnvShowsOnlyWhatTheFileExposes(t *testing.T) { // not parallel: it sets the environment
	t.Setenv("PYOCO_TEST_TOKEN", `s"cret`)
	t.Setenv("PYOCO_TEST_OTHER", "x")
	s, err := newScope(nil, map[string]bool{"PYOCO_TEST_TOKEN": true, "PYOCO_TEST_UNSET": true})
	require.NoError(t, err)
	require.Equal(t, `s"cret`, bound[string](t, s, "x", `"$env.PYOCO_TEST_TOKEN"`))
	require.EqualError(t, unbound[string](t, s, "x", `"$env.PYOCO_TEST_OTHER"`),
		"inputs.x: $env.PYOCO_TEST_OTHER: the variable is not in runtime.expose_env")
	require.EqualError(t, unbound[string](t, s, "x", `"$env.PYOCO_TEST_UNSET"`),
		"inputs.x: $env.PYOCO_TEST_UNSET: the variable is not set at the worker")
	require.EqualError(t, unbound[string](t, s, "x", `"$env"`), "inputs.x: $env: the variable is not in runtime.expose_env")
}

func TestOutputsAreStoredWhereTheTaskSays(t *testing.T) {
	t.Parallel()
	s := valuesOf(t, `{"p":{"keep":1},"text":"x"}`)
	out := json.RawMessage(`{"n":1.0}`)
	require.NoError(t, s.store("a", out, []string{
		"scratch.page", "scratch.x.y.z", "params.p.new", "params.fresh", "params.text.deep", "results.other", "results.a.more",
	}))
	for reference, want := range map[string]string{
		"$ctx.scratch.page":  `{"n":1.0}`,
		"$ctx.scratch.x":     `{"y":{"z":{"n":1.0}}}`,
		"$ctx.params.p":      `{"keep":1,"new":{"n":1.0}}`,
		"$ctx.params.fresh":  `{"n":1.0}`,
		"$ctx.params.text":   `{"deep":{"n":1.0}}`, // what is no object gives way
		"$ctx.results.other": `{"n":1.0}`,
		"$ctx.results.a":     `{"more":{"n":1.0},"n":1.0}`,
	} {
		value, err := view{scope: s}.resolve(json.RawMessage(`"` + reference + `"`))
		require.NoError(t, err)
		require.Equal(t, want, string(value), reference)
	}
	require.NoError(t, s.store("b", json.RawMessage("2"), []string{"params.deep" + strings.Repeat(".x", maxOutputDepth-2)}))
}

func TestDefaultsFillOnlyWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	s := valuesOf(t, `{"a":null,"b":1}`)
	s.fill(json.RawMessage(`{"a":2,"b":2,"c":2.0}`))
	require.Equal(t, map[string]json.RawMessage{
		"a": json.RawMessage("null"), "b": json.RawMessage("1"), "c": json.RawMessage("2.0"),
	}, s.params())
	for _, none := range []string{"", "null", "{}"} {
		s = valuesOf(t, none)
		s.fill(json.RawMessage(`{"a":1}`))
		require.Equal(t, "1", string(s.param("a")))
	}
	_, err := newScope(json.RawMessage(`[1]`), nil)
	require.ErrorContains(t, err, "params: must be an object")
}
