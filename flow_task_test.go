// This file owns the tests of what a flow file may say of a task.

package pyoco

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// declared is a flow file of one task, a, that is declared like this.
func declared(task string) string { return "flow: {graph: a}\ntasks:\n  a: " + task + "\n" }

func TestTaskDeclarationsThatAreRefused(t *testing.T) {
	t.Parallel()
	allowed := "callable, use, inputs, outputs, retries, retry_delay_sec, retry_backoff, timeout_sec, fail_policy"
	for task, want := range map[string]string{
		"shop:charge":    "tasks.a: must be a map with the keys " + allowed + `, got "shop:charge" (line 3)`,
		"[]":             "tasks.a: must be a map with the keys " + allowed + ", got a list (line 3)",
		"{calable: x:y}": `tasks.a: unknown key "calable" (line 3); allowed: ` + allowed,
		"{spawn: other}": `tasks.a: unknown key "spawn" (line 3); allowed: ` + allowed,

		"{callable: charge}":            `tasks.a.callable: must contain ":" with a name on both sides, got "charge" (line 3)`,
		"{callable: 'shop:'}":           `tasks.a.callable: must contain ":" with a name on both sides, got "shop:" (line 3)`,
		"{callable: ':charge'}":         `tasks.a.callable: must contain ":" with a name on both sides, got ":charge" (line 3)`,
		"{callable: ''}":                `tasks.a.callable: must contain ":" with a name on both sides, got "" (line 3)`,
		"{callable: }":                  "tasks.a.callable: must be a text, got null (line 3)",
		"{callable: 1:30}":              "tasks.a.callable: must be a text, got 1:30 (line 3)",
		"{callable: [x:y]}":             "tasks.a.callable: must be a text, got a list (line 3)",
		"{use: charge}":                 `tasks.a.use: must contain "/" with a name on both sides, got "charge" (line 3)`,
		"{use: {}}":                     "tasks.a.use: must be a text, got a map (line 3)",
		"{callable: 'x:y', use: 'x/y'}": "tasks.a: has both callable and use: keep one (line 3)",

		"{inputs: [1]}":                                        "tasks.a.inputs: must be a map, got a list (line 3)",
		"{inputs: 5}":                                          "tasks.a.inputs: must be a map, got 5 (line 3)",
		"{inputs: {on: 1}}":                                    "tasks.a.inputs: YAML reads a key as true and not as a text: put it in quotes (line 3)",
		"{inputs: {x: {y: [.nan]}}}":                           "tasks.a.inputs.x.y.0: .nan is not a number that JSON can hold (line 3)",
		"{inputs: {x: 2026-01-02}}":                            `tasks.a.inputs.x: a date is not allowed: put "2026-01-02" in quotes (line 3)`,
		"{outputs: scratch.x}":                                 `tasks.a.outputs: must be a list of texts, got "scratch.x" (line 3)`,
		"{outputs: {x: y}}":                                    "tasks.a.outputs: must be a list of texts, got a map (line 3)",
		"{outputs: [scratch.x, 1]}":                            "tasks.a.outputs.1: must be a text, got 1 (line 3)",
		"{outputs: [scratch]}":                                 `tasks.a.outputs: must be scratch.…, params.… or results.…, got "scratch" (line 3)`,
		"{outputs: [scratch.]}":                                `tasks.a.outputs: must be scratch.…, params.… or results.…, got "scratch." (line 3)`,
		"{outputs: [scratch.x..y]}":                            `tasks.a.outputs: must be scratch.…, params.… or results.…, got "scratch.x..y" (line 3)`,
		"{outputs: [artifacts.x]}":                             `tasks.a.outputs: must be scratch.…, params.… or results.…, got "artifacts.x" (line 3)`,
		"{outputs: [$ctx.scratch.x]}":                          `tasks.a.outputs: must be scratch.…, params.… or results.…, got "$ctx.scratch.x" (line 3)`,
		"{outputs: [scratch" + strings.Repeat(".x", 32) + "]}": "tasks.a.outputs: must be at most 32 names deep, got 33 (line 3)",

		"{retries: -1}":            "tasks.a.retries: must be a whole number from 0 to 1000, got -1 (line 3)",
		"{retries: 1001}":          "tasks.a.retries: must be a whole number from 0 to 1000, got 1001 (line 3)",
		"{retries: 1.5}":           "tasks.a.retries: must be a whole number from 0 to 1000, got 1.5 (line 3)",
		"{retries: '3'}":           `tasks.a.retries: must be a whole number from 0 to 1000, got "3" (line 3)`,
		"{retries: yes}":           "tasks.a.retries: must be a whole number from 0 to 1000, got yes (line 3)",
		"{retries: [1]}":           "tasks.a.retries: must be a whole number from 0 to 1000, got a list (line 3)",
		"{retry_delay_sec: -0.1}":  "tasks.a.retry_delay_sec: must be a number from 0 to 86400, got -0.1 (line 3)",
		"{retry_delay_sec: 86401}": "tasks.a.retry_delay_sec: must be a number from 0 to 86400, got 86401 (line 3)",
		"{retry_delay_sec: .inf}":  "tasks.a.retry_delay_sec: must be a number from 0 to 86400, got .inf (line 3)",
		"{timeout_sec: 0}":         "tasks.a.timeout_sec: must be a number from 0.001 to 2592000, got 0 (line 3)",
		"{timeout_sec: 0.0000001}": "tasks.a.timeout_sec: must be a number from 0.001 to 2592000, got 0.0000001 (line 3)",
		"{timeout_sec: 2592001}":   "tasks.a.timeout_sec: must be a number from 0.001 to 2592000, got 2592001 (line 3)",
		"{timeout_sec: 1e3}":       `tasks.a.timeout_sec: must be a number from 0.001 to 2592000, got "1e3" (line 3)`,
		"{fail_policy: ignore}":    `tasks.a.fail_policy: must be stop or isolate, got "ignore" (line 3)`,
		"{fail_policy: [stop]}":    "tasks.a.fail_policy: must be stop or isolate, got a list (line 3)",
	} {
		t.Run(task, func(t *testing.T) {
			t.Parallel()
			require.EqualError(t, refused(t, declared(task)), want)
		})
	}
	require.EqualError(t, refused(t, "flow: {graph: a}\ntasks: [a]"), "tasks: must be a map of task names, got a list (line 2)")
	require.EqualError(t, refused(t, "flow: {graph: a}\ntasks:"), "tasks: must be a map of task names, got null (line 2)")
	require.EqualError(t, refused(t, "flow: {graph: a}\ntasks: {no: {}}"),
		"tasks: YAML reads a key as false and not as a text: put it in quotes (line 2)")
}

func TestATaskWithoutPoliciesHasTheDefaults(t *testing.T) {
	t.Parallel()
	want := policy{retryDelay: 100 * time.Millisecond}
	for _, task := range []string{
		"", "~", "{}", "{callable: 'x:y'}",
		"{retries: , retry_delay_sec: ~, timeout_sec: null, fail_policy: , inputs: , outputs: }", "{fail_policy: stop}",
	} {
		a := parse(t, declared(task)).tasks["a"]
		require.Equal(t, want, a.policy, task)
		require.Empty(t, a.inputs, task)
		require.Empty(t, a.outputs, task)
	}
}

func TestPoliciesAreReadUpToTheirLimits(t *testing.T) {
	t.Parallel()
	a := parse(t, declared("{retries: 1_000, retry_delay_sec: 24:00:00, timeout_sec: 2592000, fail_policy: 'isolate'}")).tasks["a"]
	require.Equal(t, policy{retries: 1000, retryDelay: 24 * time.Hour, timeout: 720 * time.Hour, isolate: true}, a.policy)
	a = parse(t, declared("{retries: 0, retry_delay_sec: 0, timeout_sec: .001}")).tasks["a"]
	require.Equal(t, policy{timeout: time.Millisecond}, a.policy)
	a = parse(t, declared("{retries: 2.0, timeout_sec: 1.5}")).tasks["a"]
	require.Equal(t, policy{retries: 2, retryDelay: defaultRetryDelay, timeout: 1500 * time.Millisecond}, a.policy)
}

func TestInputsKeepTheirOrderAndTheirLastValue(t *testing.T) {
	t.Parallel()
	a := parse(t, declared("{inputs: {z: 1, a: $ctx.params.x, z: [1.0, 0x10]}}")).tasks["a"]
	require.Equal(t, []input{
		{name: "z", value: json.RawMessage("[1.0,16]")}, {name: "a", value: json.RawMessage(`"$ctx.params.x"`)},
	}, a.inputs)
}

func TestARepeatedTaskTakesItsLastDeclaration(t *testing.T) {
	t.Parallel()
	flow := parse(t, "flow: {graph: a}\ntasks: {a: {use: x/one, retries: 3}, a: {use: x/two}}")
	require.Equal(t, "x/two", flow.tasks["a"].lookup)
	require.Zero(t, flow.tasks["a"].policy.retries)
	require.Equal(t, []string{`line 2: the key "a" stands in line 2 already, and only the last one counts`}, flow.Warnings())
}

func TestAnchorsAndMergeKeysMeanWhatTheyMeanInPyYAML(t *testing.T) {
	t.Parallel()
	flow := parse(t, `
flow:
  graph: &graph a >> b >> c >> d
  defaults:
    same: *graph
    base: &base {x: 1, y: 1}
    over: {y: 2, <<: *base}
    list: {<<: [*base, {x: 9, z: 9}]}
    quoted: {"<<": text}
tasks:
  a: &task
    use: shop/charge
    retries: &n 3
    inputs: &inputs {n: *n}
  b: *task
  c:
    <<: *task
    use: shop/refund
    inputs: {<<: *inputs, m: 1}
  d: &none
  e: *none
`)
	require.JSONEq(t, `{"same":"a >> b >> c >> d","base":{"x":1,"y":1},"over":{"x":1,"y":2},
		"list":{"x":1,"y":1,"z":9},"quoted":{"<<":"text"}}`, string(flow.Defaults()))
	require.Equal(t, flow.tasks["a"], flow.tasks["b"])
	require.Equal(t, "shop/refund", flow.tasks["c"].lookup)
	require.Equal(t, 3, flow.tasks["c"].policy.retries)
	require.Equal(t, []input{{"n", json.RawMessage("3")}, {"m", json.RawMessage("1")}}, flow.tasks["c"].inputs)
	require.Equal(t, "d", flow.tasks["d"].lookup)
	require.Equal(t, "e", flow.tasks["e"].lookup)

	require.EqualError(t, refused(t, declared("{<<: text}")), `tasks.a: << must merge a map, got a text (line 3)`)
	require.EqualError(t, refused(t, declared("{inputs: {x: {<<: [{}, 1]}}}")), "tasks.a.inputs.x: << must merge a map, got a number (line 3)")
}
