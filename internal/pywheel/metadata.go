// This file owns METADATA: what a package says of itself (core metadata, in the form of RFC 822 headers).

package pywheel

import (
	"strings"
	"unicode/utf8"
)

// maxMetadata is how large METADATA may be, in bytes; it has the description of the package.
const maxMetadata = 8 << 20

// Metadata is what a package says of itself.
type Metadata struct {
	Name, Version, Summary string
	// Description is its documentation, as it stands there.
	Description string
	// URLs are its pages, in order.
	URLs []URL
}

// URL is a page about a package.
type URL struct{ Label, URL string }

// Metadata reads METADATA. The error is an *Error for one that is missing or over 8 MiB.
func (a *Archive) Metadata() (Metadata, error) {
	text, err := a.read("METADATA", maxMetadata)
	if err != nil {
		return Metadata{}, err
	}
	return ParseMetadata(string(text)), nil
}

// ParseMetadata reads the text of METADATA. Of a field that stands there twice the first one counts; a line that is no field
// ends the fields, as it does in Python.
func ParseMetadata(text string) Metadata {
	var m Metadata
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	name, value := "", ""
	seen := map[string]bool{}
	end := func() {
		m.set(name, value, seen)
		name, value = "", ""
	}
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		switch field, after, ok := strings.Cut(line, ":"); {
		case line == "":
			end()
			m.describe(rest)
			return m
		case name != "" && strings.Contains(" \t", line[:1]): // goes on
			value += "\n" + strings.TrimPrefix(strings.TrimLeft(line, " \t"), "|")
		case ok && isFieldName(field):
			end()
			name, value = strings.ToLower(field), after
		default:
			end()
			m.describe(text)
			return m
		}
		text = rest
	}
	end()
	return m
}

// isFieldName says whether a text can name a header (RFC 822, 3.1.2).
func isFieldName(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

func (m *Metadata) set(name, value string, seen map[string]bool) {
	value = strings.TrimSpace(value)
	if name == "project-url" {
		label, url, _ := strings.Cut(value, ",")
		m.URLs = append(m.URLs, URL{strings.TrimSpace(label), strings.TrimSpace(url)})
		return
	}
	if seen[name] {
		return
	}
	seen[name] = true
	switch name {
	case "name":
		m.Name = value
	case "version":
		m.Version = value
	case "summary":
		m.Summary = value
	case "description":
		m.describe(value)
	}
}

func (m *Metadata) describe(text string) {
	if text = strings.TrimSpace(text); text != "" {
		m.Description = text
	}
}
