// This file owns numbers of rounds, and the names that $ctx shows an item and an index under.

package graph

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/lex"
)

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
