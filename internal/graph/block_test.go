// This file owns the table of the block notation.

package graph_test

import (
	"testing"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestTheBlockNotationMakesTheSameTrees(t *testing.T) {
	t.Parallel()
	for _, same := range [][2]string{
		{"repeat(count=3){ a >> b }", "(a >> b)[3]"},
		{"repeat(count={{$ctx.params.n}}){ a }", `a["$ctx.params.n"]`},
		{"foreach(over={{$ctx.params.items}}, item=it){ a & b }", `(a & b)["$ctx.params.items as it"]`},
		{"until(cond={{$ctx.params.done}}){ a }", `a % "$ctx.params.done"`},
		{"until(cond={{$ctx.params.done}}, max_iter=5){ a }", `a % ("$ctx.params.done", 5)`},
		{"switch(on={{$ctx.params.m}}){ A: a >> b; default: c }", `switch("$ctx.params.m")["A" >> (a >> b), "*" >> c]`},
		{"switch(on={{$ctx.params.m}}){ default: c; 1: a; -1.5: b; None: d }", `switch("$ctx.params.m")[1 >> a, -1.5 >> b, None >> d, "*" >> c]`},
		{"a >> repeat(count=2){ until(cond={{$ctx.x}}){ b } } >> c", `a >> (b % "$ctx.x")[2] >> c`},
	} {
		tree := dump(parsed(t, same[1], graph.Options{}))
		check(t, graph.Options{}, []row{{same[0], tree}, {same[1], tree}})
	}
}

func TestAFileMayMixBothNotations(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"a[2] >> repeat(count=3){ (b >> c)[4] }", "seq(repeat{2}(a), repeat{3}(repeat{4}(seq(b, c))))"},
		{"(repeat(count=3){ a } & b)[2]\nc", "repeat{2}(all(repeat{3}(a), b))\nc"},
		{"repeat(count=3){ a }[2]", "repeat{2}(repeat{3}(a))"},
		{`switch(on={{m}})["A" >> repeat(count=2){ a }]`, `switch{m}("A": repeat{2}(a))`},
		{`switch("$ctx.m"){ A: a }`, `switch{$ctx.m}("A": a)`},
	})
}

func TestBracesHoldAnExpressionOrABarePath(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"repeat(count={{ n }}){ a }", "repeat{ n }(a)"},
		{"repeat(count={{params.n}}){ a }", "repeat{params.n}(a)"},
		{"repeat(count=n){ a }", "repeat{n}(a)"},
		{`repeat(count="params.n"){ a }`, "repeat{params.n}(a)"},
		{"foreach(over={{$ctx.results.a + [1]}}){ b }", "foreach{$ctx.results.a + [1]}(b)"},
		{"until(cond={{done and $env.X == '}}'}}){ a }", "until{done and $env.X == '}}'}(a)"},
		{"until(cond={{\n  done\n}}){ a }", "until{\n  done\n}(a)"},
		{"until(cond=\"done # or not\"){ a }", "until{done # or not}(a)"},
		{"repeat(count={{}}){ a }", "1:16 the expression is empty"},
		{"repeat(count={{n){ a }", `1:14 "{{" is never closed; an expression ends with "}}"`},
	})
}

func TestAForEachNamesItsItemAndItsIndex(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"foreach(over={{items}}, item=it, index=i){ a }", "foreach{items}[it|i](a)"},
		{"foreach(index='i', over={{items}}, item=\"it\",){ a }", "foreach{items}[it|i](a)"},
		{"foreach(over={{items}}, index=i){ a }", "foreach{items}[|i](a)"},
		{"foreach(over={{items}}){ a }", "foreach{items}(a)"},
		{"foreach(over=items, item=params){ a }", `1:26 the item can't be called "params": $ctx.params is something else`},
		{"foreach(over=items, index='a b'){ a }", `1:27 the index needs a name of letters, digits and _, got "a b"`},
		{"foreach(over=items, item=3){ a }", `1:26 a name is missing before "3"; as in foreach(over={{items}}, item=x)`},
		{"foreach(over=items, item=x, index=x){ a }", `1:1 the item and the index are both called "x"`},
	})
}

func TestCollectSaysWhatALoopsTasksLeave(t *testing.T) {
	t.Parallel()
	const ways = "it is one of last, first, list, flatten"
	check(t, graph.Options{}, []row{
		{"repeat(count=3, collect=list){ a }", "repeat{3}[list](a)"},
		{"repeat(collect=first, count=3){ a }", "repeat{3}[first](a)"},
		{"foreach(over={{x}}, collect='flatten'){ a }", "foreach{x}[flatten](a)"},
		{"until(cond={{x}}, collect=last){ a }", "until{x}(a)"},
		{"until(cond={{x}}, max_iter=9, collect=list){ a }", "until{x}[at most 9][list](a)"},
		{"repeat(count=3, collect=lits){ a }", `1:25 there is no way to collect that is called "lits"; did you mean "list"? If not: ` + ways},
		{"repeat(count=3, collect=everything){ a }", `1:25 there is no way to collect that is called "everything"; ` + ways},
		{"repeat(count=3, collect=3){ a }", `1:25 a way to collect is missing before "3"; ` + ways},
	})
}

func TestABadArgumentIsRefusedWhereItStands(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"repeat(cuont=3){ a }", `1:8 repeat has no argument "cuont"; did you mean "count"? If not: it takes count, collect`},
		{"foreach(over={{x}}, max_iter=3){ a }", `1:21 foreach has no argument "max_iter"; it takes over, item, index, collect`},
		{"until(max=3, cond={{x}}){ a }", `1:7 until has no argument "max"; it takes cond, max_iter, collect`},
		{"repeat(){ a }", "1:1 repeat needs count; as in repeat(count=…)"},
		{"a >> until(max_iter=3){ a }", "1:6 until needs cond; as in until(cond=…)"},
		{"repeat(3){ a }", `1:8 the name of an argument is missing before "3"; as in repeat(count=…)`},
		{"repeat(count){ a }", `1:8 the name of an argument is missing before "count"; as in repeat(count=…)`},
		{"repeat(count=3, count=4){ a }", "1:17 count is given twice"},
		{"repeat(count=){ a }", `1:14 an expression is missing before ")"; as in {{params.x}}`},
		{"repeat(count=3 collect=list){ a }", `1:16 "," or ")" is missing before "collect"`},
		{"repeat(count=-1){ a }", "1:14 a number of rounds is not negative"},
		{"repeat(count=10001){ a }", "1:14 a loop has at most MaxRounds (10000) rounds, got 10001"},
		{"repeat(count={{10001}}){ a }", "1:1 a loop has at most MaxRounds (10000) rounds, got 10001"},
		{"repeat(count=1.5){ a }", `1:14 a number of rounds is a whole number, got "1.5"`},
		{"until(cond={{x}}, max_iter=0){ a }", "1:28 an until takes at least one round"},
		{"until(cond={{x}}, max_iter={{n}}){ a }", `1:28 a number of rounds is missing before "{{n}}"`},
		{"repeat(count=3", `1:7 "(" is never closed`},
		{"repeat(count=$ctx.n){ a }", `1:14 unexpected "$"; an expression stands in quotes or in {{ }}`},
	})
}

func TestABodyHoldsOneStatement(t *testing.T) {
	t.Parallel()
	const one = "; a body is one statement: join its parts with >>, & or |"
	check(t, graph.Options{}, []row{
		{"repeat(count=3){\n  a\n  >> b\n}", "repeat{3}(seq(a, b))"},
		{"repeat(count=3){ flow >> a }", "repeat{3}(seq(flow, a))"},
		{"repeat(count=3){}", `1:17 the body of repeat is empty; name at least one task`},
		{"repeat(count=3){ a; b }", `1:19 unexpected ";"` + one},
		{"repeat(count=3){ a\nb }", `2:1 an operator is missing between "a" and "b"` + one},
		{"repeat(count=3){ a", `1:16 "{" is never closed`},
		{"repeat(count=3) a", `1:17 "{" is missing before "a"; the body of repeat stands between { and }`},
		{"repeat(count=3)", `1:16 "{" is missing after ")"; the body of repeat stands between { and }`},
		{"repeat(count=3)\nb", `1:16 "{" is missing after ")"; the body of repeat stands between { and }`},
		{"repeat(count=3)[a]", `1:16 "{" is missing before "["; the body of repeat stands between { and }`},
	})
}

func TestAWordBeforeABracketIsAKeywordOrAMistake(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{Names: []string{"a", "b", "pip", "repeat"}}, []row{
		{"swich(on={{x}}){ A: a }", `1:1 "swich(" begins nothing; did you mean "switch("?`},
		{"for_each(over={{x}}){ a }", `1:1 "for_each(" begins nothing; did you mean "foreach("?`},
		{"Repeat(count=3){ a }", `1:1 "Repeat(" begins nothing; did you mean "repeat("?`},
		{"a(b)", `1:2 an operator is missing between "a" and "("; it is one of >>, & and |`},
		{"pip(b)", `1:4 an operator is missing between "pip" and "("; it is one of >>, & and |`},
		{"zebra(b)", "1:1 unknown task \"zebra\"; a registered task is declared under tasks as `zebra: {}`"},
		{"repeat >> a", "seq(repeat, a)"},
		{"repeat[2]", "repeat{2}(repeat)"},
	})
}
