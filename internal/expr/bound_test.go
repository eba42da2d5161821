// This file owns the tests of the limits, and of expressions that are made to hurt.

package expr_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/expr"
)

func TestOverALimitOfTheTextTheErrorNamesItAndItsValue(t *testing.T) {
	t.Parallel()
	nested := func(before, after string, depth int) string {
		return strings.Repeat(before, depth) + "1" + strings.Repeat(after, depth)
	}
	small := expr.Limits{MaxBytes: 20, MaxDepth: 2}
	for _, row := range []struct {
		text   string
		limits expr.Limits
		want   string // empty: accepted
	}{
		{"((1))", small, ""},
		{"1 + (((1)))", small, "line 1, column 7: nesting is deeper than MaxDepth (2)"},
		{"[[1], {'a': 1}['a']]", small, ""},
		{"--+1", small, "line 1, column 3: nesting is deeper than MaxDepth (2)"},
		{"not not not 1", small, "line 1, column 9: nesting is deeper than MaxDepth (2)"},
		{"2**2**2**2", small, "line 1, column 8: nesting is deeper than MaxDepth (2)"},
		{"1 + 2 # 90123456789", small, ""},
		{"1 + 2 # 9012345678901", small, "line 1, column 1: the expression has 21 bytes, more than MaxBytes (20)"},
		{nested("(", ")", 128), expr.Limits{}, ""},
		{nested("[", "]", 129), expr.Limits{}, "line 1, column 129: nesting is deeper than MaxDepth (128)"},
		{nested("-", "", 129), expr.Limits{}, "line 1, column 129: nesting is deeper than MaxDepth (128)"},
		{"1" + strings.Repeat(" ", 16<<10-1), expr.Limits{}, ""},
		{"1" + strings.Repeat(" ", 16<<10), expr.Limits{}, "line 1, column 1: the expression has 16385 bytes, more than MaxBytes (16384)"},
		{strings.Repeat("9", 4300), expr.Limits{}, ""},
		{"1 + 1" + strings.Repeat("0", 4300), expr.Limits{}, "line 1, column 5: the number is too large: it has more than 4300 digits"},
	} {
		_, err := expr.Parse(row.text, expr.Options{Limits: row.limits})
		if row.want == "" {
			require.NoError(t, err, "%.40q", row.text)
		} else {
			require.EqualError(t, err, row.want, "%.40q", row.text)
		}
	}
}

func TestWhatAnExpressionMakesIsBounded(t *testing.T) {
	t.Parallel()
	const digits = "the number is too large: it has more than 4300 digits"
	const large = "the result is too large: it has more than 1048576 items and bytes of text"
	for text, want := range map[string]string{
		"2 ** 14283 > 0":                         "",
		"10 ** 4300 - 1 > 0":                     digits,
		"2 ** 14285":                             digits,
		"10 ** 4299 > 0":                         "",
		"10 ** 4300":                             digits,
		"(10 ** 2200) * (10 ** 2200)":            digits,
		"10 ** 10 ** 10":                         digits,
		"(-3) ** (2 ** 70)":                      digits,
		"2 ** -(2 ** 70)":                        "",
		"9" + strings.Repeat("**9", 5):           digits,
		"('a' * 1048576)[0] == 'a'":              "",
		"'a' * 1048577":                          large,
		"'ab' * (10 ** 30)":                      large,
		"'' * (10 ** 30)":                        "",
		"'ab' * -(10 ** 30)":                     "",
		"([0] * 1048576)[0]":                     "",
		"(1,) * 1048577":                         large,
		"[[0] * 1024] * 1024":                    large,
		"[[0] * 1024] * 1023 == []":              "",
		"['a' * 1024] * 1024":                    large,
		"['a' * 600000] + ['b' * 600000]":        large,
		"('a' * 600000) + ('b' * 600000)":        large,
		"['a' * 600000, 'b' * 600000]":           large,
		"{'a': 'a' * 600000, 'b': [0] * 600000}": large,
	} {
		parsed, err := expr.Parse(text, expr.Options{})
		require.NoError(t, err, text)
		_, err = parsed.Eval(run)
		if want == "" {
			require.NoError(t, err, text)
		} else {
			require.ErrorContains(t, err, want, text)
		}
	}
}

// It is not parallel, because it measures.
func TestHostileExpressionsEndFastAndInLittleMemory(t *testing.T) { //nolint:paralleltest // see above
	const full = expr.DefaultMaxBytes
	big := make([]any, 100_000)
	for i := range big {
		big[i] = int64(i)
	}
	fill := func(part string) string { return strings.Repeat(part, full/len(part)-10) }
	ctx := env{ctx: map[string]any{
		"a": big, "b": append([]any{}, big...), "t": strings.Repeat("ab", 500_000),
		"n": fromJSON(strings.Repeat("7", 4300)), "m": fromJSON(strings.Repeat("3", 2000)),
		"d": map[string]any{"x": big}, "e": map[string]any{"x": big},
	}}
	for about, text := range map[string]string{
		"open brackets":          strings.Repeat("(", full),
		"open brackets of all":   fill("([{"),
		"nots":                   fill("not "),
		"signs":                  strings.Repeat("-", full),
		"powers":                 fill("2**") + "2",
		"braces":                 strings.Repeat("{", full),
		"numbers":                strings.Repeat("9", full),
		"subscripts":             "$ctx.a" + fill("[0]"),
		"steps":                  "$ctx.d" + fill(".x"),
		"text in quotes":         strings.Repeat("'a'", full/3) + "+",
		"lists compared":         fill("$ctx.a == $ctx.b and ") + "1/0",
		"lists ordered":          fill("$ctx.a <= $ctx.b and ") + "1/0",
		"dicts compared":         fill("$ctx.d == $ctx.e and ") + "1/0",
		"lists looked through":   fill("-1 in $ctx.a or ") + "1/0",
		"texts looked through":   fill("'ba' * 1000 + 'a' in $ctx.t or ") + "1/0",
		"lists joined":           fill("($ctx.a + $ctx.b) and ") + "1/0",
		"lists repeated":         fill("([0] * 1000000) and ") + "1/0",
		"lists kept":             "[" + fill("[0] * 1000000 or 1, ") + "1/0]",
		"texts repeated":         fill("('a' * 1000000) and ") + "1/0",
		"lists in lists":         "([[[[[0]*1000]*1000]*1000]*1000]*1000)",
		"a list of the same":     "[" + fill("$ctx.a, ") + "1/0]",
		"numbers multiplied":     fill("9**4000*9**300 and ") + "1/0",
		"huge numbers divided":   fill("$ctx.n // $ctx.m and ") + "1/0",
		"huge numbers as floats": fill("$ctx.n / $ctx.m and ") + "1/0",
		"a huge number":          "$ctx.n * $ctx.n",
		"powers of floats":       fill("1.0000001**1e15 and ") + "1/0",
		"items of a text":        fill("$ctx.t[999999] and ") + "1/0",
	} {
		var used uint64
		took := time.Hour
		for try := 0; try < 20 && took >= slowdown*100*time.Millisecond; try++ { // the machine may be busy with something else
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			parsed, err := expr.Parse(text, expr.Options{})
			if err == nil {
				_, err = parsed.Eval(ctx)
			}
			took = time.Since(start)
			runtime.ReadMemStats(&after)
			used = after.TotalAlloc - before.TotalAlloc
			require.Error(t, err, about)
		}
		t.Logf("%-24s %8s %6d KiB", about, took.Round(10*time.Microsecond), used>>10)
		require.Less(t, took, slowdown*100*time.Millisecond, about)
		require.Less(t, used, uint64(64<<20), about)
	}
}
