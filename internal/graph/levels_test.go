// This file owns the tests of what the plan of a program with loops and switches is.

package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

func task(name string) graph.Node           { return &graph.Task{Name: name} }
func seq(steps ...graph.Node) graph.Node    { return &graph.Seq{Steps: steps} }
func all(branches ...graph.Node) graph.Node { return &graph.All{Branches: branches} }

func program(statements ...graph.Node) *graph.Program { return &graph.Program{Statements: statements} }

func repeat(body ...graph.Node) *graph.Loop {
	rounds, _ := expr.Parse("2", expr.Options{})
	return &graph.Loop{Kind: graph.Repeat, Expr: rounds, Body: program(body...), At: graph.Pos{Line: 3, Column: 4}}
}

func cases(bodies ...graph.Node) *graph.Switch {
	on, _ := expr.Parse("$ctx.params.x", expr.Options{})
	s := &graph.Switch{On: on}
	for i, body := range bodies {
		s.Cases = append(s.Cases, graph.Case{Match: i, Body: program(body)})
	}
	return s
}

func TestALoopOrSwitchIsOneNodeWithAPlanOfItsOwnForEachBody(t *testing.T) {
	t.Parallel()
	loop := repeat(seq(task("b"), all(task("c"), task("d"))))
	choice := cases(seq(task("e"), task("f")), task("f"), repeat(task("g")))
	plan := graph.NewPlan(program(seq(task("a"), loop, choice), seq(task("h"), choice)))

	require.Equal(t, "a, b: a, e: b h, h; ends e e", showPlan(plan))
	require.Same(t, loop, plan.Nodes[1].Loop)
	require.Same(t, choice, plan.Nodes[2].Switch)
	require.Equal(t, -1, plan.Nodes[1].Task)
	require.Len(t, plan.Nodes[1].Bodies, 1)
	require.Equal(t, "b, c: b, d: b; ends and(c d)", showPlan(plan.Nodes[1].Bodies[0]))
	require.Equal(t, "e, f: e; ends f", showPlan(plan.Nodes[2].Bodies[0]))
	require.Equal(t, "f; ends f", showPlan(plan.Nodes[2].Bodies[1]))
	require.Equal(t, "g; ends g", showPlan(plan.Nodes[2].Bodies[2].Nodes[0].Bodies[0]))
}

func TestTheTasksOfAllLevelsAreCountedThroughAndEachOnce(t *testing.T) {
	t.Parallel()
	tree := program(seq(task("a"), cases(seq(task("b"), task("c")), repeat(seq(task("c"), task("d")))), task("e")))
	plan := graph.NewPlan(tree)
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, tree.Names())
	for i, name := range tree.Names() {
		require.Equal(t, name, plan.Tasks[i].Name)
		index, ok := plan.Index(name)
		require.True(t, ok)
		require.Equal(t, i, index)
	}
	inner := plan.Nodes[1].Bodies[1].Nodes[0].Bodies[0]
	require.Equal(t, plan.Tasks, inner.Tasks)
	require.Equal(t, 2, inner.Nodes[0].Task)
	require.Equal(t, 2, plan.Nodes[1].Bodies[0].Nodes[1].Task)
}

func TestACycleInALoopOrThroughOneIsRefusedAndSoIsAnEmptyBody(t *testing.T) {
	t.Parallel()
	loop := repeat(task("x"))
	for want, tree := range map[string]*graph.Program{
		"a task can't wait for itself: a >> b >> a; a graph has no cycles":                   program(repeat(seq(task("a"), task("b"), task("a")))),
		"a task can't wait for itself: c >> c; a graph has no cycles":                        program(task("a"), cases(task("b"), repeat(seq(task("c"), task("c"))))),
		"line 3, column 4: a task can't wait for itself: x >> y >> x; a graph has no cycles": program(seq(loop, task("y"), loop)),
		"line 3, column 4: nothing stands inside; name at least one task":                    program(seq(task("a"), repeat())),
	} {
		require.EqualError(t, tree.Validate(), want)
	}
}

func TestAPlanMayBeThousandsOfLevelsDeep(t *testing.T) {
	t.Parallel()
	inner := repeat(task("a"))
	for range 5000 {
		inner = repeat(inner)
	}
	plan := graph.NewPlan(program(inner))
	require.Len(t, plan.Tasks, 1)
	for range 5001 {
		require.Equal(t, "a", plan.Nodes[0].Name)
		plan = plan.Nodes[0].Bodies[0]
	}
	require.Equal(t, 0, plan.Nodes[0].Task)
}
