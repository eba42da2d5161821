// This file owns what values are: their kinds, their truth, and what loops take from them.

package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
)

// Tuple is (1, 2): a list that is equal to no list.
type Tuple []any

// itemKind tells a list from a tuple.
type itemKind int

const (
	noItems itemKind = iota
	ofList
	ofTuple
)

// itemsOf is what is in a list or a tuple, and which of them it is.
func itemsOf(v any) ([]any, itemKind) {
	switch v := v.(type) {
	case []any:
		return v, ofList
	case Tuple:
		return v, ofTuple
	}
	return nil, noItems
}

// made is items as what they were of.
func (k itemKind) made(items []any) any {
	if k == ofTuple {
		return Tuple(items)
	}
	return items
}

// typeName is Python's name for a value's type, in quotes.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "'NoneType'"
	case bool:
		return "'bool'"
	case int, int64, *big.Int:
		return "'int'"
	case json.Number:
		return fmt.Sprintf("'int' of more than %d digits", MaxDigits)
	case float64:
		return "'float'"
	case string:
		return "'str'"
	case []any:
		return "'list'"
	case Tuple:
		return "'tuple'"
	case map[string]any:
		return "'dict'"
	}
	return fmt.Sprintf("'%T'", v)
}

// Truth says whether a value counts as true: what is not None, False, zero or empty.
func Truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int:
		return v != 0
	case int64:
		return v != 0
	case *big.Int:
		return v.Sign() != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case Tuple:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

// Count is how many rounds a value stands for: a whole number that is not negative.
func Count(v any) (int, error) {
	if !isWhole(v) {
		return 0, fmt.Errorf("must be a whole number, got %s", typeName(v))
	}
	count := bigOf(v)
	switch {
	case count.Sign() < 0:
		return 0, errors.New("must not be negative")
	case !count.IsInt64() || count.Int64() > math.MaxInt32:
		return 0, fmt.Errorf("must be at most %d", math.MaxInt32)
	}
	return int(count.Int64()), nil
}

// Items is what a value gives to a loop, one a round: the items of a list or a tuple.
func Items(v any) ([]any, error) {
	items, kind := itemsOf(v)
	if kind == noItems {
		return nil, fmt.Errorf("must be a list, got %s", typeName(v))
	}
	return items, nil
}
