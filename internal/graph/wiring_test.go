// This file owns the table of tasks in loops and switches that are wired elsewhere, and of those that may be.

package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestALoopOverATaskThatIsAlsoWiredElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	again := func(place, name, first string) string {
		return place + ` the task "` + name + `" is in a loop and wired elsewhere too, first at ` + first +
			"; what is in a loop stands nowhere else; " + name + "_2: " + name + " runs the task again, under another name"
	}
	check(t, graph.Options{}, []row{
		{"x >> y[2] >> y", again("1:14", "y", "line 1, column 6")},
		{"a >> x[3]\nx >> b", again("2:1", "x", "line 1, column 6")},
		{"x >> b\na >> x[3]", again("2:6", "x", "line 1, column 1")},
		{"x[3]\nx[3]", again("2:1", "x", "line 1, column 1")},
		{"a >> (x >> y)[3] & (y >> z)[2]", again("1:21", "y", "line 1, column 12")},
		{"(x[2] >> x)[3]", again("1:10", "x", "line 1, column 2")},
		{"(x >> y & y[2])[3]", again("1:11", "y", "line 1, column 7")},
		{`x % "$ctx.d" >> a` + "\nx >> b", again("2:1", "x", "line 1, column 1")},
		{"foreach(over={{l}}){ x } >> a >> x", again("1:34", "x", "line 1, column 22")},
		{`a >> switch("$ctx.m")["A" >> x[2], "B" >> x]`, again("1:43", "x", "line 1, column 30")},
		{`switch("$ctx.m")["A" >> x][3] & x`, again("1:33", "x", "line 1, column 25")},
		{"n: a >> n[2]", `1:9 the task "n" is in a loop and wired elsewhere too, first at line 1, column 1; what is in a loop stands nowhere else; n_2: a runs the task again, under another name`},
		{"(a >> b & (a >> c))[2]", "repeat{2}(all(seq(a, b), seq(a, c)))"},
		{"x[3] >> x_2: x", "seq(repeat{3}(x), x_2:x)"},
	})
}

func TestASwitchOverATaskThatIsAlsoWiredElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	again := func(place, name, first string) string {
		return place + ` the task "` + name + `" is in a switch and wired elsewhere too, first at ` + first +
			"; what is in a switch stands nowhere else; " + name + "_2: " + name + " runs the task again, under another name"
	}
	check(t, graph.Options{}, []row{
		{`switch("$ctx.m")["A" >> x] >> x`, again("1:31", "x", "line 1, column 25")},
		{`x >> switch("$ctx.m")["A" >> y >> x]`, again("1:35", "x", "line 1, column 1")},
		{`switch("$ctx.m")["A" >> x] & switch("$ctx.m")["A" >> x]`, again("1:54", "x", "line 1, column 25")},
		{`switch("$ctx.m")["A" >> switch("$ctx.n")["B" >> x], "C" >> x]`, again("1:60", "x", "line 1, column 49")},
		{`switch("$ctx.m")["A" >> x, "B" >> x >> y, "*" >> y]`, `switch{$ctx.m}("A": x, "B": seq(x, y), default: y)`},
		{`switch("$ctx.m")["A" >> x >> y, "B" >> y >> x]`, `switch{$ctx.m}("A": seq(x, y), "B": seq(y, x))`},
	})
}

func TestACycleInABodyOrThroughOneIsRefused(t *testing.T) {
	t.Parallel()
	const no, hint = " a task can't wait for itself: ", "; a graph has no cycles"
	check(t, graph.Options{}, []row{
		{"(x >> y >> x)[2]", "1:12" + no + "x >> y >> x" + hint},
		{"a >> x[2] >> a", "1:14" + no + "a >> x >> a" + hint},
		{"a >> b\nb >> (x >> y)[2] >> a", "2:21" + no + "a >> b >> x >> a" + hint},
		{`switch("$ctx.m")["A" >> x >> x]`, "1:30" + no + "x >> x" + hint},
		{`a >> switch("$ctx.m")["A" >> x] >> a`, "1:36" + no + "a >> x >> a" + hint},
		{"n: a >> b >> n", "1:14" + no + "n >> b >> n" + hint},
	})
}

func TestALoopThatAProgramUsesTwiceIsWiredElsewhere(t *testing.T) {
	t.Parallel()
	loop := repeat(task("x"))
	err := program(seq(task("a"), loop), seq(loop, task("y"))).Validate()
	require.EqualError(t, err, `the task "x" is in a loop and wired elsewhere too; what is in a loop stands nowhere else; x_2: x runs the task again, under another name`)
	require.NoError(t, program(seq(task("a"), loop, task("y"))).Validate())
}
