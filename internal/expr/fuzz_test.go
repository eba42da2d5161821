// This file owns what must hold for every text and every evaluation.

package expr_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/lex"
)

func FuzzParse(f *testing.F) { // its seeds are under testdata/fuzz/FuzzParse
	f.Fuzz(func(t *testing.T, text string) {
		for _, bare := range []expr.Bare{expr.NoBare, expr.BareParam, expr.BareCtx} {
			parsed, err := expr.Parse(text, expr.Options{Bare: bare})
			if err != nil {
				requirePlace(t, text, err)
				continue
			}
			require.Equal(t, text, parsed.String())
			// In brackets, an expression means the same.
			if inBrackets, err := expr.Parse("("+text+"\n)", expr.Options{Bare: bare, Limits: expr.Limits{MaxBytes: 1 << 20, MaxDepth: 1 << 10}}); err == nil {
				requireSame(t, parsed, inBrackets)
			} else {
				require.Contains(t, err.Error(), "deeper")
			}
		}
	})
}

func FuzzEval(f *testing.F) { // its seeds are under testdata/fuzz/FuzzEval
	f.Fuzz(func(t *testing.T, text, params string) {
		value, err := expr.FromJSON([]byte(params))
		if err != nil {
			return
		}
		again, err := expr.Parse(text, expr.Options{Bare: expr.BareParam})
		if err != nil {
			return
		}
		scope := env{ctx: map[string]any{"params": value}, vars: map[string]string{"A": params}}
		result, err := again.Eval(scope)
		if err != nil {
			requirePlace(t, text, err)
			return
		}
		expr.Truth(result)
		data, err := expr.AppendJSON(nil, result)
		if err != nil {
			require.Regexp(t, "Inf|NaN", err.Error())
			return
		}
		back, err := expr.FromJSON(data)
		require.NoError(t, err)
		require.True(t, expr.Equal(withoutTuples(result), back), "%s", data)
	})
}

// withoutTuples is a value with lists in place of tuples, as JSON has them.
func withoutTuples(v any) any {
	switch v := v.(type) {
	case expr.Tuple:
		return withoutTuples([]any(v))
	case []any:
		items := make([]any, len(v))
		for i := range v {
			items[i] = withoutTuples(v[i])
		}
		return items
	case map[string]any:
		fields := make(map[string]any, len(v))
		for key := range v {
			fields[key] = withoutTuples(v[key])
		}
		return fields
	}
	return v
}

// requireSame evaluates two expressions that must give the same.
func requireSame(t *testing.T, a, b *expr.Expr) {
	t.Helper()
	x, errX := a.Eval(run)
	y, errY := b.Eval(run)
	require.Equal(t, errX == nil, errY == nil, "%v, %v", errX, errY)
	if errX == nil {
		require.Equal(t, expr.Truth(x), expr.Truth(y))
		require.Equal(t, expr.Equal(x, y), expr.Equal(y, x))
	}
}

var anyNewline = regexp.MustCompile("\r\n|\r|\n")

// requirePlace checks that an error points into its text.
func requirePlace(t *testing.T, text string, err error) {
	t.Helper()
	var e *lex.Error
	require.True(t, errors.As(err, &e))
	lines := anyNewline.Split(text, -1)
	require.GreaterOrEqual(t, e.Pos.Line, 1)
	require.LessOrEqual(t, e.Pos.Line, len(lines))
	line := lines[e.Pos.Line-1]
	require.GreaterOrEqual(t, e.Pos.Column, 1)
	require.LessOrEqual(t, e.Pos.Column, 1+utf8.RuneCountInString(line))
	if len(text) <= expr.DefaultMaxBytes {
		require.Equal(t, line, e.Source)
	}
	require.NotContains(t, e.Error(), "\n")
	require.Less(t, len(e.Error()), 2000)
	require.LessOrEqual(t, strings.Count(e.Snippet(), "\n"), 1)
	require.True(t, utf8.ValidString(e.Error()+e.Snippet()))
}
