// This file owns the examples that the language is described by, as a whole.

package graph_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestAGraphIsParsedAndNeverExecuted(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{Names: []string{"a"}}, []row{
		{`__import__("os").system("true")`, "1:1 unknown task \"__import__\"; a registered task is declared under tasks as `__import__: {}`"},
		{"a.task.func()", `1:2 unexpected "."; a task's name is made of letters, digits and _`},
		{"a = 1", `1:3 unexpected "="; arguments are given to switch, repeat, foreach and until`},
		{"a >> [a, a]", `1:6 a task is missing before "["`},
		{"a[len('x')]", `1:3 a number of rounds or a text is missing before "len"; as in a[3], a["$ctx.params.n"] or a["$ctx.params.items as item"]`},
		{`a["len('x')"]`, `1:4 "len(" can't be called; there are no functions in an expression`},
		{"lambda: a", "lambda:a"},
	})
}

func TestTheExamplesOfTheOperatorNotation(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{}, []row{
		{"fetch >> (parse & index) >> report\n", "seq(fetch, all(parse, index), report)"},
		{"a >> (b & (c >> d)) >> e", "seq(a, all(b, seq(c, d)), e)"},
		{"x[3]", "repeat{3}(x)"},
		{`x["$ctx.params.n"]`, "repeat{$ctx.params.n}(x)"},
		{`x["$ctx.params.items as item"]`, "foreach{$ctx.params.items}[item|](x)"},
		{`x % "$ctx.params.done"`, "until{$ctx.params.done}(x)"},
		{`x % ("$ctx.params.done", 5)`, "until{$ctx.params.done}[at most 5](x)"},
		{`switch("$ctx.params.mode")["A" >> x, "B" >> y, "*" >> z]`, `switch{$ctx.params.mode}("A": x, "B": y, default: z)`},
		{`flow >> (a >> b)[2] >> switch("$ctx.results.b")[True >> (c % "$ctx.scratch.ok"), None >> d]`,
			`seq(repeat{2}(seq(a, b)), switch{$ctx.results.b}(bool true: until{$ctx.scratch.ok}(c), <nil> <nil>: d))`},
	})
}

func TestTheExamplesOfTheBlockNotation(t *testing.T) {
	t.Parallel()
	check(t, graph.Options{Pipes: map[string]string{"NAME": "x >> y"}}, []row{
		{"node: task", "node:task"},
		{"a >> pipe(NAME)", "seq(a, x, y)"},
		{`switch(on={{mode}}){ batch: a >> b; "x y": c; 3: d; true: e; default: f }`,
			`switch{mode}("batch": seq(a, b), "x y": c, int64 3: d, bool true: e, default: f)`},
		{"repeat(count=3){ a >> b }", "repeat{3}(seq(a, b))"},
		{"foreach(over={{items}}, item=it, index=i){ a }", "foreach{items}[it|i](a)"},
		{"until(cond={{params.done}}, max_iter=5){ a }", "until{params.done}[at most 5](a)"},
	})
}

func TestAWholeFileInBlockNotation(t *testing.T) {
	t.Parallel()
	const text = `prepare
>> choose_mode
>> switch(on={{mode}}){
  batch: first_batch: run_batch >> second_batch: run_batch;
  default: run_batch;
}
>> foreach(over={{items}}, item=it, index=idx){ process_item }
>> until(cond={{params.done}}, max_iter=5){ poll_status }
>> finish
`
	program := parsed(t, text, graph.Options{Names: strings.Fields("prepare choose_mode run_batch process_item poll_status finish")})
	require.Equal(t, `seq(prepare, choose_mode, `+
		`switch{mode}("batch": seq(first_batch:run_batch, second_batch:run_batch), default: run_batch), `+
		`foreach{items}[it|idx](process_item), until{params.done}[at most 5](poll_status), finish)`, dump(program))
	require.Equal(t, `prepare >> choose_mode >> `+
		`switch(on={{mode}}){ "batch": first_batch: run_batch >> second_batch: run_batch; default: run_batch } >> `+
		`foreach(over={{items}}, item=it, index=idx){ process_item } >> `+
		`until(cond={{params.done}}, max_iter=5){ poll_status } >> finish`, program.Text())
}

func TestTheTextUsesTheBlockNotationOnlyWhereOperatorsCantSayIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"repeat(count=3){ a >> b }":                                 "(a >> b)[3]",
		"repeat(count={{$ctx.n}}){ a }":                             `a["$ctx.n"]`,
		"foreach(over={{$ctx.l}}, item=i){ a & b }":                 `(a & b)["$ctx.l as i"]`,
		"foreach(over={{$ctx.l}}){ a & b }":                         "foreach(over={{$ctx.l}}){ a & b }",
		"foreach(over={{$ctx.l}}, item=i, index=n){ a }":            "foreach(over={{$ctx.l}}, item=i, index=n){ a }",
		"until(cond={{$ctx.d}}, max_iter=5){ a >> b } >> c":         `(a >> b) % ("$ctx.d", 5) >> c`,
		"until(cond={{$ctx.d}}, collect=list){ a }":                 "until(cond={{$ctx.d}}, collect=list){ a }",
		"until(cond={{d}}){ a }":                                    "until(cond={{d}}){ a }",
		"switch(on={{$ctx.m}}){ A: a; default: b & c }":             `switch("$ctx.m")["A" >> a, "*" >> (b & c)]`,
		"switch(on={{$ctx.m}}){ '*': a }":                           `switch(on={{$ctx.m}}){ "*": a }`,
		"switch(on={{$ctx.m == 'x'}}){ true: a >> b }":              `switch("$ctx.m == 'x'")[True >> a >> b]`,
		"repeat(count={{$ctx.n or \"it's\"}}){ a }":                 `a["$ctx.n or \"it's\""]`,
		"switch(on={{$ctx.m}}){ 'a\"b': a; 'c\\'d\"e\\n\\x01': b }": `switch("$ctx.m")['a"b' >> a, "c'd\"e\n\x01" >> b]`,
		"(flow) >> a": "flow >> flow >> a",
		"n: a >> repeat(count=2, collect=first){ m: b }": "n: a >> repeat(count=2, collect=first){ m: b }",
	} {
		require.Equal(t, want, parsed(t, text, graph.Options{}).Text(), text)
	}
}

func BenchmarkParse(b *testing.B) {
	numbered := func(format string, n int) string {
		lines := make([]string, n)
		for i := range lines {
			lines[i] = strings.ReplaceAll(format, "@", strconv.Itoa(i))
		}
		return strings.Join(lines, "\n")
	}
	for name, text := range map[string]string{
		"chain":    chain("a", 4000, " >> "),
		"loops":    numbered(`a@["$ctx.params.items as item"]`, 2000),
		"switches": numbered("a@ >> switch(on={{mode}}){ x: b@; default: b@ >> c@ }", 800),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				_, err := graph.Parse(text, graph.Options{})
				require.NoError(b, err)
			}
		})
	}
}
