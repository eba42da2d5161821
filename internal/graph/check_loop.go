// This file owns what loops and switches must be.

package graph

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/pyoco/pyoco/internal/lex"
)

func (c *checker) loop(loop *Loop, depth int) *Error {
	if mistake := loopMistake(loop); mistake != "" {
		return &Error{Pos: loop.At, Msg: mistake}
	}
	if err := c.count(loop); err != nil {
		return err
	}
	return c.body(loop, loop.Body, bindAny, depth)
}

// loopMistake says what is wrong with a loop but for its body; "": nothing.
func loopMistake(loop *Loop) string {
	switch {
	case loop.Kind < Repeat || loop.Kind > Until:
		return fmt.Sprintf("there is no kind %d of loop", loop.Kind)
	case loop.Collect > CollectFlatten:
		return fmt.Sprintf("there is no way %d to collect", loop.Collect)
	case loop.Expr == nil:
		return "a loop has no expression"
	case loop.Kind != ForEach && loop.Item+loop.Index != "":
		return "only a for-each has an item and an index"
	case loop.Kind != Until && loop.MaxRounds != 0:
		return "only an until has a number of rounds beside its expression"
	case loop.MaxRounds < 0:
		return negativeRounds
	case loop.MaxRounds > MaxRounds:
		return tooManyRounds(fmt.Sprint(loop.MaxRounds))
	case loop.Item != "" && loop.Item == loop.Index:
		return fmt.Sprintf("the item and the index are both called %q", loop.Item)
	case loop.Item != "" && nameMistake("item", loop.Item) != "":
		return nameMistake("item", loop.Item)
	case loop.Index != "" && nameMistake("index", loop.Index) != "":
		return nameMistake("index", loop.Index)
	case loop.Kind == Repeat:
		return countMistake(loop.Expr.String())
	}
	return ""
}

// countMistake says what is wrong with the expression of a repeat, as far as that is known before it runs.
func countMistake(text string) string {
	switch n, ok := wholeNumber(text); {
	case !ok:
		return ""
	case n.Sign() < 0:
		return negativeRounds
	case n.Cmp(big.NewInt(MaxRounds)) > 0:
		return tooManyRounds(n.String())
	}
	return ""
}

// wholeNumber reads a text that is nothing but a whole number.
func wholeNumber(text string) (*big.Int, bool) {
	return new(big.Int).SetString(strings.TrimSpace(text), 0)
}

func (c *checker) choice(s *Switch, depth int) *Error {
	switch {
	case s.On == nil:
		return &Error{Pos: s.At, Msg: "a switch has no expression"}
	case len(s.Cases) == 0:
		return &Error{Pos: s.At, Msg: "a switch needs at least one case"}
	}
	if err := c.count(s); err != nil {
		return err
	}
	seen := make(map[string]string, len(s.Cases))
	for i, way := range s.Cases {
		at := way.At
		if at == (Pos{}) {
			at = s.At
		}
		key, mistake := caseKey(way.Match)
		text := literalText(way.Match)
		switch {
		case way.Default && i < len(s.Cases)-1:
			return &Error{Pos: at, Msg: "a switch has one default, and that is its last case"}
		case way.Default:
		case mistake != "":
			return &Error{Pos: at, Msg: mistake}
		case seen[key] == text:
			return &Error{Pos: at, Msg: fmt.Sprintf("there is a case for %s already", lex.Clip(text))}
		case seen[key] != "":
			return &Error{Pos: at, Msg: fmt.Sprintf("the cases %s and %s are equal, as in Python", seen[key], lex.Clip(text))}
		default:
			seen[key] = text
		}
		if err := c.body(s, way.Body, bindSeq, depth); err != nil {
			if err.Pos == s.At {
				err.Pos = at
			}
			return err
		}
	}
	return nil
}

// caseKey is the same for literals that are equal in Python.
func caseKey(match any) (key, mistake string) {
	switch match := match.(type) {
	case nil:
		return "None", ""
	case string:
		if !utf8.ValidString(match) {
			return "", fmt.Sprintf("a case is not UTF-8: %q", match)
		}
		return "'" + match, ""
	case bool:
		if match {
			return "1", ""
		}
		return "0", ""
	case int, int64:
		return fmt.Sprint(match), ""
	case *big.Int:
		return match.String(), ""
	case float64:
		if math.IsNaN(match) || math.IsInf(match, 0) {
			return "", "a case is no number that can be written: " + fmt.Sprint(match)
		}
		if whole, accuracy := big.NewFloat(match).Int(nil); accuracy == big.Exact {
			return whole.String(), ""
		}
		return fmt.Sprint(match), ""
	}
	return "", fmt.Sprintf("a case is a text, a bool, nil or a number, got a %T", match)
}
