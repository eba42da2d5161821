// This file owns the table of operators, lines, names and cycles.

package graph_test

import (
	"testing"

	"github.com/pyoco/pyoco/internal/graph"
)

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

func TestAnOperatorAtTheEndOrTheFrontOfALineJoinsIt(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"a >>\nb", "seq(a, b)"},
		{"a\n>> b", "seq(a, b)"},
		{"a\r\n\r\n  # so\r\n>> b\r\n>> c\r\nd", "seq(a, b, c)\nd"},
		{"a &\n\n# and\nb |\nc", "any(all(a, b), c)"},
		{"a\n& b\n| c", "any(all(a, b), c)"},
		{"a\n% \"$ctx.x\"", "until{$ctx.x}(a)"},
		{"a %\n\"$ctx.x\"", "until{$ctx.x}(a)"},
		{"n:\na", "n:a"},
		{"repeat(count=2)\n{\n  a\n}\nb", "repeat{2}(a)\nb"},
		{"a\n[3]", `2:1 a task is missing before "["`},
		{"flow >>\na", "a"},
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
		{"flow >>", `1:8 a task is missing after ">>"`},
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
	check(t, graph.Options{}, []row{
		{"", "1:1 the graph is empty; name at least one task"},
		{"\n # nothing\n", "1:1 the graph is empty; name at least one task"},
		{"a >>", `1:5 a task is missing after ">>"`},
		{"a &  # and\n", `1:4 a task is missing after "&"`},
		{">> b", `1:1 a task is missing before ">>"`},
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
		{"(a]", `1:3 "]" closes no bracket; is the "(" of line 1, column 1 not closed?`},
		{"a]", `1:2 "]" closes no bracket`},
		{"(a, b)", `1:3 unexpected ","; is the "(" of line 1, column 1 not closed?`},
		{"a >> {{x}}", `1:6 a task is missing before "{{x}}"; an expression is given to switch, repeat, foreach or until`},
		{"a >> $ctx.x", `1:6 unexpected "$"; an expression stands in quotes or in {{ }}`},
		{"a { b }", `1:3 an operator is missing between "a" and "{"; it is one of >>, & and |`},
		{"a; b", `1:2 unexpected ";"; write one statement a line`},
		{"a, b", `1:2 unexpected ","; write one statement a line`},
		{"a > b", `1:3 unexpected ">"; "then" is >>`},
		{"a >>> b", `1:5 unexpected ">"; "then" is >>`},
		{"my-task", `1:3 unexpected "-"; a task's name is made of letters, digits and _`},
		{"a.b", `1:2 unexpected "."; a task's name is made of letters, digits and _`},
		{"a >> 3b", `1:6 unexpected "3b"; a task's name begins with a letter or _`},
		{"a >> 3", `1:6 a task is missing before "3"; a task's name begins with a letter or _`},
		{"x = a", `1:3 unexpected "="; arguments are given to switch, repeat, foreach and until`},
		{"a \\ b", `1:3 unexpected "\\"; a backslash continues a line only as its last character`},
		{"a >> \\", `1:6 unexpected "\\"; a backslash continues a line only as its last character`},
		{"a\u3000>> b", `1:2 unexpected "\u3000"; a space must be a plain one`},
		{"取得 >> 'a'", `1:7 a task is missing before "'a'"; a task's name has no quotes`},
		{"a >> 'b", "1:6 the text that begins here is never closed; it ends with ' in the same line"},
		{"a\x00", `1:2 unexpected "\x00"`},
		{"a # \x00", `1:5 unexpected "\x00"`},
		{"a >> \xff", `1:6 the text is not UTF-8: byte 0xff`},
		{"a # \xc3", `1:5 the text is not UTF-8: byte 0xc3`},
		{"a\xf0\x28", `1:2 the text is not UTF-8: byte 0xf0`},
	})
}
