// This file owns numbers: how they are read, and the ways in which a value holds one.

package expr

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/pyoco/pyoco/internal/lex"
)

// tooMany is the first whole number of more than MaxDigits digits.
var tooMany = new(big.Int).Exp(big.NewInt(10), big.NewInt(MaxDigits), nil)

// number reads a literal.
func (p *parser) number() (node, *lex.Error) {
	token := p.tok
	p.advance()
	text := strings.ReplaceAll(token.Text, "_", "")
	if whole, ok := new(big.Int).SetString(text, 0); ok {
		value, err := wholeOf(whole)
		return &constant{value: value}, placed(err, token.At)
	}
	value, _ := strconv.ParseFloat(text, 64) // one that is too large is infinite, as in Python
	return &constant{value: value}, nil
}

// wholeOf is a whole number as a value.
func wholeOf(whole *big.Int) (any, *lex.Error) {
	if whole.IsInt64() {
		return whole.Int64(), nil
	}
	if whole.CmpAbs(tooMany) >= 0 {
		return nil, tooManyDigits()
	}
	return whole, nil
}

func tooManyDigits() *lex.Error {
	return &lex.Error{Msg: fmt.Sprintf("the number is too large: it has more than %d digits", MaxDigits)}
}

// isNumber says whether a value counts as a number; True and False do.
func isNumber(v any) bool {
	_, float := v.(float64)
	return float || isWhole(v)
}

// isWhole says whether a value counts as a whole number.
func isWhole(v any) bool {
	switch v.(type) {
	case bool, int, int64, *big.Int:
		return true
	}
	return false
}

// smallOf is a whole number, if an int64 holds it.
func smallOf(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// bigOf is a whole number of any size.
func bigOf(v any) *big.Int {
	if whole, ok := v.(*big.Int); ok {
		return whole
	}
	small, _ := smallOf(v)
	return big.NewInt(small)
}

// floatOf is a number as a float, rounded to the nearest.
func floatOf(v any) (float64, *lex.Error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case *big.Int:
		float, _ := new(big.Float).SetInt(v).Float64()
		if math.IsInf(float, 0) {
			return 0, &lex.Error{Msg: "the int is too large for a float"}
		}
		return float, nil
	}
	small, _ := smallOf(v)
	return float64(small), nil
}
