// This file owns the tests of servers that run with nats-server's own options.

package natsd_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/natsd"
)

// parse reads a command line that asks for a server.
func parse(t *testing.T, args ...string) *server.Options {
	t.Helper()
	var out bytes.Buffer
	opts, err := natsd.ParseFlags(args, &out)
	require.NoError(t, err)
	require.Empty(t, out.String())
	require.NotNil(t, opts)
	return opts
}

// parseFile reads a configuration file of the test.
func parseFile(t *testing.T, text string, args ...string) *server.Options {
	t.Helper()
	return parse(t, append([]string{"-c", writeFile(t, "nats.conf", text)}, args...)...)
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// varz is what the server says of itself.
func varz(t *testing.T, s *natsd.Server) server.Varz {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(s.MonitorURL() + "/varz")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var v server.Varz
	require.NoError(t, json.NewDecoder(res.Body).Decode(&v))
	return v
}

func TestOptionsFillWhatTheConfigLeavesOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	opts := parse(t, "-p", "-1", "-m", "-1", "-a", "127.0.0.1", "-sd", dir, "-n", "named", "--log_size_limit", "7")
	opts.MaxPayload = 5000
	v := varz(t, start(t, natsd.Config{Options: opts}))
	assert.Equal(t, "named", v.Name)
	assert.EqualValues(t, 5000, v.MaxPayload)
	assert.Equal(t, filepath.Join(dir, "jetstream"), v.JetStream.Config.StoreDir)
	assert.True(t, v.JetStream.Config.SyncAlways)

	v = varz(t, start(t, natsd.Config{Options: opts, StoreDir: t.TempDir(), MaxPayload: 6000, SyncInterval: time.Minute}))
	assert.EqualValues(t, 6000, v.MaxPayload, "the Config wins")
	assert.False(t, v.JetStream.Config.SyncAlways)
}

func TestEveryWriteIsSyncedUnlessTheOptionsNameAnInterval(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]struct {
		always   bool
		interval time.Duration
	}{
		"": {always: true}, "jetstream {}": {always: true}, "jetstream: {sync_interval: always}": {always: true},
		"jetstream: {sync_interval: 3s}": {interval: 3 * time.Second},
	} {
		opts := parseFile(t, "listen: 127.0.0.1:-1\nhttp: 127.0.0.1:-1\n"+file)
		got := varz(t, start(t, natsd.Config{Options: opts, StoreDir: t.TempDir()})).JetStream.Config
		assert.Equal(t, want.always, got.SyncAlways, file)
		if !want.always {
			assert.Equal(t, want.interval, got.SyncInterval, file)
		}
	}
}

func TestCredentialsDoNotKeepTheStartFromItsEnd(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"a user":    "authorization {user: u, password: p}",
		"a token":   "authorization {token: t}",
		"a hash":    "authorization {user: u, password: \"$2a$04$dnnTpI.OQBdkTjzwzlBWOOzGpfxeeSyz9HTRb8Y3lYBFYMyHbQTNS\"}",
		"accounts":  "accounts {A: {jetstream: enabled, users: [{user: u, password: p}]}}",
		"none of A": "accounts {A: {users: [{user: u, password: p}]}}\nno_auth_user: u",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := parseFile(t, "listen: 127.0.0.1:-1\n"+file)
			s := start(t, natsd.Config{Options: opts, StoreDir: t.TempDir()})
			_, err := nats.Connect(s.ClientURL(), nats.UserInfo("u", "wrong"))
			assert.ErrorIs(t, err, nats.ErrAuthorization)
		})
	}
}

func TestReloadChangesWhatCanChangeAndNamesWhatCannot(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "nats.conf", "")
	config := func(text string, args ...string) natsd.Config {
		require.NoError(t, os.WriteFile(file, []byte("listen: 127.0.0.1:-1\nhttp: 127.0.0.1:-1\n"+text), 0o600))
		return natsd.Config{Options: parse(t, append([]string{"-c", file}, args...)...)}
	}
	dir := t.TempDir()
	s := start(t, config("max_payload: 2000", "-sd", dir))
	nc, kv := bucket(t, s)
	url := s.ClientURL()

	require.NoError(t, s.Reload(config("max_payload: 3000\ndebug: true", "-sd", dir)))
	assert.EqualValues(t, 3000, varz(t, s).MaxPayload)
	assert.True(t, nc.IsConnected(), "nobody is disconnected")
	assert.Equal(t, url, s.ClientURL())
	_, err := kv.Create(t.Context(), "k", nil)
	require.NoError(t, err)

	require.ErrorContains(t, s.Reload(config("")), "StoreDir is empty")
	require.ErrorContains(t, s.Reload(config("", "-sd", t.TempDir())), "storage directory")
	require.ErrorContains(t, s.Reload(config("jetstream: {sync_interval: 1s}", "-sd", dir)), "SyncInterval")
	assert.EqualValues(t, 3000, varz(t, s).MaxPayload, "a refused change changes nothing")
}

func TestNativeLogIsNATSOwnAndItsFileCanBeRotated(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "nats.log")
	var ours lockedBuffer
	s := start(t, natsd.Config{
		Options: parse(t, "-p", "-1", "-l", file, "-D", "-V", "-sd", t.TempDir(), "-a", "127.0.0.1"), NativeLog: true,
		Logger: slog.New(slog.NewTextHandler(&ours, nil)),
	})
	require.NoError(t, os.Rename(file, file+".1"))
	require.NoError(t, s.ReopenLog())
	s.Shutdown()

	first, err := os.ReadFile(file + ".1")
	require.NoError(t, err)
	second, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(first), "[INF] Server is ready")
	assert.Contains(t, string(first), "[TRC]")
	assert.Contains(t, string(second), "[INF] Initiating Shutdown...")
	assert.Empty(t, ours.String())
}

func TestNativeLogThatCannotBeWrittenEndsTheStart(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing", "log")
	dir := t.TempDir()
	for _, args := range [][]string{{"-l", missing}, {"-r", "unix://" + missing}, {"-r", "ftp://x"}, {"-r", "%"}} {
		opts := parse(t, append(args, "-p", "-1", "-sd", dir)...)
		_, err := natsd.Start(t.Context(), natsd.Config{Options: opts, NativeLog: true})
		require.ErrorContains(t, err, "can't be written", args)
	}
	start(t, natsd.Config{StoreDir: dir, Port: natsd.AnyPort})
}

func TestTracesAreLoggedWhereOptionsAskForThem(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	opts := parse(t, "-p", "-1", "-a", "127.0.0.1", "-sd", t.TempDir(), "-V")
	s := start(t, natsd.Config{Options: opts, Logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	require.NoError(t, s.ReopenLog(), "there is no file, and no error")
	assert.True(t, strings.Contains(out.String(), "<<- [CONNECT"), "the probe's")
}

func TestLameDuckEndsTheServer(t *testing.T) {
	t.Parallel()
	s := start(t, natsd.Config{Options: parseFile(t, "listen: 127.0.0.1:-1\nlame_duck_duration: 30s\nlame_duck_grace_period: 1ms"), StoreDir: t.TempDir()})
	s.LameDuck()
	<-s.Done()
}
