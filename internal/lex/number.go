// This file owns numbers: how Python writes them.

package lex

import (
	"regexp"
	"strings"
)

// Python's numbers, with single underscores between digits. A whole number other than 0 begins with no 0.
const digits = `[0-9](?:_?[0-9])*`

var number = regexp.MustCompile(`^(?:` +
	`[1-9](?:_?[0-9])*|0(?:_?0)*|0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|` +
	`(?:` + digits + `\.(?:` + digits + `)?|\.` + digits + `)(?:[eE][-+]?` + digits + `)?|` +
	digits + `[eE][-+]?` + digits + `)$`)

// startsNumber says whether text begins with a number.
func startsNumber(text string) bool {
	return isDigit(text[0]) || text[0] == '.' && len(text) > 1 && isDigit(text[1])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number reads a number with all letters and digits that touch it, so that 3b is one word, and a wrong one.
func (l *Lexer) number() Token {
	size := nameLen(l.text)
	if !strings.ContainsAny(l.text[:min(size, 2)], "xXoObB") { // 0x1 has no fraction
		if strings.HasPrefix(l.text[size:], ".") {
			size += 1 + nameLen(l.text[size+1:])
		}
		if rest := l.text[size:]; strings.ContainsAny(l.text[size-1:size], "eE") && rest != "" && strings.Contains("+-", rest[:1]) {
			size += 1 + nameLen(rest[1:])
		}
	}
	word := l.text[:size]
	if number.MatchString(word) {
		return l.take(Number, size)
	}
	hint := ""
	switch {
	case word[0] == '0' && len(word) > 1 && isDigit(word[1]):
		hint = "a whole number begins with no 0, an octal one with 0o"
	case strings.ContainsAny(word[len(word)-1:], "jJ"):
		hint = "there are no complex numbers here"
	}
	return l.bad(size, l.at, Quote(word)+" is not a number", hint)
}
