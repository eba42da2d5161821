// This file owns the tests of values: what they count for, and their ways from JSON and back.

package expr_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/expr"
)

func TestNumbersFromJSONStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		`1`:                     int64(1),
		`-0`:                    int64(0),
		`1.0`:                   1.0,
		`1e3`:                   1000.0,
		`1E400`:                 math.Inf(1),
		`9223372036854775807`:   int64(math.MaxInt64),
		`9223372036854775808`:   new(big.Int).SetUint64(1 << 63),
		`[1,[1.5,{"a":-2}]]`:    []any{int64(1), []any{1.5, map[string]any{"a": int64(-2)}}},
		` {"a": 1, "a": null} `: map[string]any{"a": nil},
		`"\u00e9\ud83d\ude00"`:  "é😀",
		`true`:                  true,
	} {
		value, err := expr.FromJSON([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, value, text)
	}
	for _, wrong := range []string{"", "1 2", "1 ]", "[1", "NaN", "{a: 1}", `{"a": 01}`, "[1,]"} {
		_, err := expr.FromJSON([]byte(wrong))
		require.Error(t, err, wrong)
	}
}

func TestANumberThatIsTooLongIsOnlyPassedOn(t *testing.T) {
	t.Parallel()
	for _, sign := range []string{"", "-"} {
		longest, err := expr.FromJSON([]byte(sign + strings.Repeat("9", expr.MaxDigits)))
		require.NoError(t, err)
		require.IsType(t, &big.Int{}, longest)
		data := []byte("[" + sign + strings.Repeat("9", 1_000_000) + "]")
		value, err := expr.FromJSON(data)
		require.NoError(t, err)
		again, err := expr.AppendJSON(nil, value)
		require.NoError(t, err)
		require.Equal(t, string(data), string(again))

		parsed, err := expr.Parse("$ctx.x[0] == $ctx.x[0] and $ctx.x[0] != 9 and $ctx.x[0] + 1", expr.Options{})
		require.NoError(t, err)
		_, err = parsed.Eval(env{ctx: map[string]any{"x": value}})
		require.ErrorContains(t, err, "unsupported operand types for +: 'int' of more than 4300 digits and 'int'")
	}
}

func TestValuesAreWrittenAsPythonWritesThem(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for want, value := range map[string]any{
		`null`:                           nil,
		`[true,false]`:                   []any{true, false},
		`[1,-2,3]`:                       expr.Tuple{1, int64(-2), int64(3)},
		`123456789012345678901234567890`: huge,
		`1.0`:                            1.0,
		`-0.0`:                           math.Copysign(0, -1),
		`0.1`:                            0.1,
		`0.0001`:                         0.0001,
		`1e-05`:                          0.00001,
		`1000000000000000.0`:             1e15,
		`1e+16`:                          1e16,
		`1.7976931348623157e+308`:        math.MaxFloat64,
		`5e-324`:                         math.SmallestNonzeroFloat64,
		`"<é\n&\"\\>"`:                   "<é\n&\"\\>",
		`{"a":1,"b":[],"é":{}}`:          map[string]any{"é": map[string]any{}, "b": []any{}, "a": 1},
	} {
		data, err := expr.AppendJSON([]byte("-> "), value)
		require.NoError(t, err, want)
		require.Equal(t, "-> "+want, string(data))
	}
	for _, none := range []any{math.Inf(-1), math.NaN(), []any{struct{}{}}, map[string]any{"a": math.Inf(1)}, int32(1)} {
		_, err := expr.AppendJSON(nil, none)
		require.Error(t, err, "%v", none)
	}
}

func TestALoopTakesItsRoundsFromAValue(t *testing.T) {
	t.Parallel()
	for value, want := range map[any]int{int64(0): 0, 3: 3, true: 1, int64(math.MaxInt32): math.MaxInt32} {
		count, err := expr.Count(value)
		require.NoError(t, err)
		require.Equal(t, want, count)
	}
	for want, value := range map[string]any{
		"must not be negative":                   int64(-1),
		"must be a whole number, got 'float'":    3.0,
		"must be a whole number, got 'str'":      "3",
		"must be a whole number, got 'NoneType'": nil,
		"must be at most 2147483647":             new(big.Int).Lsh(big.NewInt(1), 80),
	} {
		_, err := expr.Count(value)
		require.EqualError(t, err, want)
	}

	for _, value := range []any{[]any{int64(1)}, expr.Tuple{int64(1)}} {
		items, err := expr.Items(value)
		require.NoError(t, err)
		require.Equal(t, []any{int64(1)}, items)
	}
	for _, value := range []any{"abc", nil, map[string]any{"a": 1}, int64(3)} {
		_, err := expr.Items(value)
		require.ErrorContains(t, err, "must be a list, got '")
	}
}

func TestEqualityAndTruthAreThoseOfPython(t *testing.T) {
	t.Parallel()
	require.True(t, expr.Equal(true, 1.0))
	require.True(t, expr.Equal(1, int64(1)))
	require.False(t, expr.Equal("1", int64(1)))
	require.False(t, expr.Equal(nil, false))
	require.False(t, expr.Equal([]any{}, expr.Tuple{}))
	require.False(t, expr.Equal(math.NaN(), math.NaN()))
	for _, value := range []any{nil, false, 0, int64(0), new(big.Int), 0.0, "", []any{}, expr.Tuple{}, map[string]any{}} {
		require.False(t, expr.Truth(value), "%T", value)
	}
	for _, value := range []any{true, 1, int64(-1), big.NewInt(1), math.NaN(), "0", []any{nil}, expr.Tuple{0}, map[string]any{"": nil}} {
		require.True(t, expr.Truth(value), "%T", value)
	}
}

func TestAValueThatIsNoneIsRefusedByItsName(t *testing.T) {
	t.Parallel()
	parsed, err := expr.Parse("$ctx.x + 1", expr.Options{})
	require.NoError(t, err)
	_, err = parsed.Eval(env{ctx: map[string]any{"x": struct{}{}}})
	require.ErrorContains(t, err, "unsupported operand types for +: 'struct {}' and 'int'")
}
