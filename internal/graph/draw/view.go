// This file owns the JSON form of a program, for programs that show it.

// Package draw shows a program: as JSON for other programs, as an indented tree for a terminal, and as a diagram in
// the languages of Mermaid and Graphviz. The program must be one that [graph.Parse] returned or [graph.Program.Validate]
// accepted.
package draw

import (
	"encoding/json"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

// View is a part of a program. As JSON its fields are stable; those that a kind doesn't have are absent.
type View struct {
	// Kind is graph (the whole), task, seq, all, any, repeat, foreach, until, switch, or case (a child of a switch).
	Kind string `json:"kind"`
	// Name is the name of a task's node, Task the declared task that it runs.
	Name string `json:"name,omitempty"`
	Task string `json:"task,omitempty"`
	// Expr is the expression of a loop or switch as it is written.
	Expr string `json:"expr,omitempty"`
	// Item and Index are the names that a foreach shows them under, where it does.
	Item  string `json:"item,omitempty"`
	Index string `json:"index,omitempty"`
	// MaxRounds is how many rounds an until may take.
	MaxRounds int `json:"max_rounds,omitempty"`
	// Collect is what a loop's tasks leave in the results: last, first, list or flatten.
	Collect string `json:"collect,omitempty"`
	// Match is the value of a case that is not the default: a text, a number, true, false or null.
	Match json.RawMessage `json:"match,omitempty"`
	// Default says that a case takes every value.
	Default bool `json:"default,omitempty"`
	// At is where the part begins. It is absent in a program that was built without a text.
	At *Place `json:"at,omitempty"`
	// Children are the statements of the graph, the parts of seq, all and any in order, the statements of the body of a
	// loop or case, and the cases of a switch. Statements are side by side.
	Children []View `json:"children,omitempty"`
}

// Place is a place in a graph's text, or in that of the pipe that it names. Both numbers count from 1, the column in
// characters.
type Place struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Pipe   string `json:"pipe,omitempty"`
}

// ViewOf is the whole program.
func ViewOf(p *graph.Program) View {
	return View{Kind: "graph", Children: views(p.Statements)}
}

func views(parts []graph.Node) []View {
	children := make([]View, len(parts))
	for i, part := range parts {
		children[i] = viewOf(part)
		children[i].At = placeOf(part.Position())
	}
	return children
}

func viewOf(part graph.Node) View {
	switch part := part.(type) {
	case *graph.Seq:
		return View{Kind: "seq", Children: views(part.Steps)}
	case *graph.All:
		return View{Kind: "all", Children: views(part.Branches)}
	case *graph.Any:
		return View{Kind: "any", Children: views(part.Branches)}
	case *graph.Loop:
		return loopView(part)
	case *graph.Switch:
		view := View{Kind: "switch", Expr: part.On.String()}
		for _, way := range part.Cases {
			view.Children = append(view.Children, caseView(way))
		}
		return view
	}
	task := part.(*graph.Task)
	return View{Kind: "task", Name: task.Name, Task: task.Declared()}
}

func loopView(loop *graph.Loop) View {
	view := View{
		Kind:     loop.Kind.String(),
		Expr:     loop.Expr.String(),
		Item:     loop.Item,
		Index:    loop.Index,
		Collect:  loop.Collect.String(),
		Children: views(loop.Body.Statements),
	}
	if loop.Kind == graph.Until {
		view.MaxRounds = loop.Rounds()
	}
	return view
}

func caseView(way graph.Case) View {
	view := View{Kind: "case", Default: way.Default, At: placeOf(way.At), Children: views(way.Body.Statements)}
	if !way.Default {
		view.Match, _ = expr.AppendJSON(nil, way.Match) // every literal has a JSON form
	}
	return view
}

func placeOf(at graph.Pos) *Place {
	if at == (graph.Pos{}) {
		return nil
	}
	return &Place{Line: at.Line, Column: at.Column, Pipe: at.Pipe}
}
