// This file owns the literals that cases are compared with.

package graph

import (
	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/lex"
)

// constants are the literals that are words: Python's and JSON's.
var constants = map[string]any{
	"True": true, "False": false, "None": nil,
	"true": true, "false": false, "null": nil,
}

// constant is the literal that a word is.
func constant(word lex.Token) (value any, ok bool) {
	if word.Kind != lex.Name {
		return nil, false
	}
	value, ok = constants[word.Text]
	return value, ok
}

// literals says what a case can be.
const literals = "a case is a text in quotes, a number, True, False or None"

// label reads the literal of a case.
func (p *parser) label(way *Case) (err *Error) {
	value, isWord := constant(p.tok)
	switch {
	case p.tok.Kind == lex.String:
		way.Match = p.tok.Value
	case isWord:
		way.Match = value
	case p.tok.Kind == lex.Number:
		way.Match, err = number(p.tok.Text, p.tok.At)
	case isAny(p.tok, "-", "+") && p.ahead.Kind == lex.Number:
		way.Match, err = number(p.tok.Text+p.ahead.Text, p.tok.At)
		p.advance()
	default:
		return p.want("a case", literals)
	}
	p.advance()
	return err
}

// number is the value of a number: an int64, a *big.Int or a float64.
func number(text string, at Pos) (any, *Error) {
	e, err := parseExpr(text, at, expr.NoBare)
	if err != nil {
		return nil, err
	}
	value, failure := e.Eval(nil)
	if failure != nil {
		return nil, asError(failure)
	}
	return value, nil
}
