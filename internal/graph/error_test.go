// This file owns the tests of how a mistake is shown.

package graph_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

func TestAnErrorSaysPlaceMistakeAndHint(t *testing.T) {
	t.Parallel()
	_, err := graph.Parse("fetch\nfetch >> indx", graph.Options{Names: []string{"fetch", "index"}})
	require.EqualError(t, err, "line 2, column 10: unknown task \"indx\"; did you mean \"index\"? "+
		"If not: a registered task is declared under tasks as `indx: {}`")

	var e *graph.Error
	require.True(t, errors.As(fmt.Errorf("flow main: %w", err), &e))
	require.Equal(t, graph.Pos{Line: 2, Column: 10}, e.Pos)
	require.Equal(t, "fetch >> indx", e.Source)
}

func TestASnippetPointsAtTheMistake(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ about, text, want string }{
		{"the first line", "a >> 1", "" +
			"a >> 1\n" +
			"     ^"},
		{"only its own line", "a\n  b c # d\ne", "" +
			"  b c # d\n" +
			"    ^"},
		{"a line's end", "a >>\r\n", "" +
			"a >>\n" +
			"    ^"},
		{"tabs are kept", "\ta >>\tb\tc", "" +
			"\ta >>\tb\tc\n" +
			"\t    \t \t^"},
		{"letters of two columns", "取得 >> 1", "" +
			"取得 >> 1\n" +
			"        ^"},
		{"letters in two runes", "e\u0301 >> 1", "" +
			"e\u0301 >> 1\n" +
			"     ^"},
		{"what a terminal would obey", "a \x1b[31m", "" +
			"a \uFFFD[31m\n" +
			"  ^"},
		{"what is not UTF-8", "a \xff\xfe", "" +
			"a \uFFFD\uFFFD\n" +
			"  ^"},
	} {
		require.Equal(t, row.want, mistake(t, row.text).Snippet(), row.about)
	}
	require.Empty(t, mistake(t, "").Snippet(), "no text")
}

func TestASnippetOfALongLineIsCutAroundTheMistake(t *testing.T) {
	t.Parallel()
	e := mistake(t, chain("task", 500, " >> ")+" >> wrong.name >> "+chain("more", 500, " >> "))
	line, caret, _ := strings.Cut(e.Snippet(), "\n")

	require.True(t, strings.HasPrefix(line, "…") && strings.HasSuffix(line, "…"), line)
	require.LessOrEqual(t, utf8.RuneCountInString(line), 120)
	at := strings.IndexByte(caret, '^')
	require.Equal(t, ".name", string([]rune(line)[at:at+5]))

	for _, letter := range []string{"取", "\t"} {
		e := mistake(t, strings.Repeat(letter, 300)+"]"+strings.Repeat(letter, 300))
		line, _, _ := strings.Cut(e.Snippet(), "\n")
		require.LessOrEqual(t, utf8.RuneCountInString(line), 60, "a letter takes several columns")
	}
}

func TestALongNameIsCutInMessages(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("x", 10_000)
	_, err := graph.Parse(name, graph.Options{Names: []string{name + "y"}})
	require.ErrorContains(t, err, "unknown task")
	require.Less(t, len(err.Error()), 300)

	_, err = graph.Parse(name+" >> "+name, graph.Options{})
	require.ErrorContains(t, err, "wait for itself")
	require.Less(t, len(err.Error()), 300)
}

func TestAProgramWithoutATextIsValidatedWithoutAPlace(t *testing.T) {
	t.Parallel()
	a, b := &graph.Task{Name: "a"}, &graph.Task{Name: "b"}
	seq := func(steps ...graph.Node) graph.Node { return &graph.Seq{Steps: steps} }

	require.NoError(t, (&graph.Program{Statements: []graph.Node{seq(a, b)}}).Validate())
	require.EqualError(t, (&graph.Program{}).Validate(), "the graph is empty; name at least one task")

	err := (&graph.Program{Statements: []graph.Node{seq(a, b), seq(b, a)}}).Validate()
	require.EqualError(t, err, "a task can't wait for itself: a >> b >> a; a graph has no cycles")
	var e *graph.Error
	require.True(t, errors.As(err, &e))
	require.Empty(t, e.Snippet())
}

// mistake parses a text that is wrong.
func mistake(t *testing.T, text string) *graph.Error {
	t.Helper()
	_, err := graph.Parse(text, graph.Options{})
	var e *graph.Error
	require.True(t, errors.As(err, &e), "%.40q: %v", text, err)
	return e
}
