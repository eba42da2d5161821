// This file owns the table of pipes.

package graph_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestAPipePutsInItsText(t *testing.T) {
	t.Parallel()
	opts := graph.Options{Names: []string{"a", "b", "c", "d", "flow"}, Pipes: map[string]string{
		"prep": "a >> b", "either": "a | b", "lines": "# two\n\na >> b\na >> c\n", "outer": "pipe(prep) >> c", "front": "flow >> a",
		"with space": "c", "names": "n: a >> m: b", "loop": "repeat(count=2){ a }",
	}}
	check(t, opts, []row{
		{"pipe(prep)", "seq(a, b)"},
		{"pipe(prep) >> c", "seq(a, b, c)"},
		{"c >> pipe(either) >> d", "seq(c, any(a, b), d)"},
		{"pipe(either)[2]", "repeat{2}(any(a, b))"},
		{"pipe(lines) >> d", "seq(all(seq(a, b), seq(a, c)), d)"},
		{"pipe(outer)\nd", "seq(a, b, c)\nd"},
		{"d >> pipe(front)", "seq(d, a)"},
		{`pipe("with space") & pipe('prep')`, "all(c, seq(a, b))"},
		{"pipe(names) >> c", "seq(n:a, m:b, c)"},
		{"pipe(loop) >> b", "seq(repeat{2}(a), b)"},
		{"switch(on={{m}}){ x: pipe(prep); y: pipe(prep) >> c }", `switch{m}("x": seq(a, b), "y": seq(a, b, c))`},
		{"pipe(prep)\npipe(prep) >> c", "seq(a, b)\nseq(a, b, c)"},
	})
}

func TestAnUnknownACyclicOrAnEmptyPipeIsRefused(t *testing.T) {
	t.Parallel()
	opts := graph.Options{Pipes: map[string]string{
		"prepare": "a", "self": "a >> pipe(self)", "x": "a >> pipe(y)", "y": "\npipe(x)", "empty": "  # nothing\n", "unused": "((",
	}}
	const declared = "pipes are declared under pipes as `NAME: a >> b`"
	check(t, opts, []row{
		{"a >> pipe(prepar)", `1:11 unknown pipe "prepar"; did you mean "prepare"? If not: ` + declared},
		{"pipe(zebra)", `1:6 unknown pipe "zebra"; ` + declared},
		{"pipe(empty)", `1:6 the pipe "empty" is empty; name at least one task`},
		{"pipe()", `1:6 the name of a pipe is missing before ")"; as in pipe(NAME)`},
		{"pipe(prepare, x)", `1:13 ")" is missing before ","`},
		{"pipe(prepare", `1:5 "(" is never closed`},
		{"pipe({{x}})", `1:6 the name of a pipe is missing before "{{x}}"; as in pipe(NAME)`},
	})
	check(t, graph.Options{}, []row{{"pipe(x)", `1:6 unknown pipe "x"; ` + declared}})

	_, err := graph.Parse("b >> pipe(self)", opts)
	require.EqualError(t, err, `pipe "self", line 1, column 11: a pipe can't put in itself: self >> self`)
	_, err = graph.Parse("pipe(x)", opts)
	require.EqualError(t, err, `pipe "y", line 2, column 6: a pipe can't put in itself: x >> y >> x`)
}

func TestAMistakeInAPipeIsShownInThePipesText(t *testing.T) {
	t.Parallel()
	opts := graph.Options{Names: []string{"a", "b"}, Pipes: map[string]string{
		"p": "a >>\n  c", "open": "a >> (b", "closed": "a) >> b", "back": "b >> a", "loop": "\na[2]", "bad": "switch(on={{'}}){ x: a }",
	}}
	for text, want := range map[string]string{
		"a\npipe(p)":                     "pipe \"p\", line 2, column 3: unknown task \"c\"; a registered task is declared under tasks as `c: {}`\n  c\n  ^",
		"(pipe(open))":                   "pipe \"open\", line 1, column 6: \"(\" is never closed\na >> (b\n     ^",
		"(pipe(closed))":                 "pipe \"closed\", line 1, column 2: \")\" closes no bracket\na) >> b\n ^",
		"a >> pipe(back)":                "pipe \"back\", line 1, column 6: a task can't wait for itself: a >> b >> a; a graph has no cycles\nb >> a\n     ^",
		"a >> b\npipe(loop)":             "pipe \"loop\", line 2, column 1: the task \"a\" is in a loop and wired elsewhere too, first at line 1, column 1; what is in a loop stands nowhere else; a_2: a runs the task again, under another name\na[2]\n^",
		"pipe(bad)":                      "pipe \"bad\", line 1, column 13: the text that begins here is never closed; it ends with ' in the same line\nswitch(on={{'}}){ x: a }\n            ^",
		"n: a\npipe(back) >> m: b >> {{": "line 2, column 23: \"{{\" is never closed; an expression ends with \"}}\"\npipe(back) >> m: b >> {{\n                      ^",
	} {
		_, err := graph.Parse(text, opts)
		var e *graph.Error
		require.True(t, errors.As(err, &e), "%q", text)
		require.Equal(t, want, e.Error()+"\n"+e.Snippet(), "%q", text)
	}
}

func TestNodesFromAPipeStandInIt(t *testing.T) {
	t.Parallel()
	program := parsed(t, "a >> pipe(p)", graph.Options{Pipes: map[string]string{"p": "\n b"}})
	b := program.Statements[0].(*graph.Seq).Steps[1]
	require.Equal(t, graph.Pos{Line: 2, Column: 2, Pipe: "p"}, b.Position())
}

func TestWhatPipesPutInCountsForEveryLimit(t *testing.T) {
	t.Parallel()
	doubling := map[string]string{"p0": "a"}
	nested := map[string]string{"p0": "a"}
	for i := 1; i <= 200; i++ {
		doubling[fmt.Sprint("p", i)] = fmt.Sprintf("pipe(p%d) & pipe(p%d)", i-1, i-1)
		nested[fmt.Sprint("p", i)] = fmt.Sprintf("pipe(p%d)", i-1)
	}
	long := map[string]string{"p": strings.Repeat("#", 100_000) + "\na"}
	for _, row := range []struct {
		text  string
		pipes map[string]string
		want  string // empty: accepted
	}{
		{"pipe(p12)", doubling, ""},
		{"pipe(p13)", doubling, `pipe "p0", line 1, column 1: the graph has more nodes than MaxNodes (4096)`},
		{"pipe(p127)", nested, ""},
		{"pipe(p128)", nested, `pipe "p1", line 1, column 5: nesting is deeper than MaxDepth (128)`},
		{"pipe(p)\npipe(p)", long, ""},
		{"pipe(p)\npipe(p)\npipe(p)", long, "line 3, column 6: with its pipes put in, the text has more than MaxBytes (262144)"},
	} {
		_, err := graph.Parse(row.text, graph.Options{Pipes: row.pipes})
		if row.want == "" {
			require.NoError(t, err, row.text)
		} else {
			require.EqualError(t, err, row.want, row.text)
		}
	}
}
