// This file owns texts in quotes: where they end, and what Python's escapes in them mean.

package lex

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// string reads a text in quotes. It ends in the line that it begins in, but for a backslash before the line's end.
func (l *Lexer) string() Token {
	quote := l.text[0]
	rest := *l
	rest.pass(1)
	var value strings.Builder
	for {
		plain := plainLen(rest.text, quote)
		value.WriteString(rest.text[:plain])
		rest.pass(plain)
		switch {
		case rest.text == "" || newlineLen(rest.text) > 0:
			return l.bad(len(l.text), l.at, "the text that begins here is never closed", fmt.Sprintf("it ends with %c in the same line", quote))
		case rest.text[0] == quote:
			token := l.take(String, len(l.text)-len(rest.text)+1)
			token.Value = value.String()
			return token
		case rest.text[0] == '\\':
			piece, size, wrong := escape(rest.text)
			if wrong != nil {
				*l = rest
				return l.bad(size, l.at, wrong.Msg, wrong.Hint)
			}
			value.WriteString(piece)
			rest.pass(size)
		default:
			*l = rest
			return l.forbidden()
		}
	}
}

// plainLen is how much of text stands for itself.
func plainLen(text string, quote byte) int {
	for i, r := range text {
		if r == rune(quote) || r == '\\' || r == '\r' || r == '\n' || !allowed(r, text[i:]) {
			return i
		}
	}
	return len(text)
}

// escapes are those of one letter.
var escapes = map[byte]string{
	'\\': "\\", '\'': "'", '"': "\"",
	'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// hexDigits says how many digits an escape takes.
var hexDigits = map[byte]int{'x': 2, 'u': 4, 'U': 8}

// escape reads what begins with a backslash: what it means and how long it is. As in Python, a backslash before another
// letter stands for itself, and one before the end of the line joins the lines.
func escape(text string) (value string, size int, wrong *Error) {
	if len(text) == 1 {
		return "", 1, nil
	}
	letter := text[1]
	if value, ok := escapes[letter]; ok {
		return value, 2, nil
	}
	switch {
	case newlineLen(text[1:]) > 0:
		return "", 1 + newlineLen(text[1:]), nil
	case '0' <= letter && letter <= '7':
		size = 2
		for size < min(4, len(text)) && '0' <= text[size] && text[size] <= '7' {
			size++
		}
		code, _ := strconv.ParseUint(text[1:size], 8, 32) // it is three octal digits
		return string(rune(code)), size, nil
	case hexDigits[letter] > 0:
		size = min(2+hexDigits[letter], len(text))
		code, err := strconv.ParseUint(text[2:size], 16, 32)
		if err != nil || size < 2+hexDigits[letter] {
			return "", 2, &Error{Msg: fmt.Sprintf(`\%c is no character`, letter), Hint: fmt.Sprintf("it takes %d hexadecimal digits", hexDigits[letter])}
		}
		if !utf8.ValidRune(rune(code)) {
			return "", size, &Error{Msg: text[:size] + " is no character", Hint: `one above \uffff is written as \U0001f600`}
		}
		return string(rune(code)), size, nil
	case letter == 'N':
		return "", 2, &Error{Msg: `\N is not supported`, Hint: `write the character itself, or \u and its number`}
	}
	return text[:1], 1, nil
}
