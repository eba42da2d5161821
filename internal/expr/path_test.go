// This file owns the tests of paths: what they find, and what is said of what is not there.

package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/expr"
)

// run is a $ctx and a $env.
var run = env{
	ctx: map[string]any{
		"params": fromJSON(`{"n": 5, "order": {"id": "A-1", "lines": [{"sku": "x"}, {"sku": "y"}]}, "p.a": 1, "p": {"a": 2, "b": 3},
			"q.r": {"s": 4}, "a-b": 6, "mode": "batch", "item": "param", "0": "zero", "in": 7, "none": null}`),
		"results": fromJSON(`{"fetch": {"a.b": {"c.d": 8}}}`),
		"loop":    map[string]any{"index": 2},
		"item":    fromJSON(`{"id": 4}`),
		"other":   int(9),
		"count":   fromJSON(`{}`),
	},
	vars: map[string]string{"HOME": "/root"},
}

func TestAPathFindsItsValue(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"$ctx.params.n":                    int64(5),
		"$ctx.params.order.lines.1.sku":    "y",
		"$ctx.params.order.lines.0 .sku":   "x",
		"$ctx.params.order.lines[1].sku":   "y",
		"$ctx.params.order['lines'][-1]":   map[string]any{"sku": "y"},
		"$ctx.params.in + $ctx.loop.index": int64(9),
		"$ctx.params\n. n":                 int64(5),
		"$ctx.params['a-b']":               int64(6),
		"$ctx.params.0":                    "zero",
		"$ctx.other + 1":                   int64(10),
		"$env.HOME":                        "/root",
	} {
		require.Equal(t, want, eval(t, text, expr.NoBare), text)
	}
}

func TestAKeyWithDotsIsTriedWholeFirst(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"$ctx.params.p.a":                int64(1),
		"$ctx.params.p.b":                int64(3),
		"$ctx.params.q.r.s":              int64(4),
		"$ctx.results.fetch.a.b.c.d":     int64(8),
		"$ctx.results['fetch'].a.b.c.d":  int64(8),
		"$ctx.params['p'].a":             int64(2),
		"$ctx.params['p.a'] == params.n": false,
	} {
		require.Equal(t, want, eval(t, text, expr.BareParam), text)
	}
}

func TestAMissingPathNamesItselfAndTheExpression(t *testing.T) {
	t.Parallel()
	const names = "; $ctx has params, results, scratch, artifacts, loop, loops, and the name of a for-each's item"
	for _, row := range []row{
		{"1 + $ctx.params.modes", "1:5 there is no $ctx.params.modes, in `1 + $ctx.params.modes`; did you mean \"mode\"?"},
		{"$ctx.params.order.x", `1:1 there is no $ctx.params.order.x; $ctx.params.order has "id", "lines"`},
		{"$ctx.params.ordr.id", `1:1 there is no $ctx.params.ordr.id; did you mean "order"?`},
		{"$ctx.params.zzzzzz", `1:1 there is no $ctx.params.zzzzzz; $ctx.params has "0", "a-b", "in", "item", "mode", "n", "none", "order" and 3 more`},
		{"$ctx.params.n.x", "1:1 there is no $ctx.params.n.x; $ctx.params.n is of type 'int'"},
		{"$ctx.params.none.x", "1:1 there is no $ctx.params.none.x; $ctx.params.none is of type 'NoneType'"},
		{"$ctx.params.order.lines.2", "1:1 there is no $ctx.params.order.lines.2; $ctx.params.order.lines has 2 items, the first at 0"},
		{"$ctx.params.order.lines.x", "1:1 there is no $ctx.params.order.lines.x; $ctx.params.order.lines has 2 items, the first at 0"},
		{"$ctx.count.x", "1:1 there is no $ctx.count.x; $ctx.count is empty"},
		{"$ctx.params.order.lines[0].sk", "1:27 there is no […].sk, in `$ctx.params.order.lines[0].sk`; did you mean \"sku\"?"},
		{"$ctx.params.order['idd']", "1:18 there is no key \"idd\", in `$ctx.params.order['idd']`; did you mean \"id\"?"},
		{"$ctx.params.order.lines[2]", "1:24 the index is out of range, in `$ctx.params.order.lines[2]`; the 'list' has 2 items, the first at 0"},
		{"$ctx.foo.bar", "1:1 there is no $ctx.foo.bar" + names},
		{"$ctx.loops", "1:1 there is no $ctx.loops; it is there only inside of a loop"},
		{"$env.NOPE == 1", "1:1 there is no $env.NOPE (it is not in runtime.expose_env), in `$env.NOPE == 1`"},
	} {
		parsed, err := expr.Parse(row.text, expr.Options{})
		require.NoError(t, err, row.text)
		_, err = parsed.Eval(run)
		require.Equal(t, row.want, said(asMistake(t, err)), row.text)
	}
}

func TestBareWordsAreShortForPaths(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text           string
		asParam, asCtx any
	}{
		{"params.n", int64(5), int64(5)},
		{"results.fetch.a.b.c.d", int64(8), int64(8)},
		{"loop.index", int64(2), int64(2)},
		{"ctx.params.n", int64(5), int64(5)},
		{"env.HOME", "/root", "/root"},
		{"$ctx.params.n", int64(5), int64(5)},
		{"mode", "batch", "batch"},
		{"order.lines[1].sku", "y", "y"},
		{"item", "param", map[string]any{"id": int64(4)}},
		{"item.id", int64(4), int64(4)},
		{"other", int64(9), int64(9)},
		{"mode == 'batch' and n > 3 and not none", true, true},
		{"True", true, true},
		{"null", nil, nil},
	} {
		require.Equal(t, row.asParam, eval(t, row.text, expr.BareParam), row.text)
		require.Equal(t, row.asCtx, eval(t, row.text, expr.BareCtx), row.text)
	}
	for bare, want := range map[expr.Bare]string{
		expr.BareParam: "line 1, column 1: there is no $ctx.params.mod, in `mod == 1`; did you mean \"mode\"?",
		expr.BareCtx:   "line 1, column 1: there is no $ctx.mod, in `mod == 1`; $ctx has params, results, scratch, artifacts, loop, loops, and the name of a for-each's item",
	} {
		parsed, err := expr.Parse("mod == 1", expr.Options{Bare: bare})
		require.NoError(t, err)
		_, err = parsed.Eval(run)
		require.EqualError(t, err, want)
	}
}

// eval is the value of an expression.
func eval(t *testing.T, text string, bare expr.Bare) any {
	t.Helper()
	parsed, err := expr.Parse(text, expr.Options{Bare: bare})
	require.NoError(t, err, text)
	value, err := parsed.Eval(run)
	require.NoError(t, err, text)
	return value
}

func fromJSON(text string) any {
	value, err := expr.FromJSON([]byte(text))
	if err != nil {
		panic(err)
	}
	return value
}
