// This file owns the tests of the flags of Python tasks and wheels.

package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestModulesThatAreNamedCanBeCalled(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	gateway := clitest.Gateway(t, server)
	start(t, nil, "--nats-url", server.URL(), "--python", clitest.Interpreter(t), "--python-modules", "json, shlex")
	for flow, want := range map[string]string{
		`{version: 1, flow: {graph: t}, tasks: {t: {callable: "json:loads", inputs: {s: "[1.0]"}}}}`:        `[1.0]`,
		`{version: 1, flow: {graph: t}, tasks: {t: {callable: "shlex:quote", inputs: {s: "it is"}}}}`:       `"'it is'"`,
		`{version: 1, flow: {graph: t}, tasks: {t: {callable: "os:getcwd"}}}`:                               "",
		`{version: 1, flow: {graph: t}, tasks: {t: {callable: "shlex:deque", inputs: {iterable: [1, 2]}}}}`: "",
	} {
		submitted, err := gateway.Submit(t.Context(), pyoco.Submission{Flow: "main", Workflow: []byte(flow)})
		require.NoError(t, err)
		run := clitest.WaitRun(t, gateway, submitted.ID)
		if want == "" {
			require.Equal(t, pyoco.StatusFailed, run.Status)
			require.Regexp(t, "which flows may not call|the module is neither", run.Error)
			continue
		}
		require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
		require.Equal(t, want, string(run.TaskRecords["t"].Output))
	}
}

func TestFlagsAndEnvironmentSayWhetherWheelsAreInstalled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env, args []string
		enabled   bool
	}{
		"defaults":        {nil, nil, false},
		"the environment": {[]string{"PYOCO_WHEEL_SYNC_ENABLED", "1"}, nil, true},
		"the flag":        {nil, []string{"--wheel-sync"}, true},
		"the other flag":  {[]string{"PYOCO_WHEEL_SYNC_ENABLED", "1"}, []string{"--no-wheel-sync"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := natstest.Start(t)
			env := append([]string{"PYOCO_NATS_URL", server.URL(), "PYOCO_WHEEL_SYNC_DIR", t.TempDir()}, test.env...)
			code, out, errs := run(t, env, append(test.args, "--python", "no-such-python", "--run-once", "--poll-timeout", "0.02")...)
			require.Zero(t, code, errs)
			sync := recordOf(t, server, "pyoco_workers", "worker").WheelSync
			require.Equal(t, test.enabled, sync.Enabled)
			if test.enabled {
				require.Contains(t, out, "ERR-PYOCO-0024")
				require.Equal(t, "error", sync.LastResult)
			} else {
				require.Equal(t, "disabled", sync.LastResult)
			}
		})
	}
}
