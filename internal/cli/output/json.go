// Package output owns how the commands print: JSON one document a line, tables, and single values in columns.
//
// This file owns JSON.
package output

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes a document as one line, with a space after each comma and colon. Numbers and the order of keys stay as they
// are, and every character beyond ASCII is written as an escape, so that any terminal and any script reads it.
func JSON(w io.Writer, document json.RawMessage) error {
	return write(w, append(AppendJSON(nil, document), '\n'))
}

// Error is a failure to write output.
type Error struct{ cause error }

func (e *Error) Error() string { return fmt.Sprintf("output could not be written: %v", e.cause) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Text writes a text as it is, and ends its last line.
func Text(w io.Writer, text string) error {
	if text == "" || text[len(text)-1] != '\n' {
		text += "\n"
	}
	return write(w, []byte(text))
}

func write(w io.Writer, data []byte) error {
	if _, err := w.Write(data); err != nil {
		return &Error{err}
	}
	return nil
}

// AppendJSON appends a valid document as JSON writes it.
func AppendJSON(dst []byte, document json.RawMessage) []byte {
	for i := 0; i < len(document); i++ {
		switch c := document[i]; c {
		case ' ', '\t', '\r', '\n':
		case ',', ':':
			dst = append(dst, c, ' ')
		case '"':
			var n int
			dst, n = appendText(dst, document[i:])
			i += n - 1
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendText appends the text at the start of data and says how many bytes it took there. Lone surrogates, which a Go
// string could not hold, stay what they are.
func appendText(dst []byte, data []byte) ([]byte, int) {
	dst = append(dst, '"')
	i := 1
	for i < len(data) && data[i] != '"' {
		switch c := data[i]; {
		case c == '\\' && i+5 < len(data) && data[i+1] == 'u':
			unit, _ := strconv.ParseUint(string(data[i+2:i+6]), 16, 16)
			dst = appendUnit(dst, rune(unit))
			i += 6
		case c == '\\' && i+1 < len(data) && data[i+1] == '/':
			dst = append(dst, '/')
			i += 2
		case c == '\\' && i+1 < len(data):
			dst = append(dst, c, data[i+1])
			i += 2
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRune(data[i:])
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				dst = appendUnit(dst, high)
				r = low
			}
			dst = appendUnit(dst, r)
			i += n
		}
	}
	return append(dst, '"'), i + 1
}

// appendUnit appends one UTF-16 unit: plain where it is printable ASCII, with JSON's short escape where it has one.
func appendUnit(dst []byte, unit rune) []byte {
	switch unit {
	case '"', '\\':
		return append(dst, '\\', byte(unit))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if unit >= ' ' && unit < utf8.RuneSelf {
		return append(dst, byte(unit))
	}
	return fmt.Appendf(dst, `\u%04x`, unit)
}
