// This file owns what must hold for every text and every program.

package graph_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
	"github.com/pyoco/pyoco/internal/graph/draw"
)

func FuzzParse(f *testing.F) { // its seeds are under testdata/fuzz/FuzzParse
	f.Fuzz(func(t *testing.T, text, pipe string) {
		for _, names := range [][]string{nil, {"fetch", "parse", "flow"}} {
			opts := graph.Options{Names: names, Pipes: map[string]string{"p": pipe, "q": "pipe(p) >> x: fetch"}}
			program, err := graph.Parse(text, opts)
			if err != nil {
				requirePlace(t, text, pipe, err)
				continue
			}
			require.NoError(t, program.Validate())
			again, err := graph.Parse(program.Text(), opts)
			require.NoError(t, err, "%s", program.Text())
			require.Equal(t, dump(program), dump(again))
			require.Equal(t, program.Text(), again.Text())
			require.Equal(t, program.Names(), again.Names())
			require.Len(t, graph.NewPlan(program).Tasks, len(program.Names()))
			requireDrawn(t, program)
		}
	})
}

// requireDrawn checks that a program can be shown, in about as many lines as it has parts.
func requireDrawn(t *testing.T, program *graph.Program) {
	t.Helper()
	view, err := json.Marshal(draw.ViewOf(program))
	require.NoError(t, err)
	parts := bytes.Count(view, []byte(`"kind":`))
	require.Less(t, strings.Count(draw.Tree(program), "\n"), parts)
	require.LessOrEqual(t, strings.Count(draw.Mermaid(program), "\n"), 6*parts)
	require.LessOrEqual(t, strings.Count(draw.DOT(program), "\n"), 6*parts)
}

var anyNewline = regexp.MustCompile("\r\n|\r|\n")

// requirePlace checks that an error points into its text.
func requirePlace(t *testing.T, text, pipe string, err error) {
	t.Helper()
	var e *graph.Error
	require.True(t, errors.As(err, &e))
	switch e.Pos.Pipe {
	case "p":
		text = pipe
	case "q":
		text = "pipe(p) >> x: fetch"
	default:
		require.Empty(t, e.Pos.Pipe)
	}
	lines := anyNewline.Split(text, -1)
	require.GreaterOrEqual(t, e.Pos.Line, 1)
	require.LessOrEqual(t, e.Pos.Line, len(lines))
	line := lines[e.Pos.Line-1]
	require.GreaterOrEqual(t, e.Pos.Column, 1)
	require.LessOrEqual(t, e.Pos.Column, 1+utf8.RuneCountInString(line))
	if len(text) <= graph.DefaultMaxBytes {
		require.Equal(t, line, e.Source)
	}
	require.NotContains(t, e.Error(), "\n")
	require.LessOrEqual(t, strings.Count(e.Snippet(), "\n"), 1)
	require.True(t, utf8.ValidString(e.Error()+e.Snippet()))
}

func TestTheTextOfARandomProgramParsesToTheSameProgram(t *testing.T) {
	t.Parallel()
	accepted := 0
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // the same programs every time
		text := "(" + randomText(random, 4) + ")"
		program, err := graph.Parse(text, graph.Options{})
		if err != nil {
			require.ErrorContains(t, err, "wait for itself", text)
			continue
		}
		accepted++
		again, err := graph.Parse(program.Text(), graph.Options{})
		require.NoError(t, err, "%s\nof\n%s", program.Text(), text)
		require.Equal(t, dump(program), dump(again), text)
		require.LessOrEqual(t, strings.Count(program.Text(), "("), strings.Count(text, "("), text)
	}
	require.Greater(t, accepted, 500, "too many have a cycle to say much")
}

// randomText makes an expression with more brackets than it needs. Few of its names are the same, for most programs
// shall have no cycle.
func randomText(random *rand.Rand, depth int) string {
	if depth == 0 || random.IntN(4) == 0 {
		return []string{"flow", "t", "größe"}[random.IntN(3)] + strings.Repeat("x", random.IntN(40))
	}
	parts := make([]string, 1+random.IntN(3))
	for i := range parts {
		parts[i] = "(" + randomText(random, depth-1) + ")"
	}
	return strings.Join(parts, []string{" >> ", " & ", "\n| "}[random.IntN(3)])
}
