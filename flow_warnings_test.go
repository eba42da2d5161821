// This file owns the tests of the warnings about flow files.

package pyoco

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARepeatedKeyIsWarnedOf(t *testing.T) {
	t.Parallel()
	flow := parse(t, "flow: {graph: a}\ntasks:\n  a: {retries: 1}\n  a:\n    callable: \"m:a\"\n    callable: \"m:b\"\n")
	require.Equal(t, []string{
		`line 4: the key "a" stands in line 3 already, and only the last one counts`,
		`line 6: the key "callable" stands in line 5 already, and only the last one counts`,
	}, flow.Warnings())
}

func TestAReferenceThatLeadsNowhereIsWarnedOf(t *testing.T) {
	t.Parallel()
	for reference, want := range map[string]string{
		"$node.pages.output":         "",
		"$node.pages.output.0.title": "",
		"$ctx.params.anything":       "",
		"$ctx.results.pages":         "",
		"$ctx.loop.index":            "",
		"$ctx.it.title":              "",
		"$env.TOKEN":                 "",
		"$node.fin.output":           "", // in a loop it may have one
		"$node.pagse.output":         "names no node of the graph: did you mean pages?",
		"$node.zzz.output":           "names no node of the graph",
		"$node.pages.otput":          "must be $node.<task>.output, with or without a path behind it",
		"$node.pages":                "must be $node.<task>.output, with or without a path behind it",
		"$ctx.parms.n":               "is not in $ctx: did you mean params?",
		"$ctx":                       "is not in $ctx",
		"$env.HOME":                  "is not in runtime.expose_env",
		"$nde.pages.output":          "is taken as a text: references begin with $node, $ctx or $env: did you mean $node?",
		"$5":                         "is taken as a text: references begin with $node, $ctx or $env",
	} {
		flow := parse(t, "flow: {graph: 'pages >> fin[\"$ctx.params.l as it\"]'}\nruntime: {expose_env: [TOKEN]}\ntasks: {pages: , fin: {inputs: {x: \""+reference+"\"}}}")
		if want == "" {
			require.Empty(t, flow.Warnings(), reference)
		} else {
			require.Equal(t, []string{"tasks.fin.inputs.x: " + reference + " " + want}, flow.Warnings())
		}
	}
	own := parse(t, `{flow: {graph: a}, tasks: {a: {inputs: {x: $node.a.output}}}}`)
	require.Equal(t, []string{"tasks.a.inputs.x: $node.a.output is the task's own output, which it can't have yet"}, own.Warnings())
}
