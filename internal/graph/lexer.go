// This file owns the cutting of a graph text into tokens.

package graph

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind says what a token is.
type kind uint8

const (
	end     kind = iota // of the text
	newline             // ends a statement
	name                // a Python identifier
	symbol              // an operator, a bracket, or any other character: the parser says which it knows
)

// token is one word of the text.
type token struct {
	kind kind
	text string
	at   Pos
}

// is says whether the token is this symbol.
func (t token) is(text string) bool { return t.kind == symbol && t.text == text }

// lexer gives one token after the other, by Python's rules for lines: a newline inside brackets or after a backslash
// is a space, # comments go to the end of the line. It refuses nothing, so that the first mistake in the text is the
// one that the parser reports: what it doesn't know comes out as a symbol.
type lexer struct {
	text  string // what is left
	at    Pos    // where it begins
	depth int    // open brackets
}

func newLexer(text string) lexer { return lexer{text: text, at: Pos{Line: 1, Column: 1}} }

// next gives the next token; at the end of the text, end again and again.
func (l *lexer) next() token {
	l.skip()
	if l.text == "" {
		return token{kind: end, at: l.at}
	}
	r, size := utf8.DecodeRuneInString(l.text)
	if n := newlineLen(l.text); n > 0 {
		t := token{kind: newline, at: l.at}
		l.endLine(n)
		return t
	}
	if startsName(r) {
		return l.take(name, nameLen(l.text))
	}
	switch r {
	case '(', '[', '{':
		l.depth++
	case ')', ']', '}':
		l.depth = max(0, l.depth-1)
	case '>':
		if strings.HasPrefix(l.text, ">>") {
			size = 2
		}
	}
	return l.take(symbol, size)
}

// skip passes over what means nothing between two tokens.
func (l *lexer) skip() {
	for l.text != "" {
		newline := newlineLen(l.text)
		switch c := l.text[0]; {
		case c == ' ' || c == '\t' || c == '\f':
			l.take(symbol, 1)
		case c == '#':
			l.take(symbol, commentLen(l.text))
		case newline > 0 && l.depth > 0:
			l.endLine(newline)
		case c == '\\' && newlineLen(l.text[1:]) > 0:
			l.endLine(1 + newlineLen(l.text[1:]))
		default:
			return
		}
	}
}

// take cuts off a token of so many bytes, all in one line.
func (l *lexer) take(k kind, size int) token {
	t := token{kind: k, text: l.text[:size], at: l.at}
	l.text = l.text[size:]
	l.at.Column += utf8.RuneCountInString(t.text)
	return t
}

// endLine cuts off the end of a line.
func (l *lexer) endLine(size int) {
	l.text = l.text[size:]
	l.at = Pos{Line: l.at.Line + 1, Column: 1}
}

// newlineLen is the length of the newline that text begins with, or 0. As in Python, a lone carriage return is one.
func newlineLen(text string) int {
	switch {
	case strings.HasPrefix(text, "\r\n"):
		return 2
	case strings.HasPrefix(text, "\n"), strings.HasPrefix(text, "\r"):
		return 1
	}
	return 0
}

// commentLen is the length of the comment that text begins with. Bytes that no text may hold end it, to be refused.
func commentLen(text string) int {
	for i, r := range text {
		if r == '\n' || r == '\r' || r == 0 || (r == utf8.RuneError && !validAt(text[i:])) {
			return i
		}
	}
	return len(text)
}

// validAt says whether text begins with a rune in UTF-8.
func validAt(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return r != utf8.RuneError || size > 1
}

// nameLen is the length of the name that text begins with.
func nameLen(text string) int {
	for i, r := range text {
		if !startsName(r) && !unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc) {
			return i
		}
	}
	return len(text)
}

// startsName says whether a name may begin with the rune. This and nameLen are Python's identifiers (PEP 3131), but
// not normalized: two spellings of a letter make two names, here as in YAML.
func startsName(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
}
