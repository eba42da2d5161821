// This file owns the tests of programs that were built without a text.

package graph_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

func expression(t *testing.T, text string) *expr.Expr {
	t.Helper()
	e, err := expr.Parse(text, expr.Options{})
	require.NoError(t, err)
	return e
}

func TestAProgramThatNoTextCouldHoldIsRefused(t *testing.T) {
	t.Parallel()
	e, a := expression(t, "$ctx.x"), task("a")
	loop := func(change func(l *graph.Loop)) graph.Node {
		l := &graph.Loop{Kind: graph.Repeat, Expr: e, Body: program(a)}
		change(l)
		return l
	}
	kind := func(kind graph.LoopKind, change func(l *graph.Loop)) graph.Node {
		return loop(func(l *graph.Loop) { l.Kind = kind; change(l) })
	}
	choice := func(ways ...graph.Case) graph.Node { return &graph.Switch{On: e, Cases: ways} }
	way := func(match any) graph.Case { return graph.Case{Match: match, Body: program(a)} }
	byDefault := graph.Case{Default: true, Body: program(a)}
	for want, node := range map[string]graph.Node{
		"a part of the graph is nil":                 nil,
		"a *graph.Seq has at least two parts, got 1": seq(a),
		"a *graph.Any has at least two parts, got 0": &graph.Any{},
		"a task can't be called \"\"; a name is made of letters, digits and _, and begins with no digit":        task(""),
		"a task can't be called \"my-task\"; a name is made of letters, digits and _, and begins with no digit": seq(a, task("my-task")),
		"a task can't be called \"3\"; a name is made of letters, digits and _, and begins with no digit":       &graph.Task{Name: "n", Runs: "3"},
		"the node \"a\" runs two tasks, \"a\" and \"b\"":                                                        all(a, &graph.Task{Name: "a", Runs: "b"}),
		"there is no kind 0 of loop":                                        kind(0, func(*graph.Loop) {}),
		"there is no kind 4 of loop":                                        kind(4, func(*graph.Loop) {}),
		"there is no way 4 to collect":                                      loop(func(l *graph.Loop) { l.Collect = 4 }),
		"a loop has no expression":                                          loop(func(l *graph.Loop) { l.Expr = nil }),
		"nothing stands inside; name at least one task":                     loop(func(l *graph.Loop) { l.Body = nil }),
		"only a for-each has an item and an index":                          loop(func(l *graph.Loop) { l.Index = "i" }),
		"only an until has a number of rounds beside its expression":        loop(func(l *graph.Loop) { l.MaxRounds = 3 }),
		"a number of rounds is not negative":                                kind(graph.Until, func(l *graph.Loop) { l.MaxRounds = -3 }),
		"a loop has at most MaxRounds (10000) rounds, got 10001":            kind(graph.Until, func(l *graph.Loop) { l.MaxRounds = 10_001 }),
		"a loop has at most MaxRounds (10000) rounds, got 10002":            loop(func(l *graph.Loop) { l.Expr = expression(t, "10_002") }),
		"the item needs a name of letters, digits and _, got \"a b\"":       kind(graph.ForEach, func(l *graph.Loop) { l.Item = "a b" }),
		"the index can't be called \"env\": $ctx.env is something else":     kind(graph.ForEach, func(l *graph.Loop) { l.Index = "env" }),
		"the item and the index are both called \"i\"":                      kind(graph.ForEach, func(l *graph.Loop) { l.Item, l.Index = "i", "i" }),
		"a switch has no expression":                                        &graph.Switch{Cases: []graph.Case{byDefault}},
		"a switch needs at least one case":                                  choice(),
		"a switch has one default, and that is its last case":               choice(byDefault, way(1)),
		"there is a case for \"x\" already":                                 choice(way("x"), way("x")),
		"the cases 0 and False are equal, as in Python":                     choice(way(0), way(false)),
		"the cases 100000000000000000000 and 1e+20 are equal, as in Python": choice(way(new(big.Int).Exp(big.NewInt(10), big.NewInt(20), nil)), way(1e20)),
		"a case is no number that can be written: NaN":                      choice(way(math.NaN())),
		"a case is not UTF-8: \"\\xff\"":                                    choice(way("\xff")),
		"a case is a text, a bool, nil or a number, got a []int":            choice(way([]int{1})),
		"a task can't wait for itself: a >> a; a graph has no cycles":       loop(func(l *graph.Loop) { l.Body = program(a, seq(a, a)) }),
	} {
		require.EqualError(t, program(node).Validate(), want)
	}
	require.EqualError(t, program(choice(graph.Case{Match: 1})).Validate(), "nothing stands inside; name at least one task")
}

func TestAProgramOverTheLimitsIsRefused(t *testing.T) {
	t.Parallel()
	deep := func(levels int) *graph.Program {
		node := task("a")
		for range levels {
			node = &graph.Loop{Kind: graph.Repeat, Expr: expression(t, "2"), Body: program(node)}
		}
		return program(node)
	}
	require.NoError(t, deep(128).Validate())
	require.EqualError(t, deep(129).Validate(), "nesting is deeper than MaxDepth (128)")
	require.EqualError(t, deep(100_000).Validate(), "nesting is deeper than MaxDepth (128)")

	wide := &graph.Program{}
	for range 4097 {
		wide.Statements = append(wide.Statements, task("a"))
	}
	require.EqualError(t, wide.Validate(), "the graph has more nodes than MaxNodes (4096)")
	wide.Statements = wide.Statements[1:]
	require.NoError(t, wide.Validate())
}

func TestSeveralStatementsOfABodyAreBranches(t *testing.T) {
	t.Parallel()
	body := program(seq(task("a"), task("b")), &graph.Any{Branches: []graph.Node{task("b"), task("c")}})
	tree := program(&graph.Loop{Kind: graph.Repeat, Expr: expression(t, "2"), Body: body})
	require.NoError(t, tree.Validate())
	require.Equal(t, "(a >> b & (b | c))[2]", tree.Text())
	require.Equal(t, "repeat{2}(all(seq(a, b), any(b, c)))", dump(parsed(t, tree.Text(), graph.Options{})))
}
