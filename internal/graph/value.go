// This file owns the values that stand in loops and switches: expressions, numbers of rounds, words and literals.

package graph

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
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

// collects are the words for each Collect.
var collects = []string{CollectLast: "last", CollectFirst: "first", CollectList: "list", CollectFlatten: "flatten"}

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

// countLiteral reads the number of rounds of a repeat.
func (p *parser) countLiteral(loop *Loop) *Error {
	at := p.tok.At
	rounds, err := p.roundsLiteral()
	if err != nil {
		return err
	}
	loop.Expr, err = parseExpr(strconv.Itoa(rounds), at, expr.NoBare)
	return err
}

// maxRounds reads the most rounds of an until.
func (p *parser) maxRounds(loop *Loop) *Error {
	at := p.tok.At
	rounds, err := p.roundsLiteral()
	if err == nil && rounds == 0 {
		return &Error{Pos: at, Msg: "an until takes at least one round"}
	}
	loop.MaxRounds = rounds
	return err
}

func (p *parser) roundsLiteral() (int, *Error) {
	number := p.tok
	switch {
	case number.Is("-"):
		return 0, &Error{Pos: number.At, Msg: negativeRounds}
	case number.Kind != lex.Number:
		return 0, p.want("a number of rounds", "")
	}
	rounds, err := strconv.ParseInt(number.Text, 0, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || rounds > MaxRounds:
		return 0, &Error{Pos: number.At, Msg: tooManyRounds(number.Text)}
	case err != nil:
		return 0, &Error{Pos: number.At, Msg: "a number of rounds is a whole number, got " + lex.Quote(number.Text)}
	}
	p.advance()
	return int(rounds), nil
}

const negativeRounds = "a number of rounds is not negative"

func tooManyRounds(got string) string {
	return fmt.Sprintf("a loop has at most MaxRounds (%d) rounds, got %s", MaxRounds, lex.Clip(got))
}

// reserved are the names that $ctx has for itself.
var reserved = []string{"params", "results", "scratch", "artifacts", "loop", "loops", "env"}

// nameMistake says what is wrong with the name of a for-each's item or index; "": nothing.
func nameMistake(what, name string) string {
	switch {
	case !isName(name):
		return fmt.Sprintf("the %s needs a name of letters, digits and _, got %s", what, lex.Quote(name))
	case slices.Contains(reserved, name):
		return fmt.Sprintf("the %s can't be called %s: $ctx.%s is something else", what, lex.Quote(name), name)
	}
	return ""
}

// isName says whether the text is one name.
func isName(text string) bool {
	lexer := lex.New(text, lex.Start)
	token := lexer.Next()
	return token.Kind == lex.Name && token.Text == text
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
