// This file owns the tests of texts that are made to hurt.

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

// It is not parallel, because it measures.
func TestHostileTextsAreRefusedFastAndInLittleMemory(t *testing.T) { //nolint:paralleltest // see above
	const full = graph.DefaultMaxBytes
	lookalikes := make([]string, 20_000)
	for i := range lookalikes {
		lookalikes[i] = fmt.Sprintf("%s_%08d", strings.Repeat("x", 50), i)
	}
	doubling := map[string]string{"p0": "a", "comment": "a" + strings.Repeat("#", full-1)}
	for i := 1; i <= 100; i++ {
		doubling[fmt.Sprint("p", i)] = fmt.Sprintf("pipe(p%d) & pipe(p%d)", i-1, i-1)
	}
	for about, hostile := range map[string]struct {
		text  string
		names []string
		pipes map[string]string
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
		"loops over loops":      {text: "a" + strings.Repeat("[1]", full/3-1)},
		"conditions":            {text: "a" + strings.Repeat("%'1'", full/4-1)},
		"blocks in blocks":      {text: strings.Repeat("repeat(count=1){", full/16)},
		"switches in switches":  {text: strings.Repeat("switch('1')[1>>", full/15)},
		"as many cases as fit":  {text: "switch('1')[" + strings.Repeat("1>>a,", full/5-4) + "]"},
		"cases that are equal":  {text: "switch('1')[" + chain("0>>a", 4000, ",") + "]"},
		"empty cases":           {text: "switch(on=x){" + strings.Repeat(";", full-14) + "}"},
		"a huge number":         {text: "a[" + strings.Repeat("9", full-3) + "]"},
		"a huge case":           {text: "switch('1')[" + strings.Repeat("9", full-17) + ">>a]"},
		"a huge expression":     {text: "a['" + strings.Repeat("1+", full/2-4) + "1']"},
		"deep expressions":      {text: "a['" + strings.Repeat("(", 16_000) + "']"},
		"an open expression":    {text: "repeat(count={{" + strings.Repeat("{", full-15)},
		"an open text":          {text: "a['" + strings.Repeat("\\", full/2-2)},
		"texts with as":         {text: "a['" + strings.Repeat(" as", full/3-2) + "']"},
		"nodes in nodes":        {text: strings.Repeat("a:", full/2)},
		"a task in every loop":  {text: strings.Repeat("a[1]&", full/5) + "a"},
		"pipes that double":     {text: "pipe(p100)", pipes: doubling},
		"a long pipe":           {text: strings.Repeat("pipe(comment)&", 4000) + "a", pipes: doubling},
		"pipes of nothing":      {text: strings.Repeat("pipe(p)&", full/8-1) + "a", pipes: map[string]string{"p": "\n"}},
		"many names, all alike": {text: strings.Repeat("x", 50) + "_zzzzzzzz", names: lookalikes},
	} {
		var used uint64
		took := time.Hour
		for try := 0; try < 20 && took >= slowdown*100*time.Millisecond; try++ { // the machine may be busy with something else
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := graph.Parse(hostile.text, graph.Options{Names: hostile.names, Pipes: hostile.pipes})
			took = min(took, time.Since(start))
			runtime.ReadMemStats(&after)
			used = after.TotalAlloc - before.TotalAlloc
			require.Error(t, err, about)
		}
		t.Logf("%-24s %8s %6d KiB", about, took.Round(10*time.Microsecond), used>>10)
		require.Less(t, took, slowdown*100*time.Millisecond, about)
		require.Less(t, used, uint64(slowdown*64<<20), "%s (the race detector empties pools at random)", about)
	}
}
