// This file owns what the parser says about a text that doesn't follow the grammar.

package graph

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pyoco/pyoco/internal/lex"
)

// symbols are those that have a meaning somewhere.
var symbols = []string{">>", "&", "|", "%", "(", ")", "[", "]", "{", "}", ":", ";", ",", "=", "-", "+"}

// wantTask refuses tok where a task, or what can stand in its place, must stand.
func (p *parser) wantTask() *Error {
	hint := ""
	switch p.tok.Kind {
	case lex.String:
		hint = "a task's name has no quotes"
	case lex.Number:
		hint = "a task's name begins with a letter or _"
	case lex.Braces:
		hint = "an expression is given to switch, repeat, foreach or until"
	}
	return p.want("a task", hint)
}

// want refuses tok where something else must stand.
func (p *parser) want(what, hint string) *Error {
	if err := p.misfit(); err != nil {
		return err
	}
	if p.tok.Kind != lex.Newline && p.tok.Kind != lex.End {
		return &Error{Pos: p.tok.At, Msg: fmt.Sprintf("%s is missing before %s", what, lex.Quote(p.tok.Text)), Hint: hint}
	}
	err := &Error{Pos: p.tok.At, Msg: what + " is missing", Hint: hint}
	if p.last.Text != "" {
		err.Msg += " after " + lex.Quote(p.last.Text)
		err.Pos = p.last.At
		err.Pos.Column += utf8.RuneCountInString(p.last.Text)
	}
	return err
}

// wantOperator refuses tok where an operator, the end of the bracket or the end of the statement must stand.
func (p *parser) wantOperator() *Error {
	if err := p.misfit(); err != nil {
		return err
	}
	err := &Error{
		Pos:  p.tok.At,
		Msg:  fmt.Sprintf("an operator is missing between %s and %s", lex.Quote(p.last.Text), lex.Quote(p.tok.Text)),
		Hint: "it is one of >>, & and |",
	}
	closing, stray := isAny(p.tok, ")", "]", "}"), isAny(p.tok, ":", ";", ",", "=", "-", "+")
	switch {
	case closing:
		err.Msg, err.Hint = lex.Quote(p.tok.Text)+" closes no bracket", ""
	case stray:
		err.Msg, err.Hint = "unexpected "+lex.Quote(p.tok.Text), hintFor(p.tok.Text)
	}
	if len(p.open) == 0 {
		return err
	}
	switch last := p.open[len(p.open)-1]; {
	case last.hint != "" && !closing:
		err.Hint = last.hint
	case closing, stray, p.last.At.Line < p.tok.At.Line:
		err.Hint = fmt.Sprintf("is the %s of %s not closed?", lex.Quote(last.Text), last.At)
	}
	return err
}

// misfit refuses tok if it is wrong wherever it stands.
func (p *parser) misfit() *Error {
	text := p.tok.Text
	switch {
	case p.tok.Kind == lex.End && len(p.open) > 0:
		last := p.open[len(p.open)-1]
		return &Error{Pos: last.At, Msg: lex.Quote(last.Text) + " is never closed"}
	case p.tok.Kind == lex.Bad && hintFor(text) == "":
		return p.tok.Err
	case p.tok.Kind == lex.Bad, p.tok.Kind == lex.Symbol && !slices.Contains(symbols, text):
		return &Error{Pos: p.tok.At, Msg: "unexpected " + lex.Quote(text), Hint: hintFor(text)}
	}
	return nil
}

// hintFor guesses what was meant by a text that has no meaning where it stands.
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
	case "$":
		return "an expression stands in quotes or in {{ }}"
	case "=":
		return "arguments are given to switch, repeat, foreach and until"
	case ":":
		return "node: task gives one task a name of its own"
	}
	switch r, _ := utf8.DecodeRuneInString(text); {
	case unicode.IsDigit(r) && !strings.Contains(text, "."):
		return "a task's name begins with a letter or _"
	case unicode.IsSpace(r):
		return "a space must be a plain one"
	}
	return ""
}
