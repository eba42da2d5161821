// This file owns what the parser says about a text that doesn't follow the grammar.

package graph

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/pyoco/pyoco/internal/lex"
)

// The symbols of this version, and the notation that it refuses: symbols, and words that begin a call.
var (
	supportedSymbols   = []string{">>", "&", "|", "(", ")"}
	unsupportedSymbols = []string{"[", "%", "{", ":"}
	unsupportedCalls   = []string{"switch", "pipe", "repeat", "foreach", "until"}
)

// isCall says whether tok and what follows are a call.
func (p *parser) isCall() bool {
	return p.tok.Kind == lex.Name && p.ahead.Is("(") && slices.Contains(unsupportedCalls, p.tok.Text)
}

// wantTask refuses tok where a task or a bracket must stand.
func (p *parser) wantTask() *Error {
	if err := p.misfit(); err != nil {
		return err
	}
	err := &Error{Pos: p.tok.At, Msg: "a task is missing before " + lex.Quote(p.tok.Text)}
	if p.tok.Kind == lex.Newline || p.tok.Kind == lex.End {
		err.Msg = "a task is missing after " + lex.Quote(p.last.Text)
		err.Hint = "only inside brackets a statement goes on in the next line"
	}
	return err
}

// wantOperator refuses tok where an operator, the end of the bracket or the end of the statement must stand.
func (p *parser) wantOperator() *Error {
	if err := p.misfit(); err != nil {
		return err
	}
	if p.tok.Is(")") {
		return &Error{Pos: p.tok.At, Msg: `")" closes no bracket`}
	}
	err := &Error{
		Pos:  p.tok.At,
		Msg:  fmt.Sprintf("an operator is missing between %s and %s", lex.Quote(p.last.Text), lex.Quote(p.tok.Text)),
		Hint: "it is one of >>, & and |",
	}
	if len(p.open) > 0 && p.last.At.Line < p.tok.At.Line {
		at := p.open[len(p.open)-1].At
		err.Hint = fmt.Sprintf(`is the "(" of line %d, column %d not closed?`, at.Line, at.Column)
	}
	return err
}

// misfit refuses tok if it is wrong wherever it stands.
func (p *parser) misfit() *Error {
	text := p.tok.Text
	switch {
	case p.tok.Kind == lex.End && len(p.open) > 0:
		return &Error{Pos: p.open[len(p.open)-1].At, Msg: `"(" is never closed`}
	case p.isCall():
		return &Error{Pos: p.tok.At, Msg: lex.Quote(text+"(") + " is not supported by this version"}
	case p.tok.Kind == lex.Name || p.tok.Kind == lex.Newline || p.tok.Kind == lex.End, slices.Contains(supportedSymbols, text):
		return nil
	case slices.Contains(unsupportedSymbols, text):
		return &Error{Pos: p.tok.At, Msg: lex.Quote(text) + " is not supported by this version"}
	case p.tok.Kind == lex.Bad && hintFor(text) == "":
		return p.tok.Err
	}
	return &Error{Pos: p.tok.At, Msg: "unexpected " + lex.Quote(text), Hint: hintFor(text)}
}

// hintFor guesses what was meant by a character that has no meaning.
func hintFor(text string) string {
	switch text {
	case ">":
		return `"then" is >>`
	case ";", ",":
		return "write one statement a line"
	case "\\":
		return "a backslash continues a line only as its last character"
	case "-", ".":
		return "a task's name is made of letters, digits and _"
	}
	switch r, _ := utf8.DecodeRuneInString(text); {
	case unicode.IsDigit(r):
		return "a task's name begins with a letter or _"
	case unicode.IsSpace(r):
		return "a space must be a plain one"
	}
	return ""
}
