// This file owns arithmetic with numbers, and that of whole ones: exact, of any size that is allowed.

package expr

import (
	"math"
	"math/big"

	"github.com/pyoco/pyoco/internal/lex"
)

// calculateNumber calculates with floats as soon as one of the two is one.
func (e *evaluation) calculateNumber(op string, a, b any) (any, *lex.Error) {
	if err := e.spend(1); err != nil {
		return nil, err
	}
	if isWhole(a) && isWhole(b) {
		x, smallX := smallOf(a)
		y, smallY := smallOf(b)
		if smallX && smallY {
			if result, ok := calculateSmall(op, x, y); ok {
				return result, nil
			}
		}
		return e.calculateWhole(op, bigOf(a), bigOf(b))
	}
	return calculateFloat(op, a, b)
}

// calculateSmall is the short way for most numbers. false: the result doesn't fit, or takes more thought.
func calculateSmall(op string, x, y int64) (int64, bool) {
	switch op {
	case "+":
		sum := x + y
		return sum, (sum > x) == (y > 0)
	case "-":
		difference := x - y
		return difference, (difference < x) == (y > 0)
	case "*":
		return x * y, isHalf(x) && isHalf(y)
	case "//", "%":
		if y == 0 || y == -1 {
			return 0, false
		}
		quotient, rest := x/y, x%y
		if rest != 0 && (rest < 0) != (y < 0) { // Go rounds to zero, Python down
			quotient, rest = quotient-1, rest+y
		}
		if op == "%" {
			return rest, true
		}
		return quotient, true
	}
	return 0, false
}

// isHalf says whether the product of two such numbers fits.
func isHalf(x int64) bool { return math.MinInt32 <= x && x <= math.MaxInt32 }

func (e *evaluation) calculateWhole(op string, x, y *big.Int) (any, *lex.Error) {
	z := new(big.Int)
	switch op {
	case "+":
		return wholeOf(z.Add(x, y))
	case "-":
		return wholeOf(z.Sub(x, y))
	case "*":
		if x.BitLen()+y.BitLen()-1 > tooMany.BitLen() { // the product has that many bits at least
			return nil, tooManyDigits()
		}
		if err := e.spend(cost(x, y)); err != nil {
			return nil, err
		}
		return wholeOf(z.Mul(x, y))
	case "**":
		return e.power(x, y)
	}
	if y.Sign() == 0 {
		return nil, divisionByZero()
	}
	if op == "/" {
		return divide(x, y)
	}
	if err := e.spend(cost(x, y)); err != nil {
		return nil, err
	}
	quotient, rest := z.QuoRem(x, y, new(big.Int))
	if rest.Sign()*y.Sign() < 0 {
		quotient.Sub(quotient, big.NewInt(1))
		rest.Add(rest, y)
	}
	if op == "%" {
		return wholeOf(rest)
	}
	return wholeOf(quotient)
}

// cost is the steps of a multiplication or a division.
func cost(x, y *big.Int) int { return len(x.Bits()) * len(y.Bits()) / 16 }

// power is x to the power of y. It is refused before it is made, if it would have too many digits.
func (e *evaluation) power(x, y *big.Int) (any, *lex.Error) {
	if y.Sign() < 0 {
		return calculateFloat("**", x, y)
	}
	if x.BitLen() > 1 { // else it is 0, 1 or -1
		most := int64(tooMany.BitLen())
		if !y.IsInt64() || y.Int64() > most || int64(x.BitLen()-1)*y.Int64() > most {
			return nil, tooManyDigits()
		}
		if err := e.spend(int(most)); err != nil {
			return nil, err
		}
		return wholeOf(new(big.Int).Exp(x, y, nil))
	}
	if x.Sign() < 0 && y.Bit(0) == 0 || y.Sign() == 0 {
		return int64(1), nil
	}
	return wholeOf(x)
}

// divide is the float nearest to x / y.
func divide(x, y *big.Int) (any, *lex.Error) {
	// The quotient, shifted to have some more bits than a float. Its last bit says whether there is a rest: so it is
	// rounded once, and rightly.
	const bits = 66
	shift := bits - (x.BitLen() - y.BitLen())
	a, b := new(big.Int).Abs(x), new(big.Int).Abs(y)
	quotient, rest := a.Lsh(a, uint(max(shift, 0))).QuoRem(a, b.Lsh(b, uint(max(-shift, 0))), new(big.Int))
	if rest.Sign() != 0 {
		quotient.SetBit(quotient, 0, 1)
	}
	exact := new(big.Float).SetInt(quotient)
	result, _ := exact.SetMantExp(exact, -shift).Float64()
	if math.IsInf(result, 0) {
		return nil, &lex.Error{Msg: "the quotient is too large for a float"}
	}
	if (x.Sign() < 0) != (y.Sign() < 0) {
		result = -result
	}
	return result, nil
}
