// This file owns the test that the notations are told apart.

package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestTheNewerNotationIsToldFromTheOlder(t *testing.T) {
	t.Parallel()
	for text, newer := range map[string]string{
		"a >> (b & c) | d": "",
		`a[3] >> b["$ctx.params.x as it"] # not { this: one`: "",
		`a % ("$ctx.params.q == {'k': 1}", 5)`:               "",
		`switch("$ctx.params.m")["A" >> a, "*" >> b]`:        "",
		"pipe >> a":                  "",
		"a\nfirst: a":                "line 2, column 6",
		"a >> pipe(p)":               "line 1, column 6",
		"repeat(count=3){ a }":       "line 1, column 16",
		`switch(on={{m}}){ "A": a }`: "line 1, column 11",
	} {
		_, err := graph.Parse(text, graph.Options{Pipes: map[string]string{"p": "b"}})
		require.NoError(t, err, text)
		at, ok := graph.Newer(text)
		require.Equal(t, newer != "", ok, text)
		if ok {
			require.Equal(t, newer, at.String(), text)
		}
	}
}
