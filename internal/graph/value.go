// This file owns the values that stand in loops and switches: expressions and words.

package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/lex"
)

// loopArgument reads the value of one argument of a block.
func (p *parser) loopArgument(loop *Loop, name string) (err *Error) {
	switch name {
	case "item":
		loop.Item, err = p.itemName(name)
	case "index":
		loop.Index, err = p.itemName(name)
	case "collect":
		err = p.collect(loop)
	case "max_iter":
		err = p.maxRounds(loop)
	case "cond":
		loop.Expr, err = p.expression(expr.BareCtx)
	case "count":
		if p.tok.Kind == lex.Number || p.tok.Is("-") {
			return p.countLiteral(loop)
		}
		fallthrough
	default:
		loop.Expr, err = p.expression(expr.BareParam)
	}
	return err
}

// word reads a name, in quotes or not.
func (p *parser) word(what, hint string) (lex.Token, *Error) {
	word := p.tok
	switch word.Kind {
	case lex.String:
	case lex.Name:
		word.Value = word.Text
	default:
		return word, p.want(what, hint)
	}
	p.advance()
	return word, nil
}

func (p *parser) itemName(what string) (string, *Error) {
	word, err := p.word("a name", "as in foreach(over={{items}}, "+what+"=x)")
	if err != nil {
		return "", err
	}
	if mistake := nameMistake(what, word.Value); mistake != "" {
		return "", &Error{Pos: word.At, Msg: mistake}
	}
	return word.Value, nil
}

func (p *parser) collect(loop *Loop) *Error {
	ways := "it is one of " + strings.Join(collects, ", ")
	word, err := p.word("a way to collect", ways)
	if err != nil {
		return err
	}
	i := slices.Index(collects, word.Value)
	if i < 0 {
		err := &Error{Pos: word.At, Msg: "there is no way to collect that is called " + lex.Quote(word.Value), Hint: ways}
		if near := lex.Nearest(word.Value, collects); near != "" {
			err.Hint = fmt.Sprintf("did you mean %s? If not: %s", lex.Quote(near), ways)
		}
		return err
	}
	loop.Collect = Collect(i)
	return nil
}

// expression reads the expression at tok. Where words without $ mean something, it may be a word or a number.
func (p *parser) expression(bare expr.Bare) (*expr.Expr, *Error) {
	switch {
	case p.tok.Kind == lex.String, p.tok.Kind == lex.Braces:
		return p.expressionIn(p.tok.Value, bare)
	case bare != expr.NoBare && (p.tok.Kind == lex.Name || p.tok.Kind == lex.Number):
		return p.expressionIn(p.tok.Text, bare)
	}
	return nil, p.want("an expression", "as in {{params.x}}")
}

// expressionIn reads the expression that tok begins with.
func (p *parser) expressionIn(text string, bare expr.Bare) (*expr.Expr, *Error) {
	e, err := parseExpr(text, p.tok.Inside(), bare)
	if err != nil {
		if hasEscapes(p.tok) { // they have moved all places
			err.Pos = p.tok.At
		}
		return nil, err
	}
	p.advance()
	return e, nil
}

// hasEscapes says whether a text in quotes means something else than it shows.
func hasEscapes(token lex.Token) bool {
	return token.Kind == lex.String && len(token.Text) != len(token.Value)+len(`""`)
}

func parseExpr(text string, at Pos, bare expr.Bare) (*expr.Expr, *Error) {
	e, err := expr.Parse(text, expr.Options{At: at, Bare: bare})
	if err != nil {
		return nil, asError(err)
	}
	return e, nil
}

// asError is what each error of the expressions is.
func asError(err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Msg: err.Error()}
	}
	return e
}
