// This file owns the cutting itself: the order in which tokens are tried, and what stands between them.

package lex

import (
	"strings"
	"unicode/utf8"
)

// Lexer gives one token after the other, by Python's rules for lines: a newline inside brackets or after a backslash
// is a space, # comments go to the end of the line. It is a value: a copy goes on from where it was made.
type Lexer struct {
	text   string // what is left
	at     Pos    // where it begins
	depth  int    // open brackets
	braced bool   // inside of {{ }}: there is no other in it
}

// New cuts a text that begins at the place: [Start], or where it stands in a larger text.
func New(text string, at Pos) Lexer { return Lexer{text: text, at: at} }

// NewInside cuts a text as if it stood inside brackets: its newlines are spaces.
func NewInside(text string, at Pos) Lexer { return Lexer{text: text, at: at, depth: 1} }

// symbols are those of more than one character.
var symbols = []string{">>", "==", "!=", "<=", ">=", "//", "**"}

// Next gives the next token; at the end of the text, End again and again.
func (l *Lexer) Next() Token {
	l.skip()
	if l.text == "" {
		return Token{Kind: End, At: l.at}
	}
	if size := newlineLen(l.text); size > 0 {
		token := Token{Kind: Newline, At: l.at}
		l.pass(size)
		return token
	}
	r, size := utf8.DecodeRuneInString(l.text)
	switch {
	case startsName(r):
		return l.take(Name, nameLen(l.text))
	case startsNumber(l.text):
		return l.number()
	case r == '\'' || r == '"':
		return l.string()
	case strings.HasPrefix(l.text, "{{") && !l.braced:
		return l.braces()
	case !allowed(r, l.text):
		return l.forbidden()
	case strings.ContainsRune("([{", r):
		l.depth++
	case strings.ContainsRune(")]}", r):
		l.depth = max(0, l.depth-1)
	default:
		for _, symbol := range symbols {
			if strings.HasPrefix(l.text, symbol) {
				size = len(symbol)
			}
		}
	}
	return l.take(Symbol, size)
}

// braces reads {{ … }}. It ends at the first }} that closes no bracket within it and stands in no text.
func (l *Lexer) braces() Token {
	const open, closed = "{{", "}}"
	inner := Lexer{text: l.text[len(open):], at: l.at, depth: 1, braced: true}
	inner.at.Column += len(open)
	for curly := 0; ; {
		switch token := inner.Next(); {
		case token.Kind == Bad:
			*l = inner
			return token
		case token.Kind == End:
			return l.bad(len(l.text), l.at, `"{{" is never closed`, `an expression ends with "}}"`)
		case token.Is("{"):
			curly++
		case token.Is("}") && curly > 0:
			curly--
		case token.Is("}") && strings.HasPrefix(inner.text, "}"):
			token = l.take(Braces, len(l.text)-len(inner.text)+1)
			token.Value = token.Text[len(open) : len(token.Text)-len(closed)]
			return token
		case token.Is("}"):
			return l.bad(len(l.text), token.At, `"}" closes no bracket`, `an expression ends with "}}"`)
		}
	}
}

// skip passes over what means nothing between two tokens.
func (l *Lexer) skip() {
	for l.text != "" {
		newline := newlineLen(l.text)
		switch c := l.text[0]; {
		case c == ' ' || c == '\t' || c == '\f':
			l.pass(1)
		case c == '#':
			l.pass(commentLen(l.text))
		case newline > 0 && l.depth > 0:
			l.pass(newline)
		case c == '\\' && newlineLen(l.text[1:]) > 0:
			l.pass(1 + newlineLen(l.text[1:]))
		default:
			return
		}
	}
}
