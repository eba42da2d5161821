// This file owns the table of cycles, and of what is none.

package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

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
