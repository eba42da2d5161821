// This file owns the tests of checking and drawing a flow file without a server.

package client_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const loopFile = "flow:\n  graph: |\n    fetch >> (parse & index)[2] >> report\ntasks: {fetch: , parse: , index: , report: , unused: }\n"

func TestValidateDrawsTheGraphInEachForm(t *testing.T) {
	t.Parallel()
	file := write(t, "flow.yaml", loopFile)
	for form, beginning := range map[string]string{
		"":        "in order\n  fetch\n  repeat 2\n    all of\n      parse\n      index\n  report\n",
		"tree":    "in order\n  fetch\n",
		"mermaid": "flowchart ",
		"dot":     "digraph ",
		"json":    `{"kind": "graph", "children": [{"kind": "seq", `,
	} {
		args := []string{"validate", "--workflow-file", file}
		if form != "" {
			args = append(args, "--output", form)
		}
		r := run(t, args...)
		require.Zero(t, r.code, r.errs)
		require.True(t, strings.HasPrefix(r.out, beginning), r.out)
		require.True(t, strings.HasSuffix(r.out, "\n"))
		require.Equal(t, "warning: tasks.unused: stands nowhere in the graph and does not run\n", r.errs)
	}
}

func TestValidateShowsTheMistakeInItsLine(t *testing.T) {
	t.Parallel()
	file := write(t, "flow.yaml", "flow:\n  graph: |\n    fetch >> repotr\ntasks: {fetch: , report: }\n")
	r := run(t, "validate", "--workflow-file", file)
	require.Equal(t, 1, r.code)
	require.Empty(t, r.out)
	require.Equal(t, `ERR-PYOCO-0002: invalid flow file
- reason: flow.graph: line 1, column 10: unknown task "repotr"; did you mean "report"? If not: a registered task is declared under tasks as `+"`repotr: {}`"+`
    fetch >> repotr
             ^
- hint: mend it and check again: pyoco-client validate --workflow-file flow.yaml
`, r.errs)
	r = run(t, "validate")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.errs, "ERR-PYOCO-0018")
	r = run(t, "validate", "--workflow-file", file+".none")
	require.Contains(t, r.errs, "ERR-PYOCO-0018")
}
