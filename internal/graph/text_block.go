// This file owns the text of blocks, switches and literals.

package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// block is a loop in block notation.
func (w *writer) block(l *Loop) string {
	word := kindWords[l.Kind]
	text := fmt.Sprintf("%s(%s=%s", word, arguments[word][0], braced(l.Expr.String()))
	if l.Item != "" {
		text += ", item=" + l.Item
	}
	if l.Index != "" {
		text += ", index=" + l.Index
	}
	if l.MaxRounds > 0 {
		text += fmt.Sprintf(", max_iter=%d", l.MaxRounds)
	}
	if l.Collect != CollectLast {
		text += ", collect=" + collects[l.Collect]
	}
	return text + "){ " + w.body(l.Body, bindAny) + " }"
}

// kindWords are the words of the block notation, by LoopKind.
var kindWords = []string{Repeat: "repeat", ForEach: "foreach", Until: "until"}

// inOperators says whether the operator notation can say the switch. In that, "*" takes every value.
func (s *Switch) inOperators() bool {
	return !isBare(s.On) && !slices.ContainsFunc(s.Cases, func(way Case) bool { return !way.Default && way.Match == "*" })
}

func (w *writer) choice(s *Switch) string {
	ways := make([]string, len(s.Cases))
	if s.inOperators() {
		for i, way := range s.Cases {
			label := `"*"`
			if !way.Default {
				label = literalText(way.Match)
			}
			// In Python >> would take only the first operand of a looser operator, so there are brackets around those.
			ways[i] = label + " >> " + w.body(way.Body, bindSeq)
		}
		return fmt.Sprintf("switch(%s)[%s]", quoteText(s.On.String()), strings.Join(ways, ", "))
	}
	for i, way := range s.Cases {
		label := "default"
		if !way.Default {
			label = literalText(way.Match)
		}
		ways[i] = label + ": " + w.body(way.Body, bindSeq)
	}
	return fmt.Sprintf("switch(on=%s){ %s }", braced(s.On.String()), strings.Join(ways, "; "))
}

// braced is an expression as the argument of a block. A comment would run over the closing braces.
func braced(text string) string {
	if strings.ContainsAny(text, "#\r\n") {
		return quoteText(text)
	}
	return "{{" + text + "}}"
}

// literalText is a literal as Python writes it.
func literalText(value any) string {
	switch value := value.(type) {
	case nil:
		return "None"
	case bool:
		if value {
			return "True"
		}
		return "False"
	case string:
		return quoteText(value)
	case float64:
		text := strconv.FormatFloat(value, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return text
	}
	return fmt.Sprint(value)
}

// quoteText is a text in quotes, with Python's escapes.
func quoteText(text string) string {
	quote := '"'
	if strings.ContainsRune(text, '"') && !strings.ContainsRune(text, '\'') {
		quote = '\''
	}
	var quoted strings.Builder
	quoted.WriteRune(quote)
	for _, r := range text {
		switch {
		case r == quote || r == '\\':
			quoted.WriteRune('\\')
			quoted.WriteRune(r)
		case r == '\n':
			quoted.WriteString(`\n`)
		case unicode.IsControl(r):
			fmt.Fprintf(&quoted, `\x%02x`, r) // all of them are below 0xa0
		default:
			quoted.WriteRune(r)
		}
	}
	quoted.WriteRune(quote)
	return quoted.String()
}
