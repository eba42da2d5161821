// This file owns arithmetic with floats: IEEE 754, with Python's rest, and its errors in place of some infinities.

package expr

import (
	"math"
	"math/big"

	"github.com/pyoco/pyoco/internal/lex"
)

// calculateFloat calculates with two numbers as floats.
func calculateFloat(op string, a, b any) (any, *lex.Error) {
	x, err := floatOf(a)
	if err != nil {
		return nil, err
	}
	y, err := floatOf(b)
	if err != nil {
		return nil, err
	}
	switch op {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "**":
		return powerOfFloats(x, y)
	}
	if y == 0 {
		return nil, divisionByZero()
	}
	if op == "/" {
		return x / y, nil
	}
	quotient, rest := divideDown(x, y)
	if op == "%" {
		return rest, nil
	}
	return quotient, nil
}

// divideDown is x // y and x % y. The rest has the sign of y, also where it is zero, and quotient*y + rest is nearly x.
func divideDown(x, y float64) (quotient, rest float64) {
	rest = math.Mod(x, y)
	quotient = (x - rest) / y
	switch {
	case rest == 0:
		rest = math.Copysign(0, y)
	case (rest < 0) != (y < 0):
		rest += y
		quotient--
	}
	if quotient == 0 {
		return math.Copysign(0, x/y), rest
	}
	whole := math.Floor(quotient)
	if quotient-whole > 0.5 {
		whole++
	}
	return whole, rest
}

// powerOfFloats is x to the power of y.
func powerOfFloats(x, y float64) (any, *lex.Error) {
	switch {
	case x == 0 && y < 0:
		return nil, &lex.Error{Msg: "0.0 has no negative power: division by zero"}
	case x < 0 && !math.IsInf(x, 0) && !math.IsInf(y, 0) && y != math.Trunc(y):
		return nil, &lex.Error{Msg: "a negative number has only whole powers here: there are no complex numbers"}
	}
	result := math.Pow(x, y)
	if !math.IsInf(x, 0) && math.Abs(y) < 1<<53 && y == math.Trunc(y) {
		result = wholePower(x, int64(y))
	}
	if math.IsInf(result, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return nil, &lex.Error{Msg: "the power is too large for a float"}
	}
	return result, nil
}

// wholePower is the float nearest to x to the power of n: math.Pow may be off by the last bit, and C's is not.
func wholePower(x float64, n int64) float64 {
	if math.IsNaN(x) || x == 0 {
		return math.Pow(x, float64(n))
	}
	const bits = 256 // the rounding of each step grows by n at the most
	result, square := big.NewFloat(1).SetPrec(bits), new(big.Float).SetPrec(bits).SetFloat64(x)
	for left := max(n, -n); left > 0; left >>= 1 {
		if left&1 == 1 {
			result.Mul(result, square)
		}
		square.Mul(square, square)
	}
	if n < 0 {
		result.Quo(big.NewFloat(1), result)
	}
	power, _ := result.Float64()
	return power
}
