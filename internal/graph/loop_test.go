// This file owns the table of loops in the operator notation.

package graph_test

import (
	"testing"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestANumberInBracketsRepeats(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"x[3]", "repeat{3}(x)"},
		{"x[0]", "repeat{0}(x)"},
		{"x[1_0]", "repeat{10}(x)"},
		{"x[0x10]", "repeat{16}(x)"},
		{"x[\n3\n]", "repeat{3}(x)"},
		{"a >> x[3] >> b", "seq(a, repeat{3}(x), b)"},
		{`x["$ctx.params.n"]`, "repeat{$ctx.params.n}(x)"},
		{`x['$ctx.params.n + 1']`, "repeat{$ctx.params.n + 1}(x)"},
		{`x["3"]`, "repeat{3}(x)"},
		{`x[" 0x10"]`, "repeat{ 0x10}(x)"},
		{`x["$ctx.params.m == 'b as c'"]`, "repeat{$ctx.params.m == 'b as c'}(x)"},
	})
}

func TestATextWithAsGoesOverEachItem(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{`x["$ctx.params.items as item"]`, "foreach{$ctx.params.items}[item|](x)"},
		{`x["$ctx.params.items  as\titem "]`, "foreach{$ctx.params.items }[item|](x)"},
		{`x["['a as b', 'c'] as größe"]`, "foreach{['a as b', 'c']}[größe|](x)"},
		{`x["$ctx.params.as as as_"]`, "foreach{$ctx.params.as}[as_|](x)"},
		{`x["$ctx.params.l as as"]`, "foreach{$ctx.params.l}[as|](x)"},
		{`x["$ctx.l as"]`, `1:3 the item needs a name of letters, digits and _, got ""`},
		{`x["$ctx.a as 3"]`, `1:3 the item needs a name of letters, digits and _, got "3"`},
		{`x["$ctx.a as "]`, `1:3 the item needs a name of letters, digits and _, got ""`},
		{`x["$ctx.a as b c"]`, `1:3 the item needs a name of letters, digits and _, got "b c"`},
		{`x["$ctx.a as loop"]`, `1:3 the item can't be called "loop": $ctx.loop is something else`},
		{`x[" as b"]`, `1:4 the expression is empty`},
	})
}

func TestAPercentSignRepeatsUntilAConditionHolds(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{`x % "$ctx.params.done"`, "until{$ctx.params.done}(x)"},
		{`x % ("$ctx.params.done", 5)`, "until{$ctx.params.done}[at most 5](x)"},
		{`x % ("$ctx.params.done", 5,)`, "until{$ctx.params.done}[at most 5](x)"},
		{`x % ("$ctx.params.done")`, "until{$ctx.params.done}(x)"},
		{`x % ("$ctx.params.done", 10_000)`, "until{$ctx.params.done}[at most 10000](x)"},
		{`x % ("$ctx.params.done",)`, `1:25 a number of rounds is missing before ")"`},
		{`x % ("$ctx.params.done", 0)`, "1:26 an until takes at least one round"},
		{`x % ("$ctx.params.done", -1)`, "1:26 a number of rounds is not negative"},
		{`x % ("$ctx.params.done", "5")`, `1:26 a number of rounds is missing before "\"5\""`},
		{`x % ("$ctx.params.done" 5)`, `1:25 ")" is missing before "5"`},
		{`x % 5`, `1:5 a text with a condition is missing before "5"; as in a % "$ctx.params.done" or a % ("$ctx.params.done", 5)`},
		{`x % y`, `1:5 a text with a condition is missing before "y"; as in a % "$ctx.params.done" or a % ("$ctx.params.done", 5)`},
		{`x % ()`, `1:6 a text with a condition is missing before ")"; as in a % "$ctx.params.done" or a % ("$ctx.params.done", 5)`},
		{`x %`, `1:4 a text with a condition is missing after "%"; as in a % "$ctx.params.done" or a % ("$ctx.params.done", 5)`},
		{`x % ("$ctx.a", 5`, `1:5 "(" is never closed`},
	})
}

func TestASubscriptBindsTighterThanPercentAndThatTighterThanThen(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{`a >> x % "$ctx.d"`, "seq(a, until{$ctx.d}(x))"},
		{`a >> x % "$ctx.d" >> b`, "seq(a, until{$ctx.d}(x), b)"},
		{`a & x % "$ctx.d" | b[2]`, "any(all(a, until{$ctx.d}(x)), repeat{2}(b))"},
		{`x[3] % "$ctx.d"`, "until{$ctx.d}(repeat{3}(x))"},
		{`(x % "$ctx.d")[3]`, "repeat{3}(until{$ctx.d}(x))"},
		{`x % "$ctx.d" % ("$ctx.e", 2)`, "until{$ctx.e}[at most 2](until{$ctx.d}(x))"},
		{`x % "$ctx.d"[3]`, `1:13 an operator is missing between "\"$ctx.d\"" and "["; it is one of >>, & and |`},
		{`x[3]["$ctx.l as i"]`, "foreach{$ctx.l}[i|](repeat{3}(x))"},
	})
}

func TestWhateverStandsInBracketsCanLoop(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"(a >> b)[3]", "repeat{3}(seq(a, b))"},
		{"(a)[3]", "repeat{3}(a)"},
		{"(a & b | c)[3] >> d", "seq(repeat{3}(any(all(a, b), c)), d)"},
		{`(a >> b) % "$ctx.d"`, "until{$ctx.d}(seq(a, b))"},
		{`(a >> (b & c)[2])["$ctx.l as i"]`, "foreach{$ctx.l}[i|](seq(a, repeat{2}(all(b, c))))"},
		{`((a[2] >> b)[3] >> c)[4]`, "repeat{4}(seq(repeat{3}(seq(repeat{2}(a), b)), c))"},
		{`switch("$ctx.m")["A" >> a][3]`, `repeat{3}(switch{$ctx.m}("A": a))`},
		{`(flow >> a >> b)[2]`, "repeat{2}(seq(a, b))"},
		{`flow >> (flow >> b)[2]`, "repeat{2}(seq(flow, b))"},
		{`flow[2] >> b`, "seq(repeat{2}(flow), b)"},
		{"(a >> b\n& b)[2]", "repeat{2}(all(seq(a, b), b))"},
	})
}

func TestABadLoopIsRefusedWhereItStands(t *testing.T) {
	t.Parallel()
	const hint = `; as in a[3], a["$ctx.params.n"] or a["$ctx.params.items as item"]`
	check(t, graph.Options{}, []row{
		{"x[]", `1:3 a number of rounds or a text is missing before "]"` + hint},
		{"x[n]", `1:3 a number of rounds or a text is missing before "n"` + hint},
		{"x[{{n}}]", `1:3 a number of rounds or a text is missing before "{{n}}"` + hint},
		{"x[-1]", "1:3 a number of rounds is not negative"},
		{`x["-1"]`, "1:1 a number of rounds is not negative"},
		{"x[1.5]", `1:3 a number of rounds is a whole number, got "1.5"`},
		{"x[10000]", "repeat{10000}(x)"},
		{"x[10001]", "1:3 a loop has at most MaxRounds (10000) rounds, got 10001"},
		{`x["10001"]`, "1:1 a loop has at most MaxRounds (10000) rounds, got 10001"},
		{"x[99999999999999999999]", "1:3 a loop has at most MaxRounds (10000) rounds, got 99999999999999999999"},
		{`x % ("$ctx.a", 10001)`, "1:16 a loop has at most MaxRounds (10000) rounds, got 10001"},
		{"x[3", `1:2 "[" is never closed`},
		{"x[3 4]", `1:5 "]" is missing before "4"`},
		{"x[3:4]", `1:4 "]" is missing before ":"`},
		{"[3]", `1:1 a task is missing before "["`},
		{"()[3]", `1:2 a task is missing before ")"`},
		{`x[""]`, "1:4 the expression is empty"},
	})
}
