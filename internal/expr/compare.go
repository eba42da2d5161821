// This file owns the comparisons: equality, order, and membership.

package expr

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/lex"
)

// Equal says whether two values are equal as in Python: numbers by what they are worth (1, 1.0 and True are equal),
// lists, tuples and dicts by what is in them.
func Equal(a, b any) bool {
	equal, _ := (&evaluation{left: math.MaxInt}).equal(a, b)
	return equal
}

// compare says whether a comparison holds.
func (e *evaluation) compare(op string, a, b any) (bool, *lex.Error) {
	switch op {
	case "==", "!=":
		equal, err := e.equal(a, b)
		return equal == (op == "=="), err
	case "in", "not in":
		in, err := e.in(a, b)
		return in == (op == "in"), err
	}
	order, err := e.order(op, a, b)
	switch op {
	case "<":
		return order == less, err
	case "<=":
		return order == less || order == same, err
	case ">":
		return order == greater, err
	}
	return order == greater || order == same, err
}

func (e *evaluation) equal(a, b any) (bool, *lex.Error) {
	if err := e.spend(1); err != nil {
		return false, err
	}
	if isNumber(a) && isNumber(b) {
		return orderNumbers(a, b) == same, nil
	}
	if items, kind := itemsOf(a); kind != noItems {
		others, other := itemsOf(b)
		if kind != other || len(items) != len(others) {
			return false, nil
		}
		unlike, err := e.firstUnlike(items, others)
		return unlike == len(items), err
	}
	switch a := a.(type) {
	case nil:
		return b == nil, nil
	case json.Number: // it has no leading zeros
		b, ok := b.(json.Number)
		return ok && a == b, e.spend(len(b) / bytesAStep)
	case string:
		b, ok := b.(string)
		return ok && a == b, e.spend(len(b) / bytesAStep)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false, nil
		}
		for key, value := range a {
			other, ok := b[key]
			if !ok {
				return false, nil
			}
			if equal, err := e.equal(value, other); err != nil || !equal {
				return false, err
			}
		}
		return true, nil
	}
	return false, nil
}

// firstUnlike is where two lists first differ, or the length of the shorter one.
func (e *evaluation) firstUnlike(a, b []any) (int, *lex.Error) {
	for i := range min(len(a), len(b)) {
		if equal, err := e.equal(a[i], b[i]); err != nil || !equal {
			return i, err
		}
	}
	return min(len(a), len(b)), nil
}

// order is how a stands to b.
func (e *evaluation) order(op string, a, b any) (ordering, *lex.Error) {
	if isNumber(a) && isNumber(b) {
		return orderNumbers(a, b), e.spend(1)
	}
	if items, kind := itemsOf(a); kind != noItems {
		if others, other := itemsOf(b); kind == other {
			i, err := e.firstUnlike(items, others)
			if err != nil || i == len(items) || i == len(others) {
				return ordering(cmp.Compare(len(items), len(others))), err
			}
			return e.order(op, items[i], others[i])
		}
	}
	if a, ok := a.(string); ok {
		if b, ok := b.(string); ok {
			return ordering(strings.Compare(a, b)), e.spend(1 + min(len(a), len(b))/bytesAStep)
		}
	}
	return unordered, &lex.Error{Msg: fmt.Sprintf("%s not supported between %s and %s", "'"+op+"'", typeName(a), typeName(b))}
}

// in says whether a list holds a value, a text a part, or a dict a key.
func (e *evaluation) in(value, whole any) (bool, *lex.Error) {
	if items, kind := itemsOf(whole); kind != noItems {
		for _, item := range items {
			if equal, err := e.equal(item, value); err != nil || equal {
				return equal, err
			}
		}
		return false, nil
	}
	switch whole := whole.(type) {
	case string:
		part, ok := value.(string)
		if !ok {
			return false, &lex.Error{Msg: "'in' a 'str' needs a 'str' on its left, not " + typeName(value)}
		}
		return strings.Contains(whole, part), e.spend(1 + 4*len(whole)/bytesAStep) // a search costs more than a copy
	case map[string]any:
		if !hashable(value) {
			return false, &lex.Error{Msg: typeName(value) + " can't be a key of a 'dict'"}
		}
		key, ok := value.(string)
		if ok {
			_, ok = whole[key]
		}
		return ok, e.spend(1)
	}
	return false, &lex.Error{Msg: "'in' needs a list, a text or a dict on its right, not " + typeName(whole)}
}

// hashable says whether a value may be a key in Python.
func hashable(v any) bool {
	switch v := v.(type) {
	case []any, map[string]any:
		return false
	case Tuple:
		return !slices.ContainsFunc(v, func(item any) bool { return !hashable(item) })
	}
	return true
}
