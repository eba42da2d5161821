// This file owns the table of texts: what each is parsed to, or refused with.

package graph_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

// row is a text and what becomes of it: the tree as dump shows it, or "line:column message; hint".
type row struct{ text, want string }

func TestOperatorsBindAsInPython(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"a", "a"},
		{"a >> b", "seq(a, b)"},
		{"a & b", "all(a, b)"},
		{"a | b", "any(a, b)"},
		{"a >> b & c", "all(seq(a, b), c)"},
		{"a & b >> c", "all(a, seq(b, c))"},
		{"a & b | c", "any(all(a, b), c)"},
		{"a | b & c", "any(a, all(b, c))"},
		{"a | b >> c", "any(a, seq(b, c))"},
		{"a >> b | c >> d & e", "any(seq(a, b), all(seq(c, d), e))"},
		{"a>>b&c|d", "any(all(seq(a, b), c), d)"},
	})
}

func TestBracketsGroup(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"(a)", "a"},
		{"((a))", "a"},
		{"a >> (b & c)", "seq(a, all(b, c))"},
		{"(a & b) >> c", "seq(all(a, b), c)"},
		{"(a | b) & c", "all(any(a, b), c)"},
		{"a >> (b & (c >> d)) >> e", "seq(a, all(b, seq(c, d)), e)"},
		{"(a | b) >> (c & d)", "seq(any(a, b), all(c, d))"},
		{"a >> (b | (c & d))", "seq(a, any(b, all(c, d)))"},
	})
}

func TestNestingInTheSameKindIsMadeFlat(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"a >> b >> c", "seq(a, b, c)"},
		{"a >> (b >> c)", "seq(a, b, c)"},
		{"(a >> b) >> (c >> d)", "seq(a, b, c, d)"},
		{"(a & b) & c", "all(a, b, c)"},
		{"a & (b & c)", "all(a, b, c)"},
		{"(a | b) | (c | d)", "any(a, b, c, d)"},
		{"a & (b | (c | d)) & (e & f)", "all(a, any(b, c, d), e, f)"},
		{"a & a", "all(a, a)"},
	})
}

func TestLinesMakeStatements(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"a >> b\nb >> c", "seq(a, b)\nseq(b, c)"},
		{"\n\n  a\n\t\n  b\n", "a\nb"},
		{"a\r\nb\r\n", "a\nb"},
		{"a\rb", "a\nb"},
		{"(a\n>> b\n\n)", "seq(a, b)"},
		{"(\r\n a >>\r\n b\r\n)\r\nc", "seq(a, b)\nc"},
		{"a >> (b &\n c) >> d", "seq(a, all(b, c), d)"},
		{"a \\\n  >> b", "seq(a, b)"},
		{"a >>\\\r\nb", "seq(a, b)"},
		{"\\\na", "a"},
		{"# first\na # then\n# last", "a"},
		{"(a # in brackets )\n>> b)", "seq(a, b)"},
		{"a # no \\\nb", "a\nb"},
		{"a\t>>\f b", "seq(a, b)"},
	})
}

func TestNamesArePythonIdentifiers(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"_a1 >> B_2", "seq(_a1, B_2)"},
		{"取得 >> größe", "seq(取得, größe)"},
		{"か\u3099 >> नमस्ते", "seq(か\u3099, नमस्ते)"},
		{"x٣ >> Ⅷ", "seq(x٣, Ⅷ)"},
		{"if >> None", "seq(if, None)"},
		{"switch >> pipe >> until", "seq(switch, pipe, until)"},
	})
}

func TestFlowAtTheFrontMeansNothing(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{Names: []string{"a", "b", "flow"}}, []row{
		{"flow >> a", "a"},
		{"flow >> a >> b", "seq(a, b)"},
		{"flow >> (a & b)", "all(a, b)"},
		{"flow >> a & b", "all(a, b)"},
		{"(flow >> a\n >> b)", "seq(a, b)"},
		{"flow >> a\nflow >> b", "a\nb"},
		{"flow >> flow >> a", "seq(flow, a)"},
		{"flow", "flow"},
		{"flow & a", "all(flow, a)"},
		{"a >> flow", "seq(a, flow)"},
		{"(flow & a) >> b", "seq(all(flow, a), b)"},
		{"a | flow >> b", "any(a, seq(flow, b))"},
	})
	check(t, graph.Options{Names: []string{"a"}}, []row{
		{"flow >> a", "a"},
		{"a >> flow", "1:6 unknown task \"flow\"; a registered task is declared under tasks as `flow: {}`"},
		{"flow >>", `1:8 a task is missing after ">>"; only inside brackets a statement goes on in the next line`},
	})
}

func TestAnUndeclaredNameIsRefusedWithTheNearestOne(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{Names: []string{"fetch", "index", "report", "a", "größe"}}, []row{
		{"fetch >> index", "seq(fetch, index)"},
		{"fetch >>indx", "1:9 unknown task \"indx\"; did you mean \"index\"? If not: a registered task is declared under tasks as `indx: {}`"},
		{"fecth", "1:1 unknown task \"fecth\"; did you mean \"fetch\"? If not: a registered task is declared under tasks as `fecth: {}`"},
		{"a\nREPORT", "2:1 unknown task \"REPORT\"; did you mean \"report\"? If not: a registered task is declared under tasks as `REPORT: {}`"},
		{"groesse & grösse", "1:1 unknown task \"groesse\"; a registered task is declared under tasks as `groesse: {}`"},
		{"a & grösse", "1:5 unknown task \"grösse\"; did you mean \"größe\"? If not: a registered task is declared under tasks as `grösse: {}`"},
		{"A", "1:1 unknown task \"A\"; did you mean \"a\"? If not: a registered task is declared under tasks as `A: {}`"},
		{"b", "1:1 unknown task \"b\"; a registered task is declared under tasks as `b: {}`"},
		{"upload", "1:1 unknown task \"upload\"; a registered task is declared under tasks as `upload: {}`"},
	})
	check(t, graph.Options{Names: []string{}}, []row{
		{"a", "1:1 unknown task \"a\"; a registered task is declared under tasks as `a: {}`"},
	})
}

func TestAMistakeIsRefusedWhereItStands(t *testing.T) {
	t.Parallel()
	const goesOn = "; only inside brackets a statement goes on in the next line"
	check(t, graph.Options{}, []row{
		{"", "1:1 the graph is empty; name at least one task"},
		{"\n # nothing\n", "1:1 the graph is empty; name at least one task"},
		{"a >>", `1:5 a task is missing after ">>"` + goesOn},
		{"a >>\nb", `1:5 a task is missing after ">>"` + goesOn},
		{"a &  # and\n", `1:11 a task is missing after "&"` + goesOn},
		{"a\n>> b", `2:1 a task is missing before ">>"`},
		{"a >> >> b", `1:6 a task is missing before ">>"`},
		{"a && b", `1:4 a task is missing before "&"`},
		{"()", `1:2 a task is missing before ")"`},
		{"(a >> )", `1:7 a task is missing before ")"`},
		{"a b", `1:3 an operator is missing between "a" and "b"; it is one of >>, & and |`},
		{"a(b)", `1:2 an operator is missing between "a" and "("; it is one of >>, & and |`},
		{"(a)(b)", `1:4 an operator is missing between ")" and "("; it is one of >>, & and |`},
		{"(a >> b\nc >> d)", `2:1 an operator is missing between "b" and "c"; is the "(" of line 1, column 1 not closed?`},
		{"(a >> (b", `1:7 "(" is never closed`},
		{"a >> (", `1:6 "(" is never closed`},
		{"a)", `1:2 ")" closes no bracket`},
		{"(a]", `1:3 unexpected "]"`},
		{"a; b", `1:2 unexpected ";"; write one statement a line`},
		{"a, b", `1:2 unexpected ","; write one statement a line`},
		{"a > b", `1:3 unexpected ">"; "then" is >>`},
		{"a >>> b", `1:5 unexpected ">"; "then" is >>`},
		{"my-task", `1:3 unexpected "-"; a task's name is made of letters, digits and _`},
		{"a.b", `1:2 unexpected "."; a task's name is made of letters, digits and _`},
		{"a >> 3b", `1:6 unexpected "3b"; a task's name begins with a letter or _`},
		{"x = a", `1:3 unexpected "="`},
		{"a \\ b", `1:3 unexpected "\\"; a backslash continues a line only as its last character`},
		{"a >> \\", `1:6 unexpected "\\"; a backslash continues a line only as its last character`},
		{"a\u3000>> b", `1:2 unexpected "\u3000"; a space must be a plain one`},
		{"取得 >> 'a'", `1:7 unexpected "'a'"`},
		{"a >> 'b", "1:6 the text that begins here is never closed; it ends with ' in the same line"},
		{"a\x00", `1:2 unexpected "\x00"`},
		{"a # \x00", `1:5 unexpected "\x00"`},
		{"a >> \xff", `1:6 the text is not UTF-8: byte 0xff`},
		{"a # \xc3", `1:5 the text is not UTF-8: byte 0xc3`},
		{"a\xf0\x28", `1:2 the text is not UTF-8: byte 0xf0`},
	})
}

func TestLaterNotationIsRefusedAsUnsupported(t *testing.T) {
	t.Parallel()
	const unsupported = " is not supported by this version"
	check(t, graph.Options{}, []row{
		{"a[3]", `1:2 "["` + unsupported},
		{"a >> (b >> c)[3]", `1:14 "["` + unsupported},
		{`a % "$ctx.params.done"`, `1:3 "%"` + unsupported},
		{`flow >> switch("$ctx.params.x")["A" >> a]`, `1:9 "switch("` + unsupported},
		{"a\nrepeat(count=3){ a }", `2:1 "repeat("` + unsupported},
		{"foreach (over={{items}}){ a }", `1:1 "foreach("` + unsupported},
		{"until(cond={{params.done}}){ a }", `1:1 "until("` + unsupported},
		{"a >> pipe(b)", `1:6 "pipe("` + unsupported},
		{"one: a >> two: a", `1:4 ":"` + unsupported},
		{"a >> { b }", `1:6 "{"` + unsupported},
		{"a pipe(b)", `1:3 "pipe("` + unsupported},
	})
}

func TestACycleIsRefusedWhereItCloses(t *testing.T) {
	t.Parallel()
	const no, hint = " a task can't wait for itself: ", "; a graph has no cycles"
	check(t, graph.Options{}, []row{
		{"a >> a", "1:6" + no + "a >> a" + hint},
		{"a >> b >> a", "1:11" + no + "a >> b >> a" + hint},
		{"a >> b\nb >> a", "2:6" + no + "a >> b >> a" + hint},
		{"b >> c\na >> b\nc >> a", "3:6" + no + "a >> b >> c >> a" + hint},
		{"x >> y >> a >> b >> y >> z >> z", "1:21" + no + "y >> a >> b >> y" + hint},
		{"a >> (b & c) >> a", "1:17" + no + "a >> b >> a" + hint},
		{"(a & b) >> c\nc >> d >> b", "2:11" + no + "b >> c >> d >> b" + hint},
		{"(a | b) >> a", "1:12" + no + "a >> a" + hint},
		{"a >> (b & a)", "1:11" + no + "a >> a" + hint},
	})
}

func TestSharedTasksAreNoCycle(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"a >> (b | (c >> b))", "seq(a, any(b, seq(c, b)))"}, // b waits for a and c
		{"a >> b\na >> b", "seq(a, b)\nseq(a, b)"},
		{"a >> c\na >> b >> c", "seq(a, c)\nseq(a, b, c)"},
		{"(a & b) >> c\n(a | b) >> d", "seq(all(a, b), c)\nseq(any(a, b), d)"},
	})
}

func TestALongCycleIsNamedInShort(t *testing.T) {
	t.Parallel()
	_, err := graph.Parse(chain("n", 1000, " >> ")+" >> n0", graph.Options{})
	require.ErrorContains(t, err, "n0 >> n1 >> n2 >> n3 >> n4 >> n5 >> … 989 more … >> n995 >> n996 >> n997 >> n998 >> n999 >> n0;")
}

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

// dump shows a tree, one statement a line.
func dump(p *graph.Program) string {
	return joined(p.Statements, "\n")
}

func joined(nodes []graph.Node, separator string) string {
	texts := make([]string, len(nodes))
	for i, node := range nodes {
		switch node := node.(type) {
		case *graph.Task:
			texts[i] = node.Name
		case *graph.Seq:
			texts[i] = "seq(" + joined(node.Steps, ", ") + ")"
		case *graph.All:
			texts[i] = "all(" + joined(node.Branches, ", ") + ")"
		case *graph.Any:
			texts[i] = "any(" + joined(node.Branches, ", ") + ")"
		}
	}
	return strings.Join(texts, separator)
}

// chain is prefix0, prefix1 and so on, joined.
func chain(prefix string, n int, operator string) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(prefix, i)
	}
	return strings.Join(names, operator)
}
