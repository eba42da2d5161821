// This file owns the diagram in Mermaid's language.

package draw

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/pyoco/pyoco/internal/graph"
)

// Mermaid is the program as a flowchart for https://mermaid.js.org: a box a task, a frame a loop, a rhombus a switch,
// and a circle where several ways must be waited for. A task in several cases of a switch is drawn in each.
func Mermaid(p *graph.Program) string {
	s, whole := sketchOf(p)
	var text strings.Builder
	text.WriteString("flowchart TD\n")
	s.mermaid(&text, whole, "  ")
	for _, a := range s.arrows {
		label := ""
		if a.text != "" {
			label = "|" + mermaidText(a.text) + "|"
		}
		fmt.Fprintf(&text, "  n%d -->%s n%d\n", a.from+1, label, a.to+1)
	}
	return text.String()
}

var mermaidShapes = [...][2]string{taskShape: {"[", "]"}, switchShape: {"{", "}"}, joinShape: {"((", "))"}}

func (s *sketch) mermaid(text *strings.Builder, f *frame, indent string) {
	for _, number := range f.boxes {
		around := mermaidShapes[s.boxes[number].shape]
		fmt.Fprintf(text, "%sn%d%s%s%s\n", indent, number+1, around[0], mermaidText(s.boxes[number].text), around[1])
	}
	for _, inner := range f.frames {
		fmt.Fprintf(text, "%ssubgraph g%d[%s]\n", indent, inner.number, mermaidText(inner.text))
		s.mermaid(text, inner, indent+"  ")
		text.WriteString(indent + "end\n")
	}
}

// mermaidText is a text in quotes. What Mermaid could take for markup is written by number.
func mermaidText(text string) string {
	var quoted strings.Builder
	for _, r := range text {
		switch {
		case strings.ContainsRune("\"#&<>`", r), unicode.IsControl(r):
			fmt.Fprintf(&quoted, "#%d;", r)
		default:
			quoted.WriteRune(r)
		}
	}
	return `"` + quoted.String() + `"`
}
