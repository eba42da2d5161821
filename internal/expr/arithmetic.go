// This file owns + - * / // % ** : which of their meanings counts for which types.

package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/lex"
)

// calculate gives the result of an operator.
func (e *evaluation) calculate(op string, a, b any) (any, *lex.Error) {
	if isNumber(a) && isNumber(b) {
		return e.calculateNumber(op, a, b)
	}
	switch op {
	case "+":
		return e.join(a, b)
	case "*":
		if isWhole(a) {
			a, b = b, a
		}
		if isWhole(b) {
			return e.repeat(a, b)
		}
	case "%":
		if _, ok := a.(string); ok {
			return nil, &lex.Error{Msg: "a text can't be formatted with % here"}
		}
	}
	return nil, unsupported(op, a, b)
}

func unsupported(op string, a, b any) *lex.Error {
	return &lex.Error{Msg: fmt.Sprintf("unsupported operand types for %s: %s and %s", op, typeName(a), typeName(b))}
}

func divisionByZero() *lex.Error { return &lex.Error{Msg: "division by zero"} }

// join makes one text or list of two.
func (e *evaluation) join(a, b any) (any, *lex.Error) {
	if err := e.fits(a, b); err != nil {
		return nil, err
	}
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return x + y, nil
		}
	}
	x, kind := itemsOf(a)
	y, other := itemsOf(b)
	if kind == noItems || kind != other {
		return nil, unsupported("+", a, b)
	}
	joined := make([]any, 0, len(x)+len(y))
	return kind.made(append(append(joined, x...), y...)), nil
}

// repeat makes a text or a list that repeats another. A count that is not positive makes it empty.
func (e *evaluation) repeat(of, count any) (any, *lex.Error) {
	text, isText := of.(string)
	items, kind := itemsOf(of)
	if !isText && kind == noItems {
		return nil, unsupported("*", of, count)
	}
	size, err := e.size(of)
	if err != nil {
		return nil, err
	}
	times, isSmall := smallOf(count)
	switch {
	case size == 0 || bigOf(count).Sign() <= 0:
		times = 0
	case !isSmall || times > int64(MaxSize/size):
		return nil, tooLarge()
	}
	if err := e.spend(len(items)*int(times) + size*int(times)/bytesAStep); err != nil {
		return nil, err
	}
	if isText {
		return strings.Repeat(text, int(times)), nil
	}
	return kind.made(slices.Repeat(items, int(times))), nil
}
