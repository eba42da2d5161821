// This file owns the tests of status, backup and restore, against servers in this process.

package bootstrap_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/bootstrap"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd/admin"
)

// node runs a server of nats-bootstrap's own, and gives its folder and its URL.
func node(t *testing.T, args ...string) (folder, url string) {
	t.Helper()
	folder = t.TempDir()
	ready := up(t, append([]string{"--datafolder", folder, "--client-port", strconv.Itoa(natstest.FreePort(t)), "--http-port", strconv.Itoa(natstest.FreePort(t))}, args...)...)
	return folder, ready.text("url")
}

// raw runs a server by nats-server's flags, and gives what it says when it is ready.
func raw(t *testing.T) line {
	t.Helper()
	return up(t, "--", "-a", "127.0.0.1", "-p", "-1", "-m", "-1", "-sd", t.TempDir())
}

func jet(t *testing.T, url string) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(url)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}

// succeed gives the output of a command that must succeed.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	got := run(t, args...)
	require.Equal(t, result{0, got.out, ""}, got)
	return got.out
}

func TestStatusShowsServersAndStreams(t *testing.T) {
	t.Parallel()
	folder, url := node(t)
	_, err := jet(t, url).CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "pyoco_runs"})
	require.NoError(t, err)
	ready := raw(t)
	for _, args := range [][]string{{"--datafolder", folder}, {"--monitor-url", ready.text("monitor")}} {
		lines := strings.Split(succeed(t, append([]string{"status"}, args...)...), "\n")
		require.Equal(t, []string{"cluster", "members", "quorum", "jetstream_leader"}, strings.Fields(lines[0]))
		require.Equal(t, []string{"-", "1", "1"}, strings.Fields(lines[1])[:3])
		require.Equal(t, []string{"server", "version", "role", "uptime", "sync", "store"}, strings.Fields(lines[3]))
		require.Equal(t, []string{"2.15.2", "leader"}, strings.Fields(lines[4])[1:3])
		require.Equal(t, []string{"stream", "replicas", "current", "lag", "leader", "messages", "bytes"}, strings.Fields(lines[6]))
	}
	var state admin.State
	require.NoError(t, json.Unmarshal([]byte(succeed(t, "status", "--datafolder", folder, "--output", "json")), &state))
	require.Equal(t, "KV_pyoco_runs", state.Streams[0].Name)
	require.Equal(t, state.Servers[0].Name, state.Leader)
}

func TestWhoIsNotThereIsSaid(t *testing.T) {
	t.Parallel()
	nowhere := "127.0.0.1:" + strconv.Itoa(natstest.FreePort(t))
	file := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.MkdirAll(file, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(file, "node.json"), []byte("{"), 0o600))
	empty := t.TempDir()
	for _, test := range []struct{ line, title, reason string }{
		{"status --monitor-url http://" + nowhere, "no server has answered", "the monitoring does not answer"},
		{"status --datafolder " + file, "the data folder can't be read", "node.json can't be read"},
		{"doctor --monitor-url http://" + nowhere, "no server has answered", "the monitoring does not answer"},
		{"doctor --datafolder " + file, "the data folder can't be read", "node.json can't be read"},
		{"backup --all --nats-url nats://u:secret@" + nowhere + " --output " + empty, "no server has answered", "nats://xxxxx@" + nowhere + ": nats: no servers available for connection"},
		{"down --confirm --datafolder " + empty, "there is nothing to stop", "no server runs on " + empty},
		{"leave --datafolder " + empty, "there is no cluster to leave", empty + " is not the folder of a cluster's member"},
		{"restore --confirm --input " + empty, "restore failed", empty + " holds no whole backup"},
	} {
		got := run(t, strings.Fields(test.line)...)
		require.Equal(t, 2, got.code, test.line)
		require.True(t, strings.HasPrefix(got.errs, "ERR-PYOCO-NATS: "+test.title+"\n- reason: "), got.errs)
		require.Contains(t, got.errs, test.reason)
		require.NotContains(t, got.errs, "secret")
	}
}

func TestABackupComesBack(t *testing.T) {
	t.Parallel()
	_, url := node(t)
	js := jet(t, url)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "PYOCO_WORK", Subjects: []string{"pyoco.work.>"}, Retention: jetstream.WorkQueuePolicy})
	require.NoError(t, err)
	for _, bucket := range []string{"pyoco_auth", "pyoco_runs", "pyoco_yaml_schedules"} {
		kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: bucket})
		require.NoError(t, err)
		_, err = kv.Put(t.Context(), "k", []byte(bucket))
		require.NoError(t, err)
	}
	folder := filepath.Join(t.TempDir(), "b")
	var manifest admin.Manifest
	require.NoError(t, json.Unmarshal([]byte(succeed(t, "backup", "--all", "--output", folder, "--nats-url", url)), &manifest))
	var order []string
	for _, s := range manifest.Streams {
		order = append(order, s.Name)
	}
	require.Equal(t, []string{"PYOCO_WORK", "KV_pyoco_yaml_schedules", "KV_pyoco_runs", "KV_pyoco_auth"}, order)

	_, empty := node(t)
	unconfirmed := run(t, "restore", "--input", folder, "--nats-url", empty)
	require.Equal(t, 2, unconfirmed.code)
	require.Contains(t, unconfirmed.errs, "--confirm is required: 4 streams of ")
	succeed(t, "restore", "--input", folder, "--nats-url", empty, "--confirm")
	kv, err := jet(t, empty).KeyValue(t.Context(), "pyoco_runs")
	require.NoError(t, err)
	entry, err := kv.Get(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, "pyoco_runs", string(entry.Value()))
	again := run(t, "restore", "--input", folder, "--nats-url", empty, "--confirm")
	require.Equal(t, 2, again.code)
	require.Contains(t, again.errs, "the stream exists: PYOCO_WORK")

	require.Contains(t, succeed(t, "backup", "--stream", "KV_pyoco_auth,PYOCO_WORK", "--output", t.TempDir(), "--nats-url", url), `"name": "KV_pyoco_auth"`)
	both := run(t, "backup", "--all", "--stream", "S", "--output", t.TempDir(), "--nats-url", url)
	require.Equal(t, result{2, "", "ERR-PYOCO-0018: bad command line\n- reason: either --all or --stream must be given\n- hint: nats-bootstrap backup --all --output backup-1\n"}, both)
}

func TestABackupShowsItsCredentials(t *testing.T) {
	t.Parallel()
	ready := up(t, "--", "-a", "127.0.0.1", "-p", "-1", "-sd", t.TempDir(), "--user", "u", "--pass", "secret")
	nc, err := nats.Connect(ready.text("url"), nats.UserInfo("u", "secret"))
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S"})
	require.NoError(t, err)
	backup := func(env ...string) (int, string) {
		code, _, errs := clitest.Run(t, bootstrap.Main, append(env, "PYOCO_NATS_URL", ready.text("url")), "backup", "--all", "--output", t.TempDir())
		return code, errs
	}
	code, errs := backup()
	require.Equal(t, 2, code)
	require.Contains(t, errs, "Authorization Violation")
	code, errs = backup("PYOCO_NATS_USER", "u", "PYOCO_NATS_PASSWORD", "secret")
	require.Zero(t, code, errs)
	code, errs = backup("PYOCO_NATS_PASSWORD", "secret")
	require.Equal(t, 2, code)
	require.Contains(t, errs, "PYOCO_NATS_PASSWORD needs PYOCO_NATS_USER")
}
