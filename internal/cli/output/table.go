// This file owns tables: a header line, columns two spaces apart and padded to their widest cell, the last one too.

package output

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Table writes a header and rows of as many cells, or "(no items)" where there are no rows. Widths count characters.
func Table(w io.Writer, header []string, rows [][]string) error {
	if len(rows) == 0 {
		return Text(w, "(no items)")
	}
	widths := make([]int, len(header))
	lines := append([][]string{header}, rows...)
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		for i, cell := range line {
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(cell)
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		b.WriteByte('\n')
	}
	return write(w, []byte(b.String()))
}

// Cell is a JSON value in a column: a text without its quotes, anything else as it was sent, a dash where there is none.
func Cell(value json.RawMessage) string {
	if len(value) == 0 || string(value) == "null" {
		return "-"
	}
	if value[0] != '"' {
		return string(AppendJSON(nil, value))
	}
	var text string
	if json.Unmarshal(value, &text) != nil || text == "" {
		return "-"
	}
	return Clean(text)
}

// Clean is a text that stays within its line and its column: control characters, which could also give a terminal
// orders, are written as escapes.
func Clean(text string) string {
	if !strings.ContainsFunc(text, unicode.IsControl) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
