// This file owns the tests of loops, switches and task configurations in flows that are made in Go.

package pyoco

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatAFlowInGoSaysItsTextSaysToo(t *testing.T) {
	t.Parallel()
	for want, build := range map[string]func(b *FlowBuilder, a, c, d Step){
		"a[3] >> c\nd":                         func(b *FlowBuilder, a, c, _ Step) { b.Then(b.Repeat(3, a), c) },
		"a[\"$ctx.params.n\"]\nc\nd":           func(b *FlowBuilder, a, _, _ Step) { b.Repeat("$ctx.params.n", a) },
		"(a >> c)[\"$ctx.params.l as it\"]\nd": func(b *FlowBuilder, a, c, _ Step) { b.ForEach("$ctx.params.l", "it", b.Then(a, c)) },
		"a % (\"$ctx.results.a\", 5) >> c\nd":  func(b *FlowBuilder, a, c, _ Step) { b.Then(b.Until("$ctx.results.a", a, LoopConfig{MaxRounds: 5}), c) },
		`switch("$ctx.params.m")["A" >> a, 3 >> c, "*" >> d]`: func(b *FlowBuilder, a, c, d Step) {
			b.Switch("$ctx.params.m", When("A", a), When(3, c), Otherwise(d))
		},
		"foreach(over={{$ctx.params.l}}, item=it, index=i, collect=list){ a }\nc\nd": func(b *FlowBuilder, a, _, _ Step) {
			b.ForEach("$ctx.params.l", "it", a, LoopConfig{Index: "i", Collect: CollectList})
		},
	} {
		b := NewFlow("main")
		build(b, b.Task("a", noop), b.Task("c", noop), b.Task("d", noop))
		flow, err := b.Build()
		require.NoError(t, err, want)
		require.Equal(t, want, flow.Graph())
		again := parse(t, "flow: {graph: "+quoteYAML(flow.Graph())+"}\ntasks: {a: , c: , d: }")
		require.Equal(t, flow.Graph(), again.Graph())
		require.NotEmpty(t, flow.Tree())
		require.True(t, strings.HasPrefix(flow.Mermaid(), "flowchart "), flow.Mermaid())
		require.True(t, strings.HasPrefix(flow.DOT(), "digraph"), flow.DOT())
	}
}

// quoteYAML is a text in single quotes.
func quoteYAML(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, "'", "''"), "\n", "\n\n  ") + "'"
}

func TestBuildRefusesLoopsSwitchesAndConfigurationsThatAreNone(t *testing.T) {
	t.Parallel()
	for want, build := range map[string]func(b *FlowBuilder){
		"flow main: expression":                                             func(b *FlowBuilder) { b.Repeat("$ctx.", b.Task("a", noop)) },
		"flow main: there is no way \"all\" to collect":                     func(b *FlowBuilder) { b.Repeat(1, b.Task("a", noop), LoopConfig{Collect: "all"}) },
		"flow main: a loop has 2 configurations":                            func(b *FlowBuilder) { b.Repeat(1, b.Task("a", noop), LoopConfig{}, LoopConfig{}) },
		"flow main: a step is empty: the methods of the builder make steps": func(b *FlowBuilder) { b.Repeat(1, Step{}) },
		"flow main: a case's value must be a text, a bool, a number or nil": func(b *FlowBuilder) { b.Switch("1", When([]int{1}, b.Task("a", noop))) },
		"flow main: a case's value is no text, bool, number or nil":         func(b *FlowBuilder) { b.Switch("1", When(math.NaN(), b.Task("a", noop))) },
		"flow main: its timeout must be above 0, got -1s":                   func(b *FlowBuilder) { b.Task("a", noop); b.Timeout(-time.Second) },
		`flow main: task "a" has 2 configurations`:                          func(b *FlowBuilder) { b.Task("a", noop, TaskConfig{}, TaskConfig{}) },
		`flow main: task "a": retries must be 0 to 1000, got 1001`:          func(b *FlowBuilder) { b.Task("a", noop, TaskConfig{Retries: 1001}) },
		`flow main: task "a": its timeout must be 0 to 720h0m0s, got -1s`:   func(b *FlowBuilder) { b.Task("a", noop, TaskConfig{Timeout: -time.Second}) },
		`flow main: task "a": its backoff's factor must be 1 to 100, got 0.5`: func(b *FlowBuilder) {
			b.Task("a", noop, TaskConfig{Backoff: Backoff{Factor: 0.5}})
		},
		`flow main: task "a": its backoff's jitter must be 0 to 1, got NaN`: func(b *FlowBuilder) {
			b.Task("a", noop, TaskConfig{Backoff: Backoff{Jitter: math.NaN()}})
		},
		`flow main: task "a": its backoff's cap must not be negative, got -1ns`: func(b *FlowBuilder) { b.Task("a", noop, TaskConfig{Backoff: Backoff{Cap: -1}}) },
		`flow main: task "a": outputs: must be scratch.…, params.… or results.…, got "page"`: func(b *FlowBuilder) {
			b.Task("a", noop, TaskConfig{Outputs: []string{"page"}})
		},
		`flow main: task "a": input "f" is not JSON`: func(b *FlowBuilder) { b.Task("a", noop, TaskConfig{Inputs: map[string]any{"f": noop.fn.Interface()}}) },
		`the task "a" is in a loop and wired elsewhere too`: func(b *FlowBuilder) {
			a := b.Task("a", noop)
			b.Then(b.Repeat(2, a), b.Task("c", noop))
			b.Then(a, b.Task("d", noop))
		},
	} {
		b := NewFlow("main")
		build(b)
		_, err := b.Build()
		require.ErrorContains(t, err, want)
	}
}

func TestATaskInGoTakesItsConfiguration(t *testing.T) {
	t.Parallel()
	b := NewFlow("main")
	b.Task("a", noop, TaskConfig{
		Inputs: map[string]any{"x": 1, "ref": "$ctx.params.y"}, Outputs: []string{"scratch.a"}, Retries: 2, RetryDelay: time.Second,
		Backoff: Backoff{Factor: 2, Cap: time.Minute, Jitter: 0.5}, Timeout: time.Hour, Isolate: true,
	})
	flow, err := b.Build()
	require.NoError(t, err)
	file := parse(t, `flow: {graph: a}
tasks: {a: {inputs: {ref: $ctx.params.y, x: 1}, outputs: [scratch.a], retries: 2, retry_delay_sec: 1,
  retry_backoff: {factor: 2, cap_sec: 60, jitter: 0.5}, timeout_sec: 3600, fail_policy: isolate}}`)
	want := *file.tasks["a"]
	want.task = noop
	require.Equal(t, want, *flow.tasks["a"])
}
