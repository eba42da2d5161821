// This file owns the tests of the limits, and of texts that are made to hurt.

package graph_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestOverALimitTheErrorNamesItAndItsValue(t *testing.T) {
	t.Parallel()
	nested := func(depth int) string { return strings.Repeat("(", depth) + "a" + strings.Repeat(")", depth) }
	small := graph.Limits{MaxBytes: 20, MaxNodes: 3, MaxDepth: 2}
	for _, row := range []struct {
		text   string
		limits graph.Limits
		want   string // empty: accepted
	}{
		{"a >> b >> c", small, ""},
		{"a >> b\na\nb", small, "line 3, column 1: the graph has more nodes than MaxNodes (3)"},
		{"((a))", small, ""},
		{"a & (((b)))", small, "line 1, column 7: nesting is deeper than MaxDepth (2)"},
		{"a # 67890123456789\n ", small, ""},
		{"a # 67890123456789\n  ", small, "line 1, column 1: the text has 21 bytes, more than MaxBytes (20)"},
		{nested(128), graph.Limits{}, ""},
		{nested(129), graph.Limits{}, "line 1, column 129: nesting is deeper than MaxDepth (128)"},
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

// It is not parallel, because it measures.
func TestHostileTextsAreRefusedFastAndInLittleMemory(t *testing.T) { //nolint:paralleltest // see above
	const full = graph.DefaultMaxBytes
	lookalikes := make([]string, 20_000)
	for i := range lookalikes {
		lookalikes[i] = fmt.Sprintf("%s_%08d", strings.Repeat("x", 50), i)
	}
	for about, hostile := range map[string]struct {
		text  string
		names []string
	}{
		"open brackets":         {text: strings.Repeat("(", full)},
		"open brackets of all":  {text: strings.Repeat("[{(", full/3)},
		"closing brackets":      {text: "a" + strings.Repeat(")", full-1)},
		"a bracket a task":      {text: strings.Repeat("(a&", full/3)},
		"alternating operators": {text: strings.Repeat("(a&(a|", full/6)},
		"NULs":                  {text: strings.Repeat("\x00", full)},
		"NULs in a comment":     {text: "#" + strings.Repeat("\x00", full-1)},
		"not UTF-8":             {text: strings.Repeat("\xff", full)},
		"one huge name":         {text: strings.Repeat("é", full/2), names: []string{"e"}},
		"one huge comment":      {text: "#" + strings.Repeat("é", full/2-1)},
		"newlines":              {text: strings.Repeat("\r\n", full/2)},
		"continued lines":       {text: strings.Repeat("\\\n", full/2)},
		"operators":             {text: strings.Repeat(">", full)},
		"a million edges":       {text: strings.Repeat("a>>", 1_000_000) + "b"},
		"as many tasks as fit":  {text: strings.Repeat("a&", full/2-1) + "b"},
		"a gigantic text":       {text: strings.Repeat("a\n", 64<<20)},
		"a cycle of everything": {text: chain("a", 4095, " >> ") + " >> a0"},
		"a cycle through gates": {text: "(" + chain("a", 2047, "&") + ")>>(" + chain("b", 2047, "|") + ") >> a2046"},
		"all in one cycle": {text: "(" + chain("a", 1023, "&") + ")>>(" + chain("b", 1023, "|") + ")\n" +
			"(" + chain("b", 1023, "&") + ")>>(" + chain("a", 1023, "|") + ")"},
		"many names, all alike": {text: strings.Repeat("x", 50) + "_zzzzzzzz", names: lookalikes},
	} {
		var used uint64
		took := time.Hour
		for range 3 { // the machine may be busy with something else once
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := graph.Parse(hostile.text, graph.Options{Names: hostile.names})
			took = min(took, time.Since(start))
			runtime.ReadMemStats(&after)
			used = after.TotalAlloc - before.TotalAlloc
			require.Error(t, err, about)
		}
		t.Logf("%-24s %8s %6d KiB", about, took.Round(10*time.Microsecond), used>>10)
		require.Less(t, took, slowdown*100*time.Millisecond, about)
		require.Less(t, used, uint64(64<<20), about)
	}
}
