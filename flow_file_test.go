// This file owns the tests of what a flow file may say, key by key. Tasks are in flow_task_test.go, what is hostile in
// flow_limits_test.go.

package pyoco

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ab is a flow file that is right as it stands; head is put before it.
func ab(head string) string {
	return head + "flow: {graph: a >> b}\ntasks: {a: {}, b: {}}\n"
}

// parse wants a flow file to be right.
func parse(t *testing.T, text string) *Flow {
	t.Helper()
	flow, err := ParseFlow([]byte(text))
	require.NoError(t, err, text)
	return flow
}

// refused is what a flow file is refused with.
func refused(t *testing.T, text string) *InvalidError {
	t.Helper()
	flow, err := ParseFlow([]byte(text))
	require.Nil(t, flow)
	require.ErrorIs(t, err, ErrInvalid)
	var e *InvalidError
	require.True(t, errors.As(err, &e))
	require.Equal(t, errInvalidRequest, e.id)
	return e
}

func TestAFlowFileIsReadWhole(t *testing.T) {
	t.Parallel()
	flow := parse(t, `
version: 1
flow:
  graph: |
    # a comment
    flow >> fetch >> (parse & index) >> report
  defaults: {x: 1, deep: {list: [1.0, yes, null, "yes"]}}
tasks:
  fetch: {callable: "my.module:fetch", inputs: {url: "$ctx.params.url", n: 3}, outputs: ["scratch.page", results.a.b]}
  parse: {use: text/parse, retries: 2, retry_delay_sec: 0.5, timeout_sec: 30, fail_policy: isolate}
  index: {}
  report:
runtime: {expose_env: ["TOKEN", HOME]}
`)
	require.Equal(t, []string{"fetch", "parse", "index", "report"}, flow.Tasks())
	require.JSONEq(t, `{"x":1,"deep":{"list":[1.0,true,null,"yes"]}}`, string(flow.Defaults()))
	require.Contains(t, string(flow.Defaults()), "1.0", "a float stays one")
	require.Empty(t, flow.Warnings())
	require.Empty(t, flow.Name())
	require.Equal(t, map[string]bool{"TOKEN": true, "HOME": true}, flow.exposeEnv)
	require.Equal(t, "my.module:fetch", flow.tasks["fetch"].lookup)
	require.Equal(t, "text/parse", flow.tasks["parse"].lookup)
	require.Equal(t, "index", flow.tasks["index"].lookup)
	require.Equal(t, "report", flow.tasks["report"].lookup)
	require.Equal(t, []string{"scratch.page", "results.a.b"}, flow.tasks["fetch"].outputs)
}

func TestFlowFilesThatAreAccepted(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"JSON":                      `{"version": 1, "flow": {"graph": "a"}, "tasks": {"a": {}}}`,
		"no version":                ab(""),
		"a version in another base": ab("version: 0x1\n"),
		"a byte order mark":         "\uFEFF" + ab(""),
		"Windows lines":             strings.ReplaceAll(ab("version: 1\n"), "\n", "\r\n"),
		"a document's marks":        "%YAML 1.1\n---\n" + ab("") + "...\n",
		"null parts":                ab("runtime:\n") + "",
		"null expose_env":           ab("runtime: {expose_env: }\n"),
		"null defaults":             "flow: {graph: a, defaults: ~}\ntasks: {a: {}}",
		"the last of a repeated":    ab("version: 2\nversion: 1\n"),
		"a quoted key":              ab("\"version\": 1\n"),
		"an alias as a key":         "flow: {graph: a, defaults: {&k key: 1, other: {*k : 2}}}\ntasks: {a: {}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, parse(t, text).Tasks())
		})
	}
}

func TestFlowFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                  "workflow: is empty: a flow file has version, flow and tasks",
		"# only this\n":     "workflow: is empty: a flow file has version, flow and tasks",
		"---\n":             "workflow: must be a map with the keys version, flow, tasks, pipes, runtime, got null (line 2)",
		"just a text":       `workflow: must be a map with the keys version, flow, tasks, pipes, runtime, got "just a text" (line 1)`,
		"- a\n- b":          "workflow: must be a map with the keys version, flow, tasks, pipes, runtime, got a list (line 1)",
		"a: [":              "workflow: is not YAML: line 1: did not find expected node content",
		"a: *b":             "workflow: is not YAML: unknown anchor 'b' referenced",
		ab("") + "---\n":    "workflow: must be one document",
		"--- {}\n---\na: [": "workflow: must be one document",

		ab("version: 2\n"):                          "version: must be 1, got 2 (line 1)",
		ab("version: '1'\n"):                        `version: must be 1, got "1" (line 1)`,
		ab("version: 1.0\n"):                        "version: must be 1, got 1.0 (line 1)",
		ab("version:\n"):                            "version: must be 1, got null (line 1)",
		ab("version: [1]\n"):                        "version: must be 1, got a list (line 1)",
		ab("version: {a: 1}\n"):                     "version: must be 1, got a map (line 1)",
		ab("# one\nname: demo\n"):                   `workflow: unknown key "name" (line 2); allowed: version, flow, tasks, pipes, runtime`,
		ab("1: x\n"):                                `workflow: unknown key "1" (line 1); allowed: version, flow, tasks, pipes, runtime`,
		ab("[a]: x\n"):                              "workflow: a key must be a text, got a list (line 1)",
		ab("flows: {}\n"):                           "flows: is not supported: a file has one flow, under the key flow (line 1)",
		ab("discovery: {}\n"):                       "discovery: is not supported: declare each task under the key tasks (line 1)",
		"flows: {main: {graph: a}}\ntasks: {a: {}}": "flows: is not supported: a file has one flow, under the key flow (line 1)",

		"tasks: {a: {}}":            `flow: is required: flow: {graph: "a >> b"}`,
		"flow: a >> b":              `flow: must be a map with the keys graph, defaults, timeout_sec, got "a >> b" (line 1)`,
		"flow:\ntasks: {a: {}}":     "flow: must be a map with the keys graph, defaults, timeout_sec, got null (line 1)",
		"flow: {}":                  "flow.graph: is required",
		"flow: {graph: }":           "flow.graph: must be a text, got null (line 1)",
		"flow: {graph: 12}":         "flow.graph: must be a text, got 12 (line 1)",
		"flow: {graph: yes}":        "flow.graph: must be a text, got yes (line 1)",
		"flow: {graph: [a]}":        "flow.graph: must be a text, got a list (line 1)",
		"flow: {graph: a, name: x}": `flow: unknown key "name" (line 1); allowed: graph, defaults, timeout_sec`,
		"flow: {graph: a, defaults: [1]}\ntasks: {a: }": "flow.defaults: must be a map, got a list (line 1)",
		"flow: {graph: a, defaults: 1}\ntasks: {a: }":   "flow.defaults: must be a map, got a number (line 1)",

		"runtime: x\nflow: {graph: a}":                    `runtime: must be a map with the keys expose_env, got "x" (line 1)`,
		"runtime: {env: []}\nflow: {graph: a}":            `runtime: unknown key "env" (line 1); allowed: expose_env`,
		"runtime: {expose_env: A}\nflow: {graph: a}":      `runtime.expose_env: must be a list of texts, got "A" (line 1)`,
		"runtime: {expose_env: [A, 1]}\nflow: {graph: a}": "runtime.expose_env.1: must be a text, got 1 (line 1)",
		"runtime: {expose_env: [{}]}\nflow: {graph: a}":   "runtime.expose_env.0: must be a text, got a map (line 1)",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			require.EqualError(t, refused(t, text), want)
		})
	}
}

func TestAMistakeInTheGraphIsShownWithLineColumnAndCaret(t *testing.T) {
	t.Parallel()
	for graph, want := range map[string]string{
		"a >> (b & c": "line 1, column 6: \"(\" is never closed\na >> (b & c\n     ^",
		"a\na >> x1":  "line 2, column 6: unknown task \"x1\"; a registered task is declared under tasks as `x1: {}`\na >> x1\n     ^",
		"fetsh >> a":  "line 1, column 1: unknown task \"fetsh\"; did you mean \"fetch\"? If not: a registered task is declared under tasks as `fetsh: {}`\nfetsh >> a\n^",
		"a >> a":      "line 1, column 6: a task can't wait for itself: a >> a; a graph has no cycles\na >> a\n     ^",
		"a > b":       "line 1, column 3: unexpected \">\"; \"then\" is >>\na > b\n  ^",
		"a[3.5]":      "line 1, column 3: a number of rounds is a whole number, got \"3.5\"\na[3.5]\n  ^",
	} {
		t.Run(graph, func(t *testing.T) {
			t.Parallel()
			text := "flow:\n  graph: |\n    " + strings.ReplaceAll(graph, "\n", "\n    ") + "\ntasks: {a: {}, b: {}, c: {}, fetch: {}}\n"
			require.EqualError(t, refused(t, text), "flow.graph: "+want)
		})
	}
}

func TestANodeWithANameOfItsOwnRunsItsDeclaredTask(t *testing.T) {
	t.Parallel()
	flow := parse(t, "flow: {graph: 'first: fetch >> fetch'}\ntasks: {fetch: {use: web/fetch, retries: 2}, other: {}}")
	require.Equal(t, []string{"first", "fetch"}, flow.Tasks())
	require.Equal(t, []string{"tasks.other: stands nowhere in the graph and does not run"}, flow.Warnings())
	require.Equal(t, 2, flow.declared(flow.plan.Tasks[0]).policy.retries)

	registered := NewTasks()
	require.NoError(t, registered.Register("web/fetch", Func(func(context.Context) (int, error) { return 1, nil })))
	tasks, err := flow.bindTasks(t.Context(), registered, pythonFinder{})
	require.NoError(t, err)
	require.Same(t, tasks["fetch"], tasks["first"])
}

func TestWithoutTasksEveryNameInTheGraphIsUnknown(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, refused(t, "flow: {graph: a}"), "flow.graph: line 1, column 1: unknown task \"a\"")
	require.ErrorContains(t, refused(t, "flow: {graph: a}\ntasks: {}"), "unknown task \"a\"")
	require.ErrorContains(t, refused(t, "flow: {graph: ''}"), "flow.graph: line 1, column 1: the graph is empty")
}

func TestATaskThatStandsNowhereInTheGraphIsWarnedOf(t *testing.T) {
	t.Parallel()
	flow := parse(t, "flow: {graph: b}\ntasks: {z: {}, b: {}, a: {}}")
	require.Equal(t, []string{
		"tasks.z: stands nowhere in the graph and does not run", "tasks.a: stands nowhere in the graph and does not run",
	}, flow.Warnings(), "in the file's order")
	require.Equal(t, []string{"b"}, flow.Tasks())

	flow = parse(t, "flow: {graph: b}\ntasks: {b: {}"+shortNames(50)+"}")
	require.Len(t, flow.Warnings(), maxWarnings+1)
	require.Equal(t, "tasks: 30 more stand nowhere in the graph", flow.Warnings()[maxWarnings])
}

// shortNames declares so many tasks.
func shortNames(count int) string {
	var text strings.Builder
	for i := range count {
		text.WriteString(", " + nthName(i) + ": {}")
	}
	return text.String()
}

// nthName is a short name, another for each i.
func nthName(i int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	name := "t"
	for ; i > 0; i /= len(letters) {
		name += string(letters[i%len(letters)])
	}
	return name
}
