// This file owns the tests of the command: its flags and defaults, its errors and exit codes, and its end.

package worker_test

import (
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestABadCommandLineEndsWith1AndSaysWhatIsRight(t *testing.T) {
	t.Parallel()
	const example = "pyoco-worker --nats-url nats://127.0.0.1:4222 --tags hello --worker-id w1"
	const resolver = "--flow-resolver examples/hello_flow.py:resolve_flow, or leave it out: this worker's flows are Go functions"
	const url = "a right one: --nats-url nats://127.0.0.1:4222"
	const seconds = `for "--poll-timeout" flag: must be above 0 and at most 86400 seconds`
	for _, test := range []struct {
		args         []string
		reason, hint string
	}{
		{[]string{"--nosuch"}, "unknown flag: --nosuch", example},
		{[]string{"extra"}, `unknown command "extra" for "pyoco-worker"`, example},
		{[]string{"--tags"}, "flag needs an argument: --tags", example},
		{[]string{"--tags", "a,b.c"}, `--tags: must match [A-Za-z0-9_-]+, got "b.c"`, example},
		{[]string{"--worker-id", "a b"}, `--worker-id: must match [A-Za-z0-9_-]+, at most 200 characters, got "a b"`, example},
		{[]string{"--poll-timeout", "0"}, `invalid argument "0" ` + seconds, example},
		{[]string{"--poll-timeout", "-1"}, `invalid argument "-1" ` + seconds, example},
		{[]string{"--poll-timeout", "x"}, `invalid argument "x" for "--poll-timeout" flag: must be a number of seconds, like 1 or 0.5`, example},
		{[]string{"--run-once=x"}, `invalid argument "x" for "--run-once" flag: strconv.ParseBool: parsing "x": invalid syntax`, example},
		{[]string{"--flow-resolver", "hello"}, `--flow-resolver must be module:function or file.py:function, got "hello"`, resolver},
		{[]string{"--flow-resolver", ":f"}, `--flow-resolver must be module:function or file.py:function, got ":f"`, resolver},
		{[]string{"--nats-url", "nats://u:p w@h"}, "the URL of the NATS server can't be read: nats://xxxxx@h", url},
		{[]string{"--nats-url", "ws://a,nats://u:p@b"}, "the NATS server ws://a,nats://xxxxx@b can't be used: nats: mixing of websocket and non websocket URLs is not allowed", url},
		{[]string{"--wheel-sync", "--no-wheel-sync"}, "--wheel-sync and --no-wheel-sync exclude each other", "--wheel-sync --wheel-sync-dir .pyoco/wheels"},
		{[]string{"--wheel-sync-interval-sec", "0.05"}, "--wheel-sync-interval-sec: must be at least 100ms, got 50ms", example},
		{[]string{"--python-modules", "a-b"}, `--python-modules: must be names like shop or shop.tasks, got "a-b"`, example},
	} {
		code, out, errs := run(t, nil, test.args...)
		require.Equal(t, 1, code, test.args)
		require.Equal(t, "ERR-PYOCO-0018: bad command line\n- reason: "+test.reason+"\n- hint: "+test.hint+"\n", errs)
		require.Empty(t, out, test.args)
	}
}

func TestHelpShowsExamplesAndDefaults(t *testing.T) {
	t.Parallel()
	code, out, errs := run(t, nil, "--help")
	require.Zero(t, code)
	require.Empty(t, errs)
	for _, text := range []string{
		"Examples:\n  pyoco-worker --nats-url nats://127.0.0.1:4222", "--tags string ", `(default "default")`, `(default "worker")`,
		"--poll-timeout seconds", "(default 1)", "--run-once", "--flow-resolver string",
	} {
		require.Contains(t, out, text)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		code, out, _ = run(t, nil, "completion", shell)
		require.Zero(t, code)
		require.Contains(t, out, "pyoco-worker")
	}
}

// recordOf is what a worker has left in its record.
func recordOf(t *testing.T, server *natstest.Server, bucket, id string) pyoco.WorkerInfo {
	t.Helper()
	kv, err := server.JetStream(t).KeyValue(t.Context(), bucket)
	require.NoError(t, err)
	entry, err := kv.Get(t.Context(), id)
	require.NoError(t, err)
	var info pyoco.WorkerInfo
	require.NoError(t, json.Unmarshal(entry.Value(), &info))
	return info
}

func TestFlagsAndEnvironmentSayWhoServesWhat(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env, args  []string
		bucket, id string
		tags       []string
	}{
		"defaults":              {nil, nil, "pyoco_workers", "worker", []string{"default"}},
		"flags":                 {nil, []string{"--tags", " a,,b,a ", "--worker-id", "w1"}, "pyoco_workers", "w1", []string{"a", "b"}},
		"a tag of the gateway":  {[]string{"PYOCO_DEFAULT_TAG", "x"}, nil, "pyoco_workers", "worker", []string{"default"}},
		"no tag in the list":    {nil, []string{"--tags", ","}, "pyoco_workers", "worker", []string{"default"}},
		"no tag but a default":  {[]string{"PYOCO_DEFAULT_TAG", "x"}, []string{"--tags="}, "pyoco_workers", "worker", []string{"x"}},
		"a bucket of one's own": {[]string{"PYOCO_WORKERS_KV_BUCKET", "mine"}, nil, "mine", "worker", []string{"default"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := natstest.Start(t)
			env := append([]string{"PYOCO_NATS_URL", server.URL()}, test.env...)
			code, out, errs := run(t, env, append(test.args, "--run-once", "--poll-timeout", "0.02")...)
			require.Zero(t, code, errs)
			require.Contains(t, out, `"message":"no run came within 20ms"`)
			info := recordOf(t, server, test.bucket, test.id)
			require.Equal(t, test.tags, info.Tags)
			require.Equal(t, pyoco.WorkerStopped, info.State)
		})
	}
}

func TestRunOnceExecutesOneRun(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	gateway := clitest.Gateway(t, server)
	var ids []string
	for range 2 {
		submitted, err := gateway.Submit(t.Context(), pyoco.Submission{Flow: "main", Tag: "hello"})
		require.NoError(t, err)
		ids = append(ids, submitted.ID)
	}
	code, _, errs := run(t, nil, "--nats-url", server.URL(), "--tags", "hello", "--run-once")
	require.Zero(t, code, errs)
	first, err := gateway.Get(t.Context(), ids[0])
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCompleted, first.Status)
	second, err := gateway.Get(t.Context(), ids[1])
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusPending, second.Status)
}

func TestAWorkerServesUntilASignalComes(t *testing.T) {
	t.Parallel()
	for signal, want := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 0} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			server := natstest.Start(t)
			gateway := clitest.Gateway(t, server)
			w := start(t, []string{"PYOCO_NATS_URL", "nats://127.0.0.1:1"}, "--nats-url", server.URL(), "--tags", "hello", "--worker-id", "w1",
				"--flow-resolver", "examples/hello_flow.py:resolve_flow")
			submitted, err := gateway.Submit(t.Context(), pyoco.Submission{Flow: "main", Tag: "hello", Params: map[string]any{"ts": 1, "name": "demo"}})
			require.NoError(t, err)
			require.Equal(t, pyoco.StatusCompleted, clitest.WaitRun(t, gateway, submitted.ID).Status)
			w.Signal(signal)
			require.Equal(t, want, <-w.Code)
			require.Empty(t, w.Err.String())
			require.Contains(t, w.Out.String(), `"level":"WARNING"`)
			require.Contains(t, w.Out.String(), "--flow-resolver has no effect")
			require.Contains(t, w.Out.String(), `"message":"worker w1 serves hello; Ctrl-C ends it"`)
			require.Contains(t, w.Out.String(), "stopping: ")
			require.Equal(t, pyoco.WorkerStopped, recordOf(t, server, "pyoco_workers", "w1").State)
		})
	}
}

func TestCtrlCEndsAWorkerThatWaitsForItsOnlyRun(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	w := start(t, nil, "--nats-url", server.URL(), "--run-once", "--poll-timeout", "3600")
	w.Out.Wait(t, "worker started")
	w.Signal(os.Interrupt)
	require.Equal(t, 130, <-w.Code)
	require.Empty(t, w.Err.String())
	require.NotContains(t, w.Out.String(), "no run came")
}

func TestAWorkerWaitsForNATSAndSaysSo(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	server.Stop(t)
	w := start(t, []string{"PYOCO_LOG_FORMAT", "text", "PYOCO_RUN_LEASE_SEC", "soon"}, "--nats-url", strings.Replace(server.URL(), "//", "//secret@", 1))
	w.Out.Wait(t, "NATS is not available, will keep trying: is the server running, with JetStream on, and is the URL right?")
	server.Start(t)
	w.Out.Wait(t, "NATS is back")
	w.Out.Wait(t, "worker started")
	server.Restart(t)
	w.Out.Wait(t, "NATS connection is back")
	w.Signal(os.Interrupt)
	require.Equal(t, 130, <-w.Code)
	out := w.Out.String()
	require.Contains(t, out, `PYOCO_RUN_LEASE_SEC: the value "soon" can't be used: must be a number of seconds; the default 30 is used`)
	require.Equal(t, 1, strings.Count(out, "NATS is not available"), out)
	for _, word := range []string{"goroutine", "secret", "\n\n", "\t"} {
		require.NotContains(t, out, word)
	}
}
