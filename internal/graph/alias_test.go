// This file owns the table of nodes with a name of their own.

package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestANodeMayRunATaskUnderAnotherName(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{Names: []string{"run", "b", "flow"}}, []row{
		{"first: run >> second: run", "seq(first:run, second:run)"},
		{"first: run >> b\nfirst >> second: run", "seq(first:run, b)\nseq(first:run, second:run)"},
		{"(x: run)[3] >> y: run[2]", "seq(repeat{3}(x:run), repeat{2}(y:run))"},
		{"run: run >> b", "seq(run, b)"},
		{"run >> b\nrun: run & b", "seq(run, b)\nall(run, b)"},
		{"b: run >> c: b\nb", "seq(b:run, c:b)\nb:run"},
		{"switch(on={{m}}){ batch: first: run >> second: run; default: first }", `switch{m}("batch": seq(first:run, second:run), default: first:run)`},
		{"flow: run >> b", "seq(flow:run, b)"},
		{"flow >> flow: run >> b", "seq(flow:run, b)"},
		{"repeat: run >> switch: run", "seq(repeat:run, switch:run)"},
	})
}

func TestTheNamesOfAProgramAreThoseOfItsNodes(t *testing.T) {
	t.Parallel()
	program := parsed(t, "first: run >> (second: run)[2] >> run\nfirst >> switch(on={{m}}){ a: third: run }", graph.Options{})
	require.Equal(t, []string{"first", "second", "run", "third"}, program.Names())
}

func TestTheSameNodeNameTwiceIsRefused(t *testing.T) {
	t.Parallel()
	const again = "; to mention that one again, write its name alone"
	check(t, graph.Options{Names: []string{"run", "other", "b"}}, []row{
		{"n: run >> n: other", `1:11 there is a node "n" already, at line 1, column 1` + again},
		{"n: run\nn: run >> b", `2:1 there is a node "n" already, at line 1, column 1` + again},
		{"b >> b: run", `1:6 there is a node "b" already, at line 1, column 1` + again},
		{"b: run >> b: b", `1:11 there is a node "b" already, at line 1, column 1` + again},
		{"n >> b\nn: run", "1:1 unknown task \"n\"; a registered task is declared under tasks as `n: {}`"},
	})
}

func TestABadNodeNameIsRefusedWhereItStands(t *testing.T) {
	t.Parallel()
	const one = "; a node with a name of its own runs one task: node: task"
	check(t, graph.Options{Names: []string{"run", "b"}, Pipes: map[string]string{"p": "b"}}, []row{
		{"first: rum", "1:8 unknown task \"rum\"; did you mean \"run\"? If not: a registered task is declared under tasks as `rum: {}`"},
		{"first: run >> frist", "1:15 unknown task \"frist\"; did you mean \"first\"? If not: a registered task is declared under tasks as `frist: {}`"},
		{"first: p", `1:8 unknown task "p"; a pipe is put in by pipe(p)`},
		{"first: pipe(p)", `1:8 the name of a task is missing before "pipe"` + one},
		{"first: (run)", `1:8 the name of a task is missing before "("` + one},
		{"first: ", `1:7 the name of a task is missing after ":"` + one},
		{"first: run: b", `1:11 unexpected ":"; node: task gives one task a name of its own`},
		{"(run): b", `1:6 unexpected ":"; node: task gives one task a name of its own`},
		{": run", `1:1 a task is missing before ":"`},
	})
}
