// This file owns the diagram in Graphviz's language.

package draw

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/pyoco/pyoco/internal/graph"
)

// DOT is the program as a digraph for Graphviz, drawn like that of [Mermaid].
func DOT(p *graph.Program) string {
	s, whole := sketchOf(p)
	var text strings.Builder
	text.WriteString("digraph {\n  node [shape=box]\n")
	s.dot(&text, whole, "  ")
	for _, a := range s.arrows {
		label := ""
		if a.text != "" {
			label = " [label=" + dotText(a.text) + "]"
		}
		fmt.Fprintf(&text, "  n%d -> n%d%s\n", a.from+1, a.to+1, label)
	}
	text.WriteString("}\n")
	return text.String()
}

var dotShapes = [...]string{taskShape: "", switchShape: " shape=diamond", joinShape: " shape=circle"}

func (s *sketch) dot(text *strings.Builder, f *frame, indent string) {
	for _, number := range f.boxes {
		b := s.boxes[number]
		fmt.Fprintf(text, "%sn%d [label=%s%s]\n", indent, number+1, dotText(b.text), dotShapes[b.shape])
	}
	for _, inner := range f.frames {
		fmt.Fprintf(text, "%ssubgraph cluster_%d {\n%s  label=%s\n", indent, inner.number, indent, dotText(inner.text))
		s.dot(text, inner, indent+"  ")
		text.WriteString(indent + "}\n")
	}
}

// dotText is a text in quotes.
func dotText(text string) string {
	var quoted strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			quoted.WriteRune('\\')
			quoted.WriteRune(r)
		case r == '&': // it would begin an HTML entity
			quoted.WriteString("&amp;")
		case unicode.IsControl(r):
			quoted.WriteRune(' ')
		default:
			quoted.WriteRune(r)
		}
	}
	return `"` + quoted.String() + `"`
}
