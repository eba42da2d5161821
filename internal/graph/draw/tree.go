// This file owns the indented tree.

package draw

import (
	"fmt"
	"strings"

	"github.com/pyoco/pyoco/internal/graph"
)

// Tree is the program as lines of text, what is inside of a part two spaces further in than the part:
//
//	in order
//	  fetch
//	  all of
//	    parse
//	    index
//	  repeat 3
//	    again: fetch
//	  switch $ctx.params.mode
//	    case "A"
//	      report
//	    otherwise
//	      nothing
//
// Lines that are not inside of "in order", "all of" or "any of" stand side by side.
func Tree(p *graph.Program) string {
	var t tree
	t.parts(p.Statements, 0)
	return t.String()
}

type tree struct{ strings.Builder }

func (t *tree) line(depth int, text string) {
	t.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

func (t *tree) parts(parts []graph.Node, depth int) {
	for _, part := range parts {
		t.part(part, depth)
	}
}

func (t *tree) part(part graph.Node, depth int) {
	switch part := part.(type) {
	case *graph.Task:
		t.line(depth, taskText(part))
	case *graph.Seq:
		t.line(depth, "in order")
		t.parts(part.Steps, depth+1)
	case *graph.All:
		t.line(depth, "all of")
		t.parts(part.Branches, depth+1)
	case *graph.Any:
		t.line(depth, "any of")
		t.parts(part.Branches, depth+1)
	case *graph.Loop:
		t.line(depth, loopText(part))
		t.parts(part.Body.Statements, depth+1)
	case *graph.Switch:
		t.line(depth, "switch "+oneLine(part.On.String()))
		for _, way := range part.Cases {
			t.line(depth+1, caseText(way))
			t.parts(way.Body.Statements, depth+2)
		}
	}
}

// taskText is how a node is called.
func taskText(task *graph.Task) string {
	if task.Declared() != task.Name {
		return task.Name + ": " + task.Declared()
	}
	return task.Name
}

// loopText says what a loop does.
func loopText(loop *graph.Loop) string {
	text := oneLine(loop.Expr.String())
	switch loop.Kind {
	case graph.Repeat:
		text = "repeat " + text
	case graph.ForEach:
		text = "for each " + forEachNames(loop) + "in " + text
	case graph.Until:
		text = fmt.Sprintf("until %s, at most %d times", text, loop.Rounds())
	}
	if loop.Collect != graph.CollectLast {
		text += ", collect " + loop.Collect.String()
	}
	return text
}

func forEachNames(loop *graph.Loop) string {
	var names []string
	for _, name := range []string{loop.Item, loop.Index} {
		if name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return strings.Join(names, ", ") + " "
}

func caseText(way graph.Case) string {
	if way.Default {
		return "otherwise"
	}
	return "case " + way.Label()
}

// oneLine is an expression without the newlines that it may have between its words.
func oneLine(text string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text))
}
