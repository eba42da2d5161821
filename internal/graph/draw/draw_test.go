// This file owns the tests of what a terminal and diagrams show.

package draw_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
	"github.com/pyoco/pyoco/internal/graph/draw"
)

const text = `fetch >> (parse & index) >> (check | scan & again: parse) >> switch("$ctx.params.mode")[
  "A" >> (wait >> (x & y)),
  "*" >> x
] >> report
fetch >> foreach(over={{items}}, item=it, index=i, collect=list){ one & two % ("$ctx.x", 3) }
fetch >> (b >> c)[2]`

func parse(t *testing.T, text string) *graph.Program {
	t.Helper()
	program, err := graph.Parse(text, graph.Options{Pipes: map[string]string{"p": "\n x"}})
	require.NoError(t, err)
	return program
}

func TestTheTreeShowsWhatIsInsideOfWhat(t *testing.T) {
	t.Parallel()
	require.Equal(t, strings.TrimPrefix(`
in order
  fetch
  all of
    parse
    index
  any of
    check
    all of
      scan
      again: parse
  switch $ctx.params.mode
    case "A"
      in order
        wait
        all of
          x
          y
    otherwise
      x
  report
in order
  fetch
  for each it, i in items, collect list
    all of
      one
      until $ctx.x, at most 3 times
        two
in order
  fetch
  repeat 2
    in order
      b
      c
`, "\n"), draw.Tree(parse(t, text)))
	require.Equal(t, "for each in items\n  until a  and b, at most 1000 times\n    x\n",
		draw.Tree(parse(t, "foreach(over={{items}}){ until(cond={{ a\r\n and b\n}}){ x } }")))
}

func TestMermaidShowsTasksLoopsAndSwitches(t *testing.T) {
	t.Parallel()
	require.Equal(t, strings.TrimPrefix(`
flowchart TD
  n1["fetch"]
  n2["parse"]
  n3["index"]
  n4(("all"))
  n5["check"]
  n6["scan"]
  n7["again: parse"]
  n8(("all"))
  n9(("any"))
  n10{"$ctx.params.mode"}
  n11["wait"]
  n12["x"]
  n13["y"]
  n14["x"]
  n15(("end"))
  n16["report"]
  subgraph g1["for each it, i in items, collect list"]
    n17["one"]
    subgraph g2["until $ctx.x, at most 3 times"]
      n18["two"]
    end
  end
  subgraph g3["repeat 2"]
    n19["b"]
    n20["c"]
  end
  n1 --> n2
  n1 --> n3
  n2 --> n4
  n3 --> n4
  n4 --> n5
  n4 --> n6
  n4 --> n7
  n6 --> n8
  n7 --> n8
  n5 --> n9
  n8 --> n9
  n9 --> n10
  n10 -->|"#34;A#34;"| n11
  n11 --> n12
  n11 --> n13
  n10 -->|"otherwise"| n14
  n12 --> n15
  n13 --> n15
  n14 --> n15
  n15 --> n16
  n1 --> n17
  n1 --> n18
  n1 --> n19
  n19 --> n20
`, "\n"), draw.Mermaid(parse(t, text)))
}

func TestDOTShowsTheSame(t *testing.T) {
	t.Parallel()
	require.Equal(t, `digraph {
  node [shape=box]
  n1 [label="a"]
  n3 [label="any" shape=circle]
  n4 [label="$ctx.m == '\"\\\\ &amp; x'" shape=diamond]
  n5 [label="c: t"]
  subgraph cluster_1 {
    label="repeat 2"
    n2 [label="b"]
  }
  n1 -> n3
  n2 -> n3
  n3 -> n4
  n4 -> n5 [label="1"]
}
`, draw.DOT(parse(t, `(a | b[2]) >> switch(on={{$ctx.m == '"\\ & x'}}){ 1: c: t }`)))
}

func TestWhatADiagramsLanguageCouldTakeForItsOwnIsEscaped(t *testing.T) {
	t.Parallel()
	program := parse(t, `switch(on={{$ctx.m}}){ "<b>#34; &amp; `+"`x`"+`\n": end }`)
	require.Contains(t, draw.Mermaid(program), `|"#34;#60;b#62;#35;34; #38;amp; #96;x#96;\n#34;"|`)
	require.Contains(t, draw.DOT(program), `label="\"<b>#34; &amp;amp; `+"`x`"+`\\n\""`)
}

func TestEdgesOfSeveralStatementsAreDrawnOnce(t *testing.T) {
	t.Parallel()
	require.Equal(t, "flowchart TD\n  n1[\"a\"]\n  n2[\"b\"]\n  n3[\"c\"]\n  n1 --> n2\n  n3 --> n2\n",
		draw.Mermaid(parse(t, "a >> b\nc >> b\na >> b")))
	require.Equal(t, "flowchart TD\n  n1[\"a\"]\n  n2[\"b\"]\n  n1 --> n2\n", draw.Mermaid(parse(t, "(a | a) >> (b & b)")))
}

func TestADiagramIsLinearInItsProgram(t *testing.T) {
	t.Parallel()
	side := func(name, operator string) string {
		names := make([]string, 2000)
		for i := range names {
			names[i] = fmt.Sprint(name, i)
		}
		return "(" + strings.Join(names, operator) + ")"
	}
	for _, operators := range [][2]string{{" & ", " & "}, {" | ", " | "}} {
		program := parse(t, side("a", operators[0])+" >> "+side("b", operators[1])+"[2]")
		require.LessOrEqual(t, strings.Count(draw.Mermaid(program), "-->"), 3*2000)
	}
}
