// This file owns the tests of flows that are made in Go.

package pyoco

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

var noop = Func(func(context.Context) error { return nil })

func TestAFlowInGoIsTheGraphThatItsStepsMake(t *testing.T) {
	t.Parallel()
	b := NewFlow("main")
	a, c, d, e, f := b.Task("a", noop), b.Task("c", noop), b.Task("d", noop), b.Task("e", noop), b.Task("f", noop)
	b.Then(b.Then(a, b.All(c, d)), b.Any(e, f))
	b.Task("alone", noop)
	b.Defaults(map[string]any{"x": 1, "t": "a >> b"})
	flow, err := b.Build()
	require.NoError(t, err)
	want := parse(t, "flow: {graph: \"a >> (c & d) >> (e | f)\\nalone\"}\ntasks: {a: , c: , d: , e: , f: , alone: }")
	require.Equal(t, want.Tasks(), flow.Tasks())
	require.Equal(t, want.plan.Nodes, flow.plan.Nodes)
	require.Equal(t, "main", flow.Name())
	require.JSONEq(t, `{"x":1,"t":"a >> b"}`, string(flow.Defaults()))
	require.Empty(t, flow.Warnings())
}

func TestTasksWithoutEdgesRunInTheOrderOfTheirDeclaration(t *testing.T) {
	t.Parallel()
	for range 20 {
		b := NewFlow("main")
		for _, name := range []string{"z", "a", "m", "b", "y"} {
			b.Task(name, noop)
		}
		flow, err := b.Build()
		require.NoError(t, err)
		require.Equal(t, []string{"z", "a", "m", "b", "y"}, flow.Tasks())
		require.Equal(t, "{}", string(flow.Defaults()))
	}
}

func TestTasksOfAStepThatLeadsNowhereRunAllTheSame(t *testing.T) {
	t.Parallel()
	b := NewFlow("main")
	b.All(b.Task("a", noop), b.Any(b.Task("c", noop), b.Task("d", noop)))
	flow, err := b.Build()
	require.NoError(t, err)
	require.Equal(t, []string{"a", "c", "d"}, flow.Tasks())
}

func TestBuildRefusesWhatIsNoFlow(t *testing.T) {
	t.Parallel()
	for want, build := range map[string]func(b *FlowBuilder){
		"flow main: the graph is empty; name at least one task":              func(*FlowBuilder) {},
		`flow main: task "a" is declared twice`:                              func(b *FlowBuilder) { b.Task("a", noop); b.Task("a", noop) },
		`flow main: task "a" has no function`:                                func(b *FlowBuilder) { b.Task("a", nil) },
		"flow main: a task has no name":                                      func(b *FlowBuilder) { b.Task("", noop) },
		"flow main: Then, All and Any need at least two steps, got 1":        func(b *FlowBuilder) { b.Then(b.Task("a", noop)) },
		"flow main: Then, All and Any need at least two steps, got 0":        func(b *FlowBuilder) { b.All() },
		"flow main: a step is empty: the methods of the builder make steps":  func(b *FlowBuilder) { b.Then(b.Task("a", noop), Step{}) },
		`flow main: task "b" belongs to another flow`:                        func(b *FlowBuilder) { b.Then(b.Task("a", noop), NewFlow("other").Task("b", noop)) },
		"flow main: defaults: must be an object, got a list":                 func(b *FlowBuilder) { b.Task("a", noop); b.Defaults([]int{1}) },
		"flow main: defaults: is not JSON: json: unsupported type: chan int": func(b *FlowBuilder) { b.Task("a", noop); b.Defaults(make(chan int)) },
		"flow main: a task can't wait for itself: a >> c >> a; a graph has no cycles": func(b *FlowBuilder) {
			a, c := b.Task("a", noop), b.Task("c", noop)
			b.Then(a, c)
			b.Then(c, a)
		},
	} {
		b := NewFlow("main")
		build(b)
		flow, err := b.Build()
		require.Nil(t, flow)
		require.EqualError(t, err, want)
	}
}
