// This file owns the tests of the limits.

package graph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestOverALimitTheErrorNamesItAndItsValue(t *testing.T) {
	t.Parallel()
	nested := func(depth int) string { return strings.Repeat("(", depth) + "a" + strings.Repeat(")", depth) }
	loops := func(depth int) string {
		return strings.Repeat("repeat(count=1){", depth) + "a" + strings.Repeat("}", depth)
	}
	small := graph.Limits{MaxBytes: 20, MaxNodes: 3, MaxDepth: 2}
	for _, row := range []struct {
		text   string
		limits graph.Limits
		want   string // empty: accepted
	}{
		{"a >> b >> c", small, ""},
		{"a >> b\na\nb", small, "line 3, column 1: the graph has more nodes than MaxNodes (3)"},
		{"((a))", small, ""},
		{"a[2] >> b", small, ""},
		{"a[2] >> b[2]", small, "line 1, column 10: the graph has more nodes than MaxNodes (3)"},
		{"a % '1' % '2' % '3'", small, "line 1, column 15: the graph has more nodes than MaxNodes (3)"},
		{"repeat(count=1){ a }", small, ""},
		{"(((a)[1])[1])", graph.Limits{MaxDepth: 2}, "line 1, column 3: nesting is deeper than MaxDepth (2)"},
		{"a[1][1]", graph.Limits{MaxDepth: 2}, ""},
		{"a[1][1][1]", graph.Limits{MaxDepth: 2}, "line 1, column 1: nesting is deeper than MaxDepth (2)"},
		{"a & (((b)))", small, "line 1, column 7: nesting is deeper than MaxDepth (2)"},
		{"a # 67890123456789\n ", small, ""},
		{"a # 67890123456789\n  ", small, "line 1, column 1: the text has 21 bytes, more than MaxBytes (20)"},
		{nested(128), graph.Limits{}, ""},
		{nested(129), graph.Limits{}, "line 1, column 129: nesting is deeper than MaxDepth (128)"},
		{loops(128), graph.Limits{}, ""},
		{loops(129), graph.Limits{}, "line 1, column 2055: nesting is deeper than MaxDepth (128)"},
		{chain("a", 4096, "\n"), graph.Limits{}, ""},
		{chain("a", 4097, "\n"), graph.Limits{}, "line 4097, column 1: the graph has more nodes than MaxNodes (4096)"},
		{"a" + strings.Repeat(" ", 256<<10-1), graph.Limits{}, ""},
		{"a" + strings.Repeat(" ", 256<<10), graph.Limits{}, "line 1, column 1: the text has 262145 bytes, more than MaxBytes (262144)"},
	} {
		_, err := graph.Parse(row.text, graph.Options{Limits: row.limits})
		if row.want == "" {
			require.NoError(t, err, "%.40q", row.text)
		} else {
			require.EqualError(t, err, row.want, "%.40q", row.text)
		}
	}
}
