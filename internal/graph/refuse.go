// This file owns what the parser says about a text that doesn't follow the grammar.

package graph

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"
)

// The notation that this version refuses: symbols, and words that begin a call.
var (
	unsupportedSymbols = []string{"[", "%", "{", ":"}
	unsupportedCalls   = []string{"switch", "pipe", "repeat", "foreach", "until"}
)

// isCall says whether tok and what follows are a call.
func (p *parser) isCall() bool {
	return p.tok.kind == name && p.ahead.is("(") && slices.Contains(unsupportedCalls, p.tok.text)
}

// wantTask refuses tok where a task or a bracket must stand.
func (p *parser) wantTask() *Error {
	if err := p.misfit(); err != nil {
		return err
	}
	err := &Error{Pos: p.tok.at, Msg: "a task is missing before " + quote(p.tok.text)}
	if p.tok.kind == newline || p.tok.kind == end {
		err.Msg = "a task is missing after " + quote(p.last.text)
		err.Hint = "only inside brackets a statement goes on in the next line"
	}
	return err
}

// wantOperator refuses tok where an operator, the end of the bracket or the end of the statement must stand.
func (p *parser) wantOperator() *Error {
	if err := p.misfit(); err != nil {
		return err
	}
	if p.tok.is(")") {
		return &Error{Pos: p.tok.at, Msg: `")" closes no bracket`}
	}
	err := &Error{
		Pos:  p.tok.at,
		Msg:  fmt.Sprintf("an operator is missing between %s and %s", quote(p.last.text), quote(p.tok.text)),
		Hint: "it is one of >>, & and |",
	}
	if len(p.open) > 0 && p.last.at.Line < p.tok.at.Line {
		at := p.open[len(p.open)-1].at
		err.Hint = fmt.Sprintf(`is the "(" of line %d, column %d not closed?`, at.Line, at.Column)
	}
	return err
}

// misfit refuses tok if it is wrong wherever it stands.
func (p *parser) misfit() *Error {
	text := p.tok.text
	switch {
	case p.tok.kind == end && len(p.open) > 0:
		return &Error{Pos: p.open[len(p.open)-1].at, Msg: `"(" is never closed`}
	case p.isCall():
		return &Error{Pos: p.tok.at, Msg: quote(text+"(") + " is not supported by this version"}
	case p.tok.kind != symbol || slices.Contains([]string{">>", "&", "|", "(", ")"}, text):
		return nil
	case slices.Contains(unsupportedSymbols, text):
		return &Error{Pos: p.tok.at, Msg: quote(text) + " is not supported by this version"}
	case !validAt(text):
		return &Error{Pos: p.tok.at, Msg: fmt.Sprintf("the text is not UTF-8: byte 0x%02x", text[0])}
	}
	return &Error{Pos: p.tok.at, Msg: "unexpected " + quote(text), Hint: hintFor(text)}
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
