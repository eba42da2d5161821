// This file owns random programs, of every kind of part.

package graph_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

func TestTheTextOfARandomTreeParsesToTheSameTree(t *testing.T) {
	t.Parallel()
	blocks := 0
	for seed := range uint64(1500) {
		r := &randomTree{T: t, Rand: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // the same trees every time
		tree := &graph.Program{}
		for range 1 + r.IntN(3) {
			tree.Statements = append(tree.Statements, r.node(4, ""))
		}
		require.NoError(t, tree.Validate(), tree.Text())
		again, err := graph.Parse(tree.Text(), graph.Options{})
		require.NoError(t, err, tree.Text())
		require.Equal(t, dump(tree), dump(again), tree.Text())
		require.Equal(t, tree.Text(), again.Text())
		for _, loop := range r.loops {
			if loop.Collect != graph.CollectLast {
				blocks++
			}
		}
	}
	require.Greater(t, blocks, 150, "too few need the block notation")
}

// randomTree makes the parts of one program. No two tasks have the same name, but in the cases of one switch.
type randomTree struct {
	*testing.T
	*rand.Rand
	made  int
	loops []*graph.Loop
}

// node makes a part that is of another kind than the one around it.
func (r *randomTree) node(depth int, around string) graph.Node {
	kinds := []string{"task", "seq", "all", "any", "loop", "loop", "switch"}
	kind := kinds[r.IntN(len(kinds))]
	switch {
	case depth == 0 || kind == around:
		return r.task()
	case kind == "loop":
		return r.loop(depth)
	case kind == "switch":
		return r.choice(depth)
	}
	parts := make([]graph.Node, 2+r.IntN(2))
	for i := range parts {
		parts[i] = r.node(depth-1, kind)
	}
	switch kind {
	case "seq":
		return &graph.Seq{Steps: parts}
	case "all":
		return &graph.All{Branches: parts}
	case "any":
		return &graph.Any{Branches: parts}
	}
	return r.task()
}

func (r *randomTree) task() *graph.Task {
	r.made++
	name := fmt.Sprint([]string{"a", "größe", "switch", "取得"}[r.IntN(4)], r.made)
	if r.made == 1 {
		name = []string{"flow", "repeat", "default", "true", "a"}[r.IntN(5)]
	}
	task := &graph.Task{Name: name}
	if r.IntN(5) == 0 {
		task.Runs = "run"
	}
	return task
}

func (r *randomTree) loop(depth int) graph.Node {
	l := &graph.Loop{Kind: graph.LoopKind(1 + r.IntN(3)), Body: program(r.node(depth-1, ""))}
	l.Expr = r.expression(l.Kind)
	if r.IntN(3) == 0 {
		l.Collect = graph.Collect(r.IntN(4))
	}
	if l.Kind == graph.ForEach && r.IntN(4) > 0 {
		l.Item = []string{"it", "as"}[r.IntN(2)]
	}
	if l.Kind == graph.ForEach && r.IntN(4) == 0 {
		l.Index = "größe"
	}
	if l.Kind == graph.Until && r.IntN(2) == 0 {
		l.MaxRounds = 1 + r.IntN(graph.MaxRounds)
	}
	r.loops = append(r.loops, l)
	return l
}

// expression makes one that the block notation can say, in most cases the other one too.
func (r *randomTree) expression(kind graph.LoopKind) *expr.Expr {
	if r.IntN(4) == 0 {
		bare := expr.BareParam
		if kind == graph.Until {
			bare = expr.BareCtx
		}
		e, err := expr.Parse([]string{"n", "params.n", "results.a.b"}[r.IntN(3)], expr.Options{Bare: bare})
		require.NoError(r, err)
		return e
	}
	texts := []string{"3", " 4 ", "$ctx.params.n", `$ctx.params.a == "b"`, "'}}' in \"it's as x\"", " \n$ctx.loop.index > 1 # so", `$ctx.results.a != '\\'`}
	return expression(r.T, texts[r.IntN(len(texts))])
}

func (r *randomTree) choice(depth int) graph.Node {
	s := &graph.Switch{On: r.expression(0)}
	shared := r.task()
	for i := range 1 + r.IntN(4) {
		node := r.node(depth-1, "")
		if r.IntN(2) == 0 {
			node = &graph.Any{Branches: []graph.Node{shared, r.task()}}
		}
		s.Cases = append(s.Cases, graph.Case{Match: r.match(i), Body: program(node)})
	}
	if r.IntN(2) == 0 {
		s.Cases = append(s.Cases, graph.Case{Default: true, Body: program(r.node(depth-1, ""))})
	}
	return s
}

// match makes a literal that is equal to none of another number.
func (r *randomTree) match(number int) any {
	switch r.IntN(4) {
	case 0:
		return int64(number - 2)
	case 1:
		return float64(number) + 0.25
	case 2:
		return []any{nil, "*", "it's", `"`}[number]
	}
	return fmt.Sprintf("%d\"'\n\\\x01é", number)
}
