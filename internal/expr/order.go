// This file owns the order of numbers, which is exact also between whole numbers and floats.

package expr

import (
	"cmp"
	"math"
	"math/big"
)

// ordering is how a value stands to another.
type ordering int

const (
	less      ordering = -1
	same      ordering = 0
	greater   ordering = 1
	unordered ordering = 2 // one is NaN, or they can't be compared
)

// exactFloat is up to where a float holds every whole number.
const exactFloat = 1 << 53

func orderNumbers(a, b any) ordering {
	if x, ok := a.(float64); ok {
		if y, ok := b.(float64); ok {
			return orderFloats(x, y)
		}
		return -orderMixed(b, x) // of unordered, it is a number that is none of the three, too
	}
	if y, ok := b.(float64); ok {
		return orderMixed(a, y)
	}
	x, smallX := smallOf(a)
	y, smallY := smallOf(b)
	if smallX && smallY {
		return ordering(cmp.Compare(x, y))
	}
	return ordering(bigOf(a).Cmp(bigOf(b)))
}

func orderFloats(x, y float64) ordering {
	switch {
	case x < y:
		return less
	case x > y:
		return greater
	case x == y:
		return same
	}
	return unordered
}

// orderMixed compares a whole number with a float.
func orderMixed(whole any, float float64) ordering {
	small, ok := smallOf(whole)
	if ok && -exactFloat <= small && small <= exactFloat {
		return orderFloats(float64(small), float)
	}
	switch {
	case math.IsNaN(float):
		return unordered
	case math.IsInf(float, 0):
		return orderFloats(0, float)
	}
	return ordering(new(big.Float).SetInt(bigOf(whole)).Cmp(big.NewFloat(float)))
}
