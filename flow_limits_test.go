// This file owns the tests of hostile flow files: bombs, depth, size, bytes that are no text.

package pyoco

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// bomb is a list of lists of lists, each ten times the one before.
func bomb() string {
	var text strings.Builder
	text.WriteString("flow:\n  graph: a\n  defaults:\n    l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i <= 9; i++ {
		fmt.Fprintf(&text, "    l%d: &l%d [%s*l%d]\n", i, i, strings.Repeat(fmt.Sprintf("*l%d, ", i-1), 9), i-1)
	}
	return text.String() + "tasks: {a: {}}\n"
}

// mergeBomb is a map that merges a map ten times, which merges one ten times.
func mergeBomb() string {
	var text strings.Builder
	text.WriteString("flow:\n  graph: a\n  defaults:\n    l0: &l0 {x: 1}\n")
	for i := 1; i <= 9; i++ {
		fmt.Fprintf(&text, "    l%d: &l%d {<<: [%s*l%d]}\n", i, i, strings.Repeat(fmt.Sprintf("*l%d, ", i-1), 9), i-1)
	}
	return text.String() + "tasks: {a: {}}\n"
}

// graphFile is a flow file with a graph of the tasks a, b and c.
func graphFile(graph string) string {
	return "flow:\n  graph: |\n    " + graph + "\ntasks: {a: , b: , c: }\n"
}

// doublingPipes is a flow file with so many pipes, each of which names the one before twice.
func doublingPipes(count int, form string) string {
	text := "pipes:\n  p0: a\n"
	for i := 1; i <= count; i++ {
		text += fmt.Sprintf("  p%d: '"+form+"'\n", i, i-1, i-1)
	}
	return text + fmt.Sprintf("flow: {graph: 'pipe(p%d)'}\ntasks: {a: }\n", count)
}

// aliases are so many more entries of a map, all of them one value.
func aliases(anchor string, count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, ", q%d: *%s", i, anchor)
	}
	return text.String()
}

func TestHostileFlowFilesAreRefusedAtOnce(t *testing.T) { // not parallel: it measures time and memory
	const most = 256 << 10
	defaults := func(text string) string { return "flow: {graph: a, defaults: " + text + "}\ntasks: {a: {}}" }
	long, key := strings.Repeat("x", 100_000), strings.Repeat("k", 1000)
	for name, test := range map[string]struct{ text, want string }{
		"an alias bomb":             {bomb(), "workflow: must be at most 100000 YAML nodes and 1048576 bytes over the file's own"},
		"a bomb of long texts":      {defaults("{a: &a " + long + ", b: [" + strings.Repeat("*a, ", 40_000) + "]}"), "YAML nodes and"},
		"a bomb of long keys":       {defaults("{a: &a {" + key + ": 1, " + key + "x: 1}, b: [" + strings.Repeat("*a, ", 10_000) + "]}"), "YAML nodes and"},
		"a bomb of merges":          {mergeBomb(), "YAML nodes and"},
		"an alias of itself":        {defaults("&a {b: *a}"), "workflow: is nested deeper than 128"},
		"a merge of itself":         {defaults("&a {<<: *a}"), "workflow: is nested deeper than 128"},
		"lists in lists":            {defaults("{x: " + strings.Repeat("[", 127) + strings.Repeat("]", 127) + "}"), "workflow: is nested deeper than 128 (line 1)"},
		"maps in maps":              {defaults(strings.Repeat("{a: ", 5000) + "1" + strings.Repeat("}", 5000)), "workflow: is nested deeper than 128"},
		"nothing but open brackets": {strings.Repeat("[", most), "workflow: is not YAML: "},
		"nothing but dashes":        {strings.Repeat("- ", most/2), "workflow: is not YAML: "},
		"nothing but keys":          {strings.Repeat("? ", most/2), "workflow: is not YAML: "},
		"too many nodes":            {defaults("[" + strings.Repeat("1,", 110_000) + "]"), "YAML nodes and"},
		"large defaults":            {defaults("{a: " + strings.Repeat("x", most) + "}"), "flow.defaults: must be at most 262144 bytes, got 262152"},
		"a deep key of long names":  {defaults(strings.Repeat("{"+key+": ", 100) + "{" + strings.Repeat("a: 1, ", 20_000) + "b: .nan" + strings.Repeat("}", 101)), "is not a number that JSON can hold"},
		"a number of many digits":   {defaults("{a: " + strings.Repeat("9", 200_000) + "}"), "flow.defaults.a: a number must have at most 4300 digits, got 200000 (line 1)"},
		"many repeated inputs":      {declared("{inputs: {" + strings.Repeat("x: 1, ", 30_000) + "}, retries: x}"), "tasks.a.retries"},
		"a tag that makes objects":  {defaults("!!python/object/apply:os.system [ls]"), "workflow: the tag !!python/object/apply:os.system is not supported (line 1)"},
		"a set":                     {defaults("{a: !!set {x}}"), "workflow: the tag !!set is not supported (line 1)"},
		"a tag of its own":          {defaults("{a: !mine x}"), "workflow: the tag !mine is not supported (line 1)"},
		"a number by tag":           {defaults("{a: !!int '3'}"), "workflow: the tag !!int is not supported (line 1)"},
		"a NUL":                     {ab("") + "\x00", "workflow: is not YAML: control characters are not allowed"},
		"invalid UTF-8":             {ab("") + "\xff\xff", "workflow: is not YAML: "},
		"half a rune":               {ab("") + "# \xe3\x81", "workflow: is not YAML: "},
		"a NUL in the graph":        {`flow: {graph: "a\0"}` + "\ntasks: {a: {}}", `unexpected "\x00"`},

		"a million edges":            {graphFile("a" + strings.Repeat(">>a", 1_000_000)), "more than MaxBytes (262144)"},
		"as many edges as fit":       {graphFile(strings.Repeat("a&", most/2-1) + "b"), "more nodes than MaxNodes (4096)"},
		"a cycle of everything":      {graphFile("(" + strings.Repeat("a&", 2000) + "b)>>(" + strings.Repeat("c&", 2000) + "b)"), "cycle"},
		"brackets in brackets":       {graphFile(strings.Repeat("(", most-1)), "deeper than MaxDepth (128)"},
		"blocks in blocks":           {graphFile(strings.Repeat("repeat(count=1){", most/16-1)), "deeper than MaxDepth (128)"},
		"loops over loops":           {graphFile("a" + strings.Repeat("[1]", most/3-1)), "MaxNodes (4096)"},
		"switches in switches":       {graphFile(strings.Repeat("switch('1')[1>>", most/15)), "deeper than MaxDepth (128)"},
		"a huge number of rounds":    {graphFile("a[" + strings.Repeat("9", most-4) + "]"), "at most MaxRounds (10000) rounds"},
		"a huge number in a block":   {graphFile("repeat(count=" + strings.Repeat("9", most-20) + "){a}"), "at most MaxRounds (10000) rounds"},
		"a huge expression":          {graphFile("a['" + strings.Repeat("1+", most/2-4) + "1']"), "line 1, column"},
		"braces that never end":      {graphFile("repeat(count={{" + strings.Repeat("{", most-15)), "line 1, column"},
		"NULs in a block":            {graphFile("repeat(count={{\x00\x00}}){a}"), "control characters are not allowed"},
		"a graph of NULs in escapes": {`flow: {graph: "` + strings.Repeat(`\0`, most/2) + `"}` + "\ntasks: {a: {}}", `unexpected "\x00"`},
		"pipes that double":          {doublingPipes(100, "pipe(p%d) & pipe(p%d)"), "MaxNodes (4096)"},
		"pipes that double in loops": {doublingPipes(100, "repeat(count=2){ pipe(p%d) & pipe(p%d) }"), "Max"},
		"pipes in a ring":            {"pipes: {p: 'pipe(q)', q: 'pipe(p)'}\nflow: {graph: 'pipe(p)'}\ntasks: {a: }", "pipe"},
		"a pipe of open brackets":    {"pipes: {p: '" + strings.Repeat("(", most-200) + "'}\nflow: {graph: 'pipe(p)'}\ntasks: {a: }", "deeper than MaxDepth (128)"},
		"a long pipe, often":         {"pipes: {p: '" + strings.Repeat("#", most-80_000) + "'}\nflow: {graph: '" + strings.Repeat("pipe(p)&", 8000) + "a'}\ntasks: {a: }", "pipe"},
		"a bomb of pipes":            {"pipes: {p: &p '" + strings.Repeat("a>>", 20_000) + "a'" + aliases("p", 30_000) + "}\nflow: {graph: a}\ntasks: {a: }", "YAML nodes and"},
	} {
		t.Run(name, func(t *testing.T) {
			took, used := time.Hour, uint64(0)
			for try := 0; try < 20 && took >= 100*time.Millisecond; try++ { // the machine may be busy with something else
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				began := time.Now()
				e := refused(t, test.text)
				took = min(took, time.Since(began))
				runtime.ReadMemStats(&after)
				used = after.TotalAlloc - before.TotalAlloc
				require.ErrorContains(t, e, test.want)
				require.Less(t, len(e.Error()), 16<<10, "a message repeats little of the file")
				require.True(t, utf8.ValidString(e.Error()))
				if raceDetector {
					return
				}
			}
			t.Logf("%s, %d KiB", took.Round(10*time.Microsecond), used>>10)
			require.Less(t, took, 100*time.Millisecond)
			require.Less(t, used, uint64(64<<20))
		})
	}
}

func TestABombIsTooLarge(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, refused(t, bomb()), ErrTooLarge)
}

func TestAliasesThatAddUpToLittleAreAccepted(t *testing.T) {
	t.Parallel()
	flow := parse(t, "flow:\n  graph: a\n  defaults: {a: &a ["+strings.Repeat("1, ", 1000)+"], b: [*a, *a, *a, *a]}\ntasks: {a: {}}")
	require.Len(t, flow.Defaults(), len(`{"a":,"b":[,,,]}`)+5*len("[]")+5*(2*1000-1))
}

func TestNestingUpToTheLimitIsAccepted(t *testing.T) {
	t.Parallel()
	parse(t, "flow: {graph: a, defaults: {x: "+strings.Repeat("[", 125)+strings.Repeat("]", 125)+"}}\ntasks: {a: {}}")
}

func TestAGraphMayHave262144Bytes(t *testing.T) {
	t.Parallel()
	const most = 256 << 10
	text := func(size int) string {
		return "flow:\n  graph: \"a" + strings.Repeat("#", size-1) + "\"\ntasks: {a: {}}\n"
	}
	require.Equal(t, []string{"a"}, parse(t, text(most)).Tasks())
	e := refused(t, text(most+1))
	require.ErrorContains(t, e, "flow.graph: line 1, column 1: the text has 262145 bytes, more than MaxBytes (262144)")
	require.Less(t, len(e.Error()), 1<<10)
}

func TestAGraphMayHave4096Mentions(t *testing.T) {
	t.Parallel()
	text := func(count int) string {
		return "flow:\n  graph: |\n" + strings.Repeat("    a & b\n", count/2) + "tasks: {a: {}, b: {}}\n"
	}
	require.Len(t, parse(t, text(4096)).Tasks(), 2)
	require.ErrorContains(t, refused(t, text(4098)), "flow.graph: line 2049, column 1: the graph has more nodes than MaxNodes (4096)")
}
