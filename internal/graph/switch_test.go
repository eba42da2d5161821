// This file owns the table of switches, in both notations.

package graph_test

import (
	"testing"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestASwitchRunsTheCaseThatMatches(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{`switch("$ctx.m")["A" >> x, "B" >> y, "*" >> z]`, `switch{$ctx.m}("A": x, "B": y, default: z)`},
		{`a >> switch('$ctx.m')['A' >> x] >> b`, `seq(a, switch{$ctx.m}("A": x), b)`},
		{"switch(\"$ctx.m\")[\n  \"A\" >> x, # first\n  \"B\" >> y,\n]", `switch{$ctx.m}("A": x, "B": y)`},
		{`switch("$ctx.m")["*" >> z, "A" >> x]`, `switch{$ctx.m}("A": x, default: z)`},
		{`switch("$ctx.m")["*" >> z]`, `switch{$ctx.m}(default: z)`},
		{`switch("$ctx.m")["default" >> z]`, `switch{$ctx.m}("default": z)`},
		{`switch("$ctx.a")["A" >> switch("$ctx.b")["B" >> x]]`, `switch{$ctx.a}("A": switch{$ctx.b}("B": x))`},
		{`switch("$ctx.m")["A" >> x] & switch("$ctx.m")["A" >> y]`, `all(switch{$ctx.m}("A": x), switch{$ctx.m}("A": y))`},
	})
}

func TestACasesBodyIsAllThatFollows(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{`switch("$ctx.m")["A" >> x >> y, "B" >> z]`, `switch{$ctx.m}("A": seq(x, y), "B": z)`},
		{`switch("$ctx.m")["A" >> (x >> y)]`, `switch{$ctx.m}("A": seq(x, y))`},
		{`switch("$ctx.m")["A" >> x & y | z]`, `switch{$ctx.m}("A": any(all(x, y), z))`},
		{`switch("$ctx.m")["A" >> x[3], "B" >> y % "$ctx.d"]`, `switch{$ctx.m}("A": repeat{3}(x), "B": until{$ctx.d}(y))`},
		{"switch(on={{m}}){ A: x >> y & z; B: w }", `switch{m}("A": all(seq(x, y), z), "B": w)`},
	})
}

func TestACaseIsATextANumberOrAConstant(t *testing.T) {
	t.Parallel()
	const literals = "; a case is a text in quotes, a number, True, False or None"
	check(t, graph.Options{}, []row{
		{`switch("$ctx.m")["" >> a, 'x\ty' >> b]`, `switch{$ctx.m}("": a, "x\ty": b)`},
		{`switch("$ctx.m")[1 >> a, -2 >> b, +3 >> c, 1.5 >> d, 1e3 >> e]`, `switch{$ctx.m}(int64 1: a, int64 -2: b, int64 3: c, float64 1.5: d, float64 1000: e)`},
		{`switch("$ctx.m")[99999999999999999999 >> a]`, `switch{$ctx.m}(*big.Int 99999999999999999999: a)`},
		{`switch("$ctx.m")[True >> a, False >> b, None >> c]`, `switch{$ctx.m}(bool true: a, bool false: b, <nil> <nil>: c)`},
		{`switch("$ctx.m")[true >> a, false >> b, null >> c]`, `switch{$ctx.m}(bool true: a, bool false: b, <nil> <nil>: c)`},
		{`switch("$ctx.m")["1" >> a, 1 >> b, "True" >> c]`, `switch{$ctx.m}("1": a, int64 1: b, "True": c)`},
		{`switch("$ctx.m")[A >> a]`, `1:18 a case is missing before "A"` + literals},
		{`switch("$ctx.m")[-A >> a]`, `1:18 a case is missing before "-"` + literals},
		{`switch("$ctx.m")[{{x}} >> a]`, `1:18 a case is missing before "{{x}}"` + literals},
	})
}

func TestABlocksCasesAreWordsTextsNumbersAndConstants(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{`switch(on={{mode}}){ batch: a >> b; "x y": c; 3: d; true: e; default: f }`, `switch{mode}("batch": seq(a, b), "x y": c, int64 3: d, bool true: e, default: f)`},
		{"switch(on=mode){\n  batch: a;\n  other: b;\n}", `switch{mode}("batch": a, "other": b)`},
		{"switch(on={{mode}}){;; a: a;; b: b;; }", `switch{mode}("a": a, "b": b)`},
		{"switch(on={{mode}}){ default: f; batch: a }", `switch{mode}("batch": a, default: f)`},
		{`switch(on={{mode}}){ "*": a; "default": b; '3': c }`, `switch{mode}("*": a, "default": b, "3": c)`},
		{"switch(on={{mode}}){ null: a; None: b }", "1:31 there is a case for None already"},
		{"switch(on={{mode}}){ -1: a; 1.5: b }", "switch{mode}(int64 -1: a, float64 1.5: b)"},
		{"switch(on={{mode}}){ {{x}}: a }", `1:22 a case is missing before "{{x}}"; a case is a text in quotes, a number, True, False or None`},
	})
}

func TestABlocksCaseMayStandInQuotes(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{Names: []string{"a", "b", "c"}}, []row{
		{`switch(on={{m}}){ x: "a >> b"; default: 'c' }`, `switch{m}("x": seq(a, b), default: c)`},
		{`switch(on={{m}}){ x: "switch(on={{n}}){ y: 'a' }" }`, `switch{m}("x": switch{n}("y": a))`},
		{`switch(on={{m}}){ x: "a >> d" }`, "1:28 unknown task \"d\"; a registered task is declared under tasks as `d: {}`"},
		{`switch(on={{m}}){ x: "a >>" }`, `1:27 a task is missing after ">>"`},
		{`switch(on={{m}}){ x: "" }`, `1:23 a task is missing`},
		{`switch(on={{m}}){ x: "a) >> b" }`, `1:24 ")" closes no bracket`},
		{`switch(on={{m}}){ x: "\x61" }`, "1:22 a graph in quotes has no escapes; write it without the quotes"},
		{`switch(on={{m}}){ x: "a" >> b }`, `1:22 a task is missing before "\"a\""; a task's name has no quotes`},
	})
}

func TestABadSwitchIsRefusedWhereItStands(t *testing.T) {
	t.Parallel()
	const how = `; as in switch("…")["A" >> a] or switch(on=…){ A: a }`
	check(t, graph.Options{}, []row{
		{`switch("$ctx.m")["A" >> x, "A" >> y]`, `1:28 there is a case for "A" already`},
		{`switch("$ctx.m")[1 >> x, True >> y]`, "1:26 the cases 1 and True are equal, as in Python"},
		{`switch("$ctx.m")[1.0 >> x, 1 >> y]`, "1:28 the cases 1.0 and 1 are equal, as in Python"},
		{`switch("$ctx.m")["*" >> x, "A" >> y, "*" >> z]`, "1:38 a switch has one default, and that is its last case"},
		{"switch(on={{m}}){ default: a; default: b }", "1:31 a switch has one default, and that is its last case"},
		{`switch("$ctx.m")[]`, "1:1 a switch needs at least one case"},
		{"switch(on={{m}}){ ; }", "1:1 a switch needs at least one case"},
		{`switch("$ctx.m")`, "1:17 the list of cases is missing after \")\"" + how},
		{`switch("$ctx.m") >> a`, `1:18 the list of cases is missing before ">>"` + how},
		{"switch(){ A: a }", "1:1 switch needs on; as in switch(on=…)"},
		{"switch(no={{m}}){ A: a }", `1:8 switch has no argument "no"; did you mean "on"? If not: it takes on`},
		{"switch({{m}}){ A: a }", `1:8 the name of an argument is missing before "{{m}}"; as in switch(on=…)`},
		{`switch("$ctx.m", "x")["A" >> a]`, `1:16 ")" is missing before ","`},
		{`switch("$ctx.m")["A": a]`, `1:21 ">>" is missing before ":"; a case is written as "A" >> a`},
		{`switch("$ctx.m")["A" >> a; "B" >> b]`, `1:26 unexpected ";"; is a "," missing before the next case?`},
		{`switch("$ctx.m")["A" >> a "B" >> b]`, `1:27 an operator is missing between "a" and "\"B\""; is a "," missing before the next case?`},
		{`switch("$ctx.m")["A" >> ]`, `1:25 a task is missing before "]"`},
		{`switch("$ctx.m")[, "A" >> a]`, `1:18 a case is missing before ","; a case is a text in quotes, a number, True, False or None`},
		{"switch(on={{m}}){ A >> a }", `1:21 ":" is missing before ">>"; a case is written as A: a`},
		{"switch(on={{m}}){ A: }", `1:22 a task is missing before "}"`},
		{"switch(on={{m}}){ A: a B: b }", `1:24 an operator is missing between "a" and "B"; is a ";" missing before the next case?`},
		{"switch(on={{m}}){ A: a, B: b }", `1:23 unexpected ","; is a ";" missing before the next case?`},
		{"switch(on={{m}}){ A: a", `1:17 "{" is never closed`},
		{`switch("mode")["A" >> a]`, `1:9 unknown word "mode"; a text stands in quotes, and a value of the run is $ctx.params.name`},
		{`"A" >> x`, `1:1 a task is missing before "\"A\""; a task's name has no quotes`},
	})
}
