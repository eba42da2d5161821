// This file owns how much of a text a token takes, and how the place moves over it.

package lex

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// take cuts off a token of so many bytes.
func (l *Lexer) take(kind Kind, size int) Token {
	token := Token{Kind: kind, Text: l.text[:size], At: l.at}
	l.pass(size)
	return token
}

// bad cuts off so many bytes that are no token.
func (l *Lexer) bad(size int, at Pos, msg, hint string) Token {
	token := l.take(Bad, size)
	token.Err = &Error{Pos: at, Msg: msg, Hint: hint}
	return token
}

// forbidden cuts off a byte that no text may hold.
func (l *Lexer) forbidden() Token {
	msg := `unexpected "\x00"`
	if l.text[0] != 0 {
		msg = fmt.Sprintf("the text is not UTF-8: byte 0x%02x", l.text[0])
	}
	return l.bad(1, l.at, msg, "")
}

// pass moves over so many bytes.
func (l *Lexer) pass(size int) {
	passed := l.text[:size]
	l.text = l.text[size:]
	for {
		i := strings.IndexAny(passed, "\r\n")
		if i < 0 {
			l.at.Column += utf8.RuneCountInString(passed)
			return
		}
		passed = passed[i+newlineLen(passed[i:]):]
		l.at.Line, l.at.Column = l.at.Line+1, 1
	}
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
		if r == '\n' || r == '\r' || !allowed(r, text[i:]) {
			return i
		}
	}
	return len(text)
}

// allowed says whether r, which text begins with, may stand in a text at all.
func allowed(r rune, text string) bool {
	if r == utf8.RuneError {
		_, size := utf8.DecodeRuneInString(text)
		return size > 1
	}
	return r != 0
}

// nameLen is the length of the name that text begins with.
func nameLen(text string) int {
	for i, r := range text {
		if !inName(r) {
			return i
		}
	}
	return len(text)
}

// startsName says whether a name may begin with the rune. This and inName are Python's identifiers (PEP 3131), but
// not normalized: two spellings of a letter make two names, here as in YAML.
func startsName(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
}

// inName says whether a name may go on with the rune.
func inName(r rune) bool {
	return startsName(r) || unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc)
}
