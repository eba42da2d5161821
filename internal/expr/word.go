// This file owns words: those that mean something by themselves, and those that are short for a path.

package expr

import (
	"slices"

	"github.com/pyoco/pyoco/internal/lex"
)

// operatorWords are the words that no value begins with.
var operatorWords = []string{"and", "or", "not", "in"}

// roots are the words that stand for themselves in $ctx.
var roots = []string{"params", "results", "scratch", "artifacts", "loop"}

// word reads a path without $.
func (p *parser) word() (node, *lex.Error) {
	if p.ahead.Is("(") {
		return nil, &lex.Error{Pos: p.tok.At, Msg: lex.Quote(p.tok.Text+"(") + " can't be called", Hint: "there are no functions in an expression"}
	}
	if p.bare == NoBare {
		return nil, p.unknownWord()
	}
	first, at := p.tok.Text, p.tok.At
	p.advance()
	steps := p.steps()
	if steps == "" {
		steps = first
	} else if first == "ctx" || first == "env" {
		return p.path(first, at, steps)
	} else {
		steps = first + "." + steps
	}
	named, param := &path{at: at, path: steps}, &path{at: at, path: "params." + steps}
	switch {
	case slices.Contains(roots, first):
		return named, nil
	case p.bare == BareParam:
		return &either{first: param, second: named}, nil
	}
	return &either{first: named, second: param}, nil
}

// unknownWord refuses a word that stands for nothing, and guesses at what was meant.
func (p *parser) unknownWord() *lex.Error {
	word := p.tok.Text
	err := &lex.Error{Pos: p.tok.At, Msg: "unknown word " + lex.Quote(word), Hint: "a text stands in quotes, and a value of the run is $ctx.params.name"}
	switch {
	case p.ahead.Kind == lex.String:
		err.Hint = "a text has no letter before its quotes"
	case word == "ctx" || word == "env":
		err.Hint = "did you mean $" + word + "?"
	case slices.Contains(roots, word) && p.ahead.Is("."):
		err.Hint = "did you mean $ctx." + word + "?"
	case p.last.Is("-"):
		err.Hint = "a key with a - in it stands in brackets: [\"a-b\"]"
	case slices.Contains([]string{"TRUE", "FALSE", "NULL", "none", "nil"}, word):
		err.Hint = "it is True, False or None"
	case word == "NOT":
		err.Hint = "it is not"
	}
	return err
}
