// This file owns what the parser says about a text that doesn't follow the grammar.

package expr

import (
	"fmt"
	"slices"

	"github.com/pyoco/pyoco/internal/lex"
)

// wantValue refuses tok where a value must stand.
func (p *parser) wantValue() *lex.Error {
	if err := p.misfit(); err != nil {
		return err
	}
	err := &lex.Error{Pos: p.tok.At, Msg: "a value is missing before " + lex.Quote(p.tok.Text), Hint: p.hint()}
	switch {
	case p.tok.Kind == lex.End:
		err.Msg = "a value is missing after " + lex.Quote(p.last.Text)
	case p.tok.IsName("not"):
		err.Hint = "put it in brackets: (not …)"
	}
	return err
}

// wantOperator refuses tok where an operator, or the end of a bracket or of the expression, must stand.
func (p *parser) wantOperator() *lex.Error {
	if err := p.misfit(); err != nil {
		return err
	}
	text := p.tok.Text
	if slices.Contains([]string{")", "]", "}"}, text) && p.tok.Kind == lex.Symbol {
		err := &lex.Error{Pos: p.tok.At, Msg: lex.Quote(text) + " closes no bracket"}
		if len(p.open) > 0 {
			last := p.open[len(p.open)-1]
			err.Msg = fmt.Sprintf("%s doesn't close %s", lex.Quote(text), lex.Quote(last.Text))
			err.Hint = fmt.Sprintf("that one of line %d, column %d is open", last.At.Line, last.At.Column)
		}
		return err
	}
	if hint := p.hint(); hint != "" {
		return &lex.Error{Pos: p.tok.At, Msg: lex.Quote(text) + " is no operator here", Hint: hint}
	}
	return &lex.Error{Pos: p.tok.At, Msg: fmt.Sprintf("an operator is missing between %s and %s", lex.Quote(p.last.Text), lex.Quote(text))}
}

// hint says what to write instead of an operator that there isn't.
func (p *parser) hint() string {
	switch p.tok.Text {
	case "=":
		return "equal is =="
	case "&", "AND":
		return "it is and"
	case "|", "OR":
		return "it is or"
	case "!":
		return "it is not, and unequal is !="
	case "is":
		return "compare with == None, or with != None"
	case "if", "else", "?":
		return "a choice is made by and, or, or by a switch in the graph"
	case "(":
		return "there are no functions in an expression"
	case ".":
		return "a path goes on with a name or a number; another key stands in brackets: [\"a-b\"]"
	case "for":
		return "a loop is made in the graph"
	}
	return ""
}

// misfit refuses tok if it is wrong wherever it stands.
func (p *parser) misfit() *lex.Error {
	switch {
	case p.tok.Kind == lex.Bad:
		return p.tok.Err
	case p.tok.Kind == lex.End && len(p.open) > 0:
		open := p.open[len(p.open)-1]
		return &lex.Error{Pos: open.At, Msg: lex.Quote(open.Text) + " is never closed"}
	case p.tok.Kind == lex.Braces:
		return &lex.Error{Pos: p.tok.At, Msg: `unexpected "{{"`, Hint: "it holds an expression in a graph, and none in itself"}
	}
	return nil
}
