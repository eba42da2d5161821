// This file owns the error that every refusal of a text is, and how it is shown.

package lex

import (
	"strconv"
	"strings"
	"unicode"
)

// Error says what is wrong with a text, and where.
type Error struct {
	// Pos is where the mistake is. It is the zero Pos for a program that was built without a text.
	Pos Pos
	// Msg says what is wrong, Hint what to do about it. Hint may be empty.
	Msg, Hint string
	// Source is the line that Pos stands in, without its end. It is empty where there is no text.
	Source string
}

// Error is the place, the message and the hint in one line.
func (e *Error) Error() string {
	text := e.Msg
	if e.Pos != (Pos{}) {
		text = e.Pos.String() + ": " + e.Msg
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// The room that a snippet has left and right of the caret, in columns of a terminal.
const roomLeft, roomRight = 70, 40

// Snippet is the source line and, below it, a caret under the column, to be shown in a fixed-width font. What lies far
// from the column is cut off. Tabs are kept, and control characters replaced. It is empty where there is no text.
func (e *Error) Snippet() string {
	if e.Source == "" || e.Pos.Column < 1 {
		return ""
	}
	line := []rune(e.Source)
	caret := min(e.Pos.Column-1, len(line))
	start, end := caret, caret
	for room := roomLeft; start > 0 && room >= width(line[start-1]); start-- {
		room -= width(line[start-1])
	}
	for room := roomRight; end < len(line) && room >= width(line[end]); end++ {
		room -= width(line[end])
	}

	var source, below strings.Builder
	if start > 0 {
		source.WriteRune('…')
		below.WriteRune(' ')
	}
	for i := start; i < end; i++ {
		source.WriteRune(visible(line[i]))
		if i < caret {
			below.WriteString(blank(line[i]))
		}
	}
	if end < len(line) {
		source.WriteRune('…')
	}
	return source.String() + "\n" + below.String() + "^"
}

// wide are the scripts whose letters take two columns of a terminal.
var wide = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul}

// width is how many columns a rune takes at most.
func width(r rune) int {
	switch {
	case r == '\t':
		return 8
	case unicode.In(r, wide...):
		return 2
	}
	return 1
}

// blank is a gap as wide as the rune.
func blank(r rune) string {
	switch {
	case r == '\t':
		return "\t"
	case unicode.In(r, unicode.Mn, unicode.Me): // drawn over the rune before
		return ""
	}
	return strings.Repeat(" ", width(r))
}

// visible is the rune, or a stand-in for one that a terminal would obey.
func visible(r rune) rune {
	if r == '\t' || unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// longestWord is how many runes of a word stand in a message.
const longestWord = 60

// Clip shortens a word of the text that is too long for a message.
func Clip(word string) string {
	if len(word) <= longestWord {
		return word
	}
	if runes := []rune(word); len(runes) > longestWord {
		return string(runes[:longestWord]) + "…"
	}
	return word
}

// Quote is a word of the text as a message shows it.
func Quote(word string) string { return strconv.Quote(Clip(word)) }

// SourceLine is a line of the text, without its end: the Source of an [Error]. Lines count from 1.
func SourceLine(text string, line int) string {
	for {
		i := strings.IndexAny(text, "\r\n")
		if i < 0 {
			return text
		}
		if line--; line == 0 {
			return text[:i]
		}
		text = text[i+newlineLen(text[i:]):]
	}
}
