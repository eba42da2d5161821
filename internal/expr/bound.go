// This file owns what one evaluation may cost.

package expr

import (
	"fmt"

	"github.com/pyoco/pyoco/internal/lex"
)

// evaluation is one run of Eval.
type evaluation struct {
	env  Env
	left int // steps
}

// spend takes steps off what is left.
func (e *evaluation) spend(steps int) *lex.Error {
	if e.left -= steps; e.left < 0 {
		e.left = 0
		return &lex.Error{Msg: "the evaluation takes too long", Hint: fmt.Sprintf("it ends after %d steps, one an item", maxWork)}
	}
	return nil
}

// size is what counts for MaxSize: of a text its bytes, of a list its items and what is in them.
func (e *evaluation) size(v any) (int, *lex.Error) {
	total := 0
	add := func(own int, v any) *lex.Error {
		inner, err := e.size(v)
		total += own + inner
		return err
	}
	switch v := v.(type) {
	case string:
		return len(v), e.spend(len(v) / bytesAStep)
	case map[string]any:
		for key, value := range v {
			if err := add(1+len(key), value); err != nil {
				return total, err
			}
		}
	default:
		items, _ := itemsOf(v)
		for _, item := range items {
			if err := add(1, item); err != nil {
				return total, err
			}
		}
	}
	return total, e.spend(1)
}

// fits refuses what would be larger than MaxSize in one text or list.
func (e *evaluation) fits(values ...any) *lex.Error {
	size, err := e.size(values)
	if err == nil && size-len(values) > MaxSize {
		return tooLarge()
	}
	return err
}

func tooLarge() *lex.Error {
	return &lex.Error{Msg: fmt.Sprintf("the result is too large: it has more than %d items and bytes of text", MaxSize)}
}
