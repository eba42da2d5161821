// This file owns what a text is cut into: tokens and their places.

// Package lex cuts a text into tokens, for the parsers of graphs and of expressions. Both read Python's words: names,
// numbers, texts in quotes, brackets, # comments and operators.
//
// A [Lexer] knows no grammar and returns no error. What can be no token in either language (a number that is none, a
// text without an end, a NUL, a byte that is not UTF-8) comes out as a [Bad] token that carries its [Error], and every
// other character as a [Symbol], known or not. So the parser reports the first mistake of the text, whoever found it:
//
//	lexer := lex.New(text, lex.Start)
//	for token := lexer.Next(); token.Kind != lex.End; token = lexer.Next() {
//		switch {
//		case token.Kind == lex.Bad:
//			return token.Err
//		case token.Kind == lex.Braces: // {{ … }} holds an expression, whose places are those of this text
//			expr.Parse(token.Value, expr.Options{At: token.Inside()})
//		case token.Is("&"):
//			…
//		}
//	}
package lex

import "fmt"

// Pos is a place in a text: line and column, both from 1, the column counted in runes. The zero Pos stands for what a
// program built and no text holds.
type Pos struct {
	Line, Column int
	// Pipe names the pipe whose text it is a place in; empty: the text itself.
	Pipe string
}

// String is the place as a message names it.
func (p Pos) String() string {
	text := fmt.Sprintf("line %d, column %d", p.Line, p.Column)
	if p.Pipe != "" {
		text = "pipe " + Quote(p.Pipe) + ", " + text
	}
	return text
}

// Start is where a text begins.
var Start = Pos{Line: 1, Column: 1}

// Kind says what a token is.
type Kind uint8

// The kinds of token.
const (
	End     Kind = iota // of the text
	Newline             // outside of brackets; Text is empty
	Name                // a Python identifier, keywords too
	Number              // a Python number without a sign: 1, 1_000, 0x1f, 1.5, .5, 1e3
	String              // a text in ' or ", in one line; Value is what it means
	Braces              // {{ … }}, which may span lines; Value is what stands between
	Symbol              // an operator, a bracket, or any other character: the parser says which it knows
	Bad                 // what can be no token; Err says why
)

// Token is one word of a text.
type Token struct {
	Kind Kind
	// Text is the token as it is written.
	Text string
	// Value is what a String means, without quotes and escapes, and what stands inside of Braces, spaces and all.
	Value string
	At    Pos
	// Err is what is wrong with a Bad token. Its Source is not set.
	Err *Error
}

// Is says whether the token is this symbol.
func (t Token) Is(symbol string) bool { return t.Kind == Symbol && t.Text == symbol }

// IsName says whether the token is this name.
func (t Token) IsName(name string) bool { return t.Kind == Name && t.Text == name }

// Inside is where the Value of Braces begins, or that of a String. In a String with escapes (Value is shorter than Text
// by more than the quotes), only the Value's beginning has a place in the text.
func (t Token) Inside() Pos {
	at := t.At
	switch t.Kind {
	case String:
		at.Column++
	case Braces:
		at.Column += len("{{")
	}
	return at
}
