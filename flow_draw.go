// This file owns showing a flow: its graph as a tree, as a diagram, and as JSON.

package pyoco

import (
	"encoding/json"

	"github.com/pyoco/pyoco/internal/graph/draw"
)

// Tree is the flow's graph as indented lines of text, for a terminal.
func (f *Flow) Tree() string { return draw.Tree(f.program) }

// Mermaid is the flow's graph as a flowchart in the language of https://mermaid.js.org.
func (f *Flow) Mermaid() string { return draw.Mermaid(f.program) }

// DOT is the flow's graph as a digraph in the language of Graphviz.
func (f *Flow) DOT() string { return draw.DOT(f.program) }

// GraphJSON is the flow's graph as a tree of JSON objects. Each has kind (graph for the whole, then task, seq, all, any,
// repeat, foreach, until, switch or case), children, and at with line and column where it stands in a text; a task has
// name and task (the declared one that it runs); loops and switches have expr, item, index, max_rounds and collect, a
// case has match or default.
func (f *Flow) GraphJSON() json.RawMessage {
	data, err := encode(draw.ViewOf(f.program))
	if err != nil {
		return json.RawMessage("null") // it has only what JSON has
	}
	return data
}
