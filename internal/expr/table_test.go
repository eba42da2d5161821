// This file owns the comparison with Python: what it makes of an expression is in testdata/expressions.json, which
// testdata/expressions.py writes.

package expr_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/lex"
)

// saidAs is what an error here says where Python raises the exception.
var saidAs = map[string]*regexp.Regexp{
	"TypeError":         regexp.MustCompile(`'[a-zA-Z]+'`),
	"ZeroDivisionError": regexp.MustCompile(`division by zero`),
	"OverflowError":     regexp.MustCompile(`too large for a float`),
	"complex":           regexp.MustCompile(`no complex numbers`),
	"missing":           regexp.MustCompile(`there is no |out of range`),
}

func TestExpressionsMeanWhatTheyMeanInPython(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/expressions.json")
	require.NoError(t, err)
	table, err := expr.FromJSON(file)
	require.NoError(t, err)
	rows := table.([]any)
	require.Greater(t, len(rows), 300)

	env := tableEnv(rows[0].(map[string]any))
	for _, row := range rows[1:] {
		row := row.(map[string]any)
		text := row["expr"].(string)
		parsed, err := expr.Parse(text, expr.Options{})
		if row["error"] == "SyntaxError" {
			require.Error(t, err, text)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, text, parsed.String())
		value, err := parsed.Eval(env)
		if want, ok := row["error"].(string); ok {
			var mistake *lex.Error
			require.True(t, errors.As(err, &mistake), "%s: %v", text, value)
			require.Regexp(t, saidAs[want], mistake.Msg, text)
			require.NotZero(t, mistake.Pos, text)
			continue
		}
		require.NoError(t, err, text)
		want := untagged(row["value"])
		require.Equal(t, fmt.Sprint(want), fmt.Sprint(value), text) // tells -0.0 from 0.0, and NaN from none
		if fmt.Sprint(value) != "NaN" {
			require.Equal(t, want, value, text)
			require.True(t, expr.Equal(want, value), text)
		}
	}
}

// tableEnv is the $ctx and the $env of the table.
func tableEnv(row map[string]any) env {
	vars := map[string]string{}
	for name, value := range row["env"].(map[string]any) {
		vars[name] = value.(string)
	}
	return env{ctx: row["ctx"].(map[string]any), vars: vars}
}

// untagged is a value of the table, of which some stand for what JSON can't hold.
func untagged(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = untagged(v[i])
		}
	case map[string]any:
		if items, ok := v["tuple"]; ok {
			return expr.Tuple(untagged(items).([]any))
		}
		if name, ok := v["float"]; ok {
			return map[string]any{"inf": math.Inf(1), "-inf": math.Inf(-1), "nan": math.NaN()}[name.(string)]
		}
		for key := range v {
			v[key] = untagged(v[key])
		}
	}
	return v
}

// env is maps.
type env struct {
	ctx  map[string]any
	vars map[string]string
}

func (e env) Ctx(name string) (any, bool) {
	value, ok := e.ctx[name]
	return value, ok
}

func (e env) Var(name string) (string, error) {
	if value, ok := e.vars[name]; ok {
		return value, nil
	}
	return "", errors.New("it is not in runtime.expose_env")
}
