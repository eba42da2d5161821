// This file owns the form of the tables: a text and the tree that it is parsed to, or the mistake that it is refused with.

package graph_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

// row is a text and what becomes of it: the tree as dump shows it, or "line:column message; hint".
type row struct{ text, want string }

// check parses the rows, and also that the text of what came out is parsed to the same.
func check(t *testing.T, opts graph.Options, rows []row) {
	t.Helper()
	for _, row := range rows {
		program, err := graph.Parse(row.text, opts)
		if err != nil {
			var e *graph.Error
			require.True(t, errors.As(err, &e), "%q", row.text)
			got := fmt.Sprintf("%d:%d %s", e.Pos.Line, e.Pos.Column, e.Msg)
			if e.Hint != "" {
				got += "; " + e.Hint
			}
			require.Equal(t, row.want, got, "%q", row.text)
			continue
		}
		require.Equal(t, row.want, dump(program), "%q", row.text)
		again, err := graph.Parse(program.Text(), opts)
		require.NoError(t, err, "%q", program.Text())
		require.Equal(t, row.want, dump(again), "%q", program.Text())
	}
}

// dump shows a tree, one statement a line, without its places.
func dump(p *graph.Program) string {
	return joined(p.Statements, "\n")
}

func joined(nodes []graph.Node, separator string) string {
	texts := make([]string, len(nodes))
	for i, node := range nodes {
		texts[i] = dumpNode(node)
	}
	return strings.Join(texts, separator)
}

func dumpNode(node graph.Node) string {
	switch node := node.(type) {
	case *graph.Seq:
		return "seq(" + joined(node.Steps, ", ") + ")"
	case *graph.All:
		return "all(" + joined(node.Branches, ", ") + ")"
	case *graph.Any:
		return "any(" + joined(node.Branches, ", ") + ")"
	case *graph.Loop:
		return dumpLoop(node)
	case *graph.Switch:
		text := "switch{" + node.On.String() + "}("
		for i, way := range node.Cases {
			if i > 0 {
				text += ", "
			}
			text += dumpMatch(way) + ": " + joined(way.Body.Statements, "; ")
		}
		return text + ")"
	}
	task := node.(*graph.Task)
	if task.Runs != "" {
		return task.Name + ":" + task.Runs
	}
	return task.Name
}

func dumpLoop(loop *graph.Loop) string {
	text := map[graph.LoopKind]string{graph.Repeat: "repeat", graph.ForEach: "foreach", graph.Until: "until"}[loop.Kind]
	text += "{" + loop.Expr.String() + "}"
	if loop.MaxRounds != 0 {
		text += fmt.Sprintf("[at most %d]", loop.MaxRounds)
	}
	if loop.Item+loop.Index != "" {
		text += fmt.Sprintf("[%s|%s]", loop.Item, loop.Index)
	}
	if loop.Collect != graph.CollectLast {
		text += []string{"", "[first]", "[list]", "[flatten]"}[loop.Collect]
	}
	return text + "(" + joined(loop.Body.Statements, "; ") + ")"
}

func dumpMatch(way graph.Case) string {
	if way.Default {
		return "default"
	}
	if text, ok := way.Match.(string); ok {
		return strconv.Quote(text)
	}
	return fmt.Sprintf("%T %v", way.Match, way.Match)
}

// chain is prefix0, prefix1 and so on, joined.
func chain(prefix string, n int, operator string) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(prefix, i)
	}
	return strings.Join(names, operator)
}

// parsed is the program that a text is parsed to.
func parsed(t *testing.T, text string, opts graph.Options) *graph.Program {
	t.Helper()
	program, err := graph.Parse(text, opts)
	require.NoError(t, err, "%q", text)
	return program
}
