// This file owns the tests of what a program's plan is.

package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestAPlanSaysWhatEachNodeWaitsFor(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ text, want string }{
		{"a", "a; ends a"},
		{"a >> b >> c", "a, b: a, c: b; ends c"},
		{"a & b", "a, b; ends and(a b)"},
		{"a | b", "a, b; ends or(a b)"},
		{"(a & b) >> c", "a, b, c: and(a b); ends c"},
		{"(a | b) >> c", "a, b, c: or(a b); ends c"},
		{"a >> (b & c)", "a, b: a, c: a; ends and(b c)"},
		{"a >> (b & (c >> d)) >> e", "a, b: a, c: a, d: c, e: and(b d); ends e"},
		{"a >> ((b | c) & d) >> e", "a, b: a, c: a, d: a, e: and(or(b c) d); ends e"},
		{"(a & b) >> (c | d)", "a, b, c: and(a b), d: and(a b); ends or(c d)"},
		{"a >> c\nb >> c", "a, c: a b, b; ends c c"},
		{"(a | b) >> d\nc >> d", "a, b, d: or(a b) c, c; ends d d"},
		{"a >> b\na >> b", "a, b: a; ends b b"},
		{"(a & a) >> b", "a, b: a; ends b"},
		{"(a | a | b) >> c", "a, b, c: or(a b); ends c"},
		{"a >> (b & b)", "a, b: a; ends b"},
		{"a\nb | c", "a, b, c; ends a or(b c)"},
	} {
		require.Equal(t, row.want, showPlan(planOf(t, row.text)), "%q", row.text)
	}
}

func TestFeedsAreTheReverseOfNeedsAndInputs(t *testing.T) {
	t.Parallel()
	plan := planOf(t, "(a & b & a) >> (c | (d >> e)) >> f\n(a & b) >> f\na >> f\na >> f")
	var forward, reverse []string
	edge := func(from, to graph.Ref) string { return fmt.Sprint(from, " to ", to) }
	add := func(ref graph.Ref, inputs, feeds []graph.Ref) {
		for _, input := range inputs {
			forward = append(forward, edge(input, ref))
		}
		for _, to := range feeds {
			reverse = append(reverse, edge(ref, to))
		}
	}
	for i, node := range plan.Nodes {
		add(graph.NodeRef(i), node.Needs, node.Feeds)
	}
	for i, gate := range plan.Gates {
		require.GreaterOrEqual(t, len(gate.Inputs), 2)
		add(graph.GateRef(i), gate.Inputs, gate.Feeds)
	}
	require.ElementsMatch(t, forward, reverse)
	distinct := map[string]bool{}
	for _, e := range forward {
		require.False(t, distinct[e], "%s is there twice", e)
		distinct[e] = true
	}
}

func TestNodesAreFoundByName(t *testing.T) {
	t.Parallel()
	program, err := graph.Parse("c >> a\nb >> a", graph.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"c", "a", "b"}, program.Names())

	plan := graph.NewPlan(program)
	for i, name := range program.Names() {
		require.Equal(t, name, plan.Nodes[i].Name)
		index, ok := plan.Index(name)
		require.True(t, ok)
		require.Equal(t, i, index)
	}
	_, ok := plan.Index("d")
	require.False(t, ok)
}

func TestAPlanIsLinearInTheMentions(t *testing.T) {
	t.Parallel()
	const half = 2048
	plan := planOf(t, "("+chain("a", half, " & ")+") >> ("+chain("b", half, " & ")+")")
	require.Len(t, plan.Nodes, 2*half)
	require.Len(t, plan.Gates, 2)
	edges := 0
	for _, node := range plan.Nodes {
		edges += len(node.Needs)
	}
	for _, gate := range plan.Gates {
		edges += len(gate.Inputs)
	}
	require.Equal(t, 3*half, edges)
}

func BenchmarkPlan(b *testing.B) {
	for name, text := range map[string]string{
		"chain": chain("a", 4000, " >> "),
		"join":  "(" + chain("a", 4000, " & ") + ") >> (" + chain("b", 4000, " & ") + ")",
	} {
		b.Run(name, func(b *testing.B) {
			program, err := graph.Parse(text, graph.Options{Limits: graph.Limits{MaxNodes: 8000}})
			require.NoError(b, err)
			for b.Loop() {
				graph.NewPlan(program)
			}
		})
	}
}

func planOf(t *testing.T, text string) *graph.Plan {
	t.Helper()
	program, err := graph.Parse(text, graph.Options{})
	require.NoError(t, err)
	return graph.NewPlan(program)
}

// showPlan lists the nodes with their needs, then the ends.
func showPlan(p *graph.Plan) string {
	var show func(ref graph.Ref) string
	all := func(refs []graph.Ref) string {
		texts := make([]string, len(refs))
		for i, ref := range refs {
			texts[i] = show(ref)
		}
		return strings.Join(texts, " ")
	}
	show = func(ref graph.Ref) string {
		if !ref.IsGate() {
			return p.Nodes[ref.Index()].Name
		}
		gate := p.Gates[ref.Index()]
		return map[graph.GateKind]string{graph.And: "and", graph.Or: "or"}[gate.Kind] + "(" + all(gate.Inputs) + ")"
	}
	nodes := make([]string, len(p.Nodes))
	for i, node := range p.Nodes {
		nodes[i] = node.Name
		if len(node.Needs) > 0 {
			nodes[i] += ": " + all(node.Needs)
		}
	}
	return strings.Join(nodes, ", ") + "; ends " + all(p.Ends)
}
