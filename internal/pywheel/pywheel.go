// Package pywheel reads Python wheels: their file names (PEP 427), the names and versions of packages (PEP 503, PEP 440),
// the tags that say which interpreter can install one (PEP 425), and what stands inside the archive. It runs no Python, and
// takes every byte of a wheel for hostile.
//
// This file owns what every reader of the package shares.
package pywheel

import (
	"fmt"
	"strconv"
	"strings"
)

// maxShown is how much of a text an error quotes, in bytes.
const maxShown = 128

// quote shows a text from outside: short, in one line, and safe for a terminal.
func quote(text string) string {
	if len(text) > maxShown {
		text = text[:maxShown] + "…"
	}
	return strconv.QuoteToASCII(text)
}

// Error says what is wrong with a wheel, and names the part: its file name, or a file of the archive.
type Error struct {
	Part, Reason string
}

func (e *Error) Error() string { return e.Part + ": " + e.Reason }

func wrong(part, format string, args ...any) *Error {
	return &Error{Part: part, Reason: fmt.Sprintf(format, args...)}
}

// Normalize is the name of a package as names are compared (PEP 503): in lower case, each run of - _ . one dash.
func Normalize(name string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(name) {
		if r == '-' || r == '_' || r == '.' {
			dash = true
			continue
		}
		if dash {
			b.WriteByte('-')
			dash = false
		}
		b.WriteRune(r)
	}
	if dash {
		b.WriteByte('-')
	}
	return b.String()
}

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// consistsOf says whether a text is made of the characters of an alphabet alone, and is not empty.
func consistsOf(text, alphabet string) bool {
	return text != "" && strings.Trim(text, alphabet) == ""
}
