// This file owns the tests of the environment: each variable, its default, its limits, and who wins.

package env

import (
	"fmt"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/logs"
)

// read reads an environment of pairs, without any file.
func read(t *testing.T, pairs ...string) Settings {
	t.Helper()
	values := map[string]string{"PYOCO_LOAD_DOTENV": "0"}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return Read(func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	})
}

func TestEachVariableSetsItsField(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, value, standard string
		of                    func(Settings) any
		want                  any
	}{
		{"PYOCO_NATS_URL", "nats://a:1,nats://b:2", "nats://127.0.0.1:4222", func(s Settings) any { return s.NATSURL }, "nats://a:1,nats://b:2"},
		{"PYOCO_NATS_CREDS", "x", "", func(s Settings) any { return s.NATS.Creds }, "x"},
		{"PYOCO_NATS_USER", "x", "", func(s Settings) any { return s.NATS.User }, "x"},
		{"PYOCO_NATS_PASSWORD", "x", "", func(s Settings) any { return s.NATS.Password }, "x"},
		{"PYOCO_NATS_TOKEN", "x", "", func(s Settings) any { return s.NATS.Token }, "x"},
		{"PYOCO_NATS_TLS_CA", "x", "", func(s Settings) any { return s.NATS.CA }, "x"},
		{"PYOCO_NATS_TLS_CERT", "x", "", func(s Settings) any { return s.NATS.Cert }, "x"},
		{"PYOCO_NATS_TLS_KEY", "x", "", func(s Settings) any { return s.NATS.Key }, "x"},
		{"PYOCO_NATS_INBOX_PREFIX", "_INBOX_worker", "", func(s Settings) any { return s.NATS.Inbox }, "_INBOX_worker"},
		{"PYOCO_DEFAULT_TAG", "hello", "default", func(s Settings) any { return s.Gateway.DefaultTag }, "hello"},
		{"PYOCO_RUNS_KV_BUCKET", "r", "pyoco_runs", func(s Settings) any { return s.Worker.Resources.RunsBucket }, "r"},
		{"PYOCO_WORKERS_KV_BUCKET", "w", "pyoco_workers", func(s Settings) any { return s.Gateway.Resources.WorkersBucket }, "w"},
		{"PYOCO_AUTH_KV_BUCKET", "k", "pyoco_auth", func(s Settings) any { return s.Keys.Resources.AuthBucket }, "k"},
		{"PYOCO_HTTP_AUTH_MODE", " API_Key ", "none", func(s Settings) any { return s.Gateway.Auth.Mode }, pyoco.AuthAPIKey},
		{"PYOCO_HTTP_API_KEY_HEADER", "X-Key", "X-API-Key", func(s Settings) any { return s.Gateway.Auth.Header }, "X-Key"},
		{"PYOCO_HTTP_TRUSTED_PROXIES", "10.0.0.1, fd00::1/8", "", func(s Settings) any { return s.Gateway.Auth.TrustedProxies },
			[]netip.Prefix{netip.MustParsePrefix("10.0.0.1/32"), netip.MustParsePrefix("fd00::/8")}},
		{"PYOCO_HTTP_ALLOWED_HOSTS", "a.example, b", "", func(s Settings) any { return s.Gateway.Auth.AllowedHosts }, []string{"a.example", "b"}},
		{"PYOCO_AUTH_PEPPER", "$2b$10$abc", "", func(s Settings) any { return s.Keys.Pepper }, "$2b$10$abc"},
		{"PYOCO_WORK_SUBJECT_PREFIX", "a.b", "pyoco.work", func(s Settings) any { return s.Resources.WorkSubjectPrefix }, "a.b"},
		{"PYOCO_DLQ_STREAM", "D", "PYOCO_DLQ", func(s Settings) any { return s.Resources.DeadLetterStream }, "D"},
		{"PYOCO_DLQ_SUBJECT_PREFIX", "d", "pyoco.dlq", func(s Settings) any { return s.Resources.DeadLetterSubjectPrefix }, "d"},
		{"PYOCO_DLQ_MAX_AGE_SEC", "60", "604800", func(s Settings) any { return s.Resources.DeadLetterMaxAge }, time.Minute},
		{"PYOCO_DLQ_MAX_MSGS", "5", "100000", func(s Settings) any { return s.Resources.DeadLetterMaxMessages }, int64(5)},
		{"PYOCO_DLQ_MAX_BYTES", "1024", "536870912", func(s Settings) any { return s.Resources.DeadLetterMaxBytes }, int64(1024)},
		{"PYOCO_WHEEL_OBJECT_STORE_BUCKET", "o", "pyoco_wheels", func(s Settings) any { return s.Worker.Resources.WheelsBucket }, "o"},
		{"PYOCO_WHEEL_STORE_MAX_BYTES", "7", "536870912", func(s Settings) any { return s.Resources.WheelStoreMaxBytes }, int64(7)},
		{"PYOCO_WHEEL_HISTORY_KV_BUCKET", "h", "pyoco_wheel_history", func(s Settings) any { return s.Gateway.Resources.WheelHistoryBucket }, "h"},
		{"PYOCO_WHEEL_HISTORY_TTL_SEC", "60", "7776000", func(s Settings) any { return s.Resources.WheelHistoryTTL }, time.Minute},
		{"PYOCO_WHEEL_MAX_BYTES", "8", "536870912", func(s Settings) any { return s.Gateway.MaxWheelBytes }, int64(8)},
		{"PYOCO_WHEEL_CHECK", " Name ", "content", func(s Settings) any { return s.Gateway.WheelCheck }, pyoco.WheelCheckName},
		{"PYOCO_CONSUMER_ACK_WAIT_SEC", "1.5", "30", func(s Settings) any { return s.Worker.Resources.AckWait }, 1500 * time.Millisecond},
		{"PYOCO_CONSUMER_MAX_DELIVER", "3", "20", func(s Settings) any { return s.Resources.MaxDeliver }, 3},
		{"PYOCO_CONSUMER_MAX_ACK_PENDING", "4", "200", func(s Settings) any { return s.Resources.MaxAckPending }, 4},
		{"PYOCO_JS_REPLICAS", "3", "1", func(s Settings) any { return s.Gateway.Resources.Replicas }, 3},
		{"PYOCO_WORKFLOW_YAML_MAX_BYTES", " 10 ", "262144", func(s Settings) any { return s.Gateway.MaxWorkflowBytes }, 10},
		{"PYOCO_HTTP_BODY_MAX_BYTES", "2048", "1048576", func(s Settings) any { return s.Gateway.MaxBodyBytes }, 2048},
		{"PYOCO_PARAMS_MAX_BYTES", "1024", "262144", func(s Settings) any { return s.Gateway.MaxParamsBytes }, 1024},
		{"PYOCO_GRAPH_MAX_NODES", "100", "4096", func(s Settings) any { return s.Gateway.MaxGraphNodes }, 100},
		{"PYOCO_MAX_STREAMS", "50", "10000", func(s Settings) any { return s.Gateway.MaxStreams }, 50},
		{"PYOCO_MAX_STREAMS_PER_KEY", "5", "2000", func(s Settings) any { return s.Gateway.MaxStreamsPerKey }, 5},
		{"PYOCO_RUNS_RETENTION_SEC", "3600", "0", func(s Settings) any { return s.Gateway.RunRetention }, time.Hour},
		{"PYOCO_RUNS_MAX_KEPT", "1000", "0", func(s Settings) any { return s.Gateway.MaxRunsKept }, 1000},
		{"PYOCO_MAX_RUN_SNAPSHOT_BYTES", "8192", "262144", func(s Settings) any { return s.Gateway.MaxSnapshotBytes + s.Worker.MaxSnapshotBytes }, 2 * 8192},
		{"PYOCO_WORKER_DISCONNECT_TIMEOUT_SEC", "5", "20", func(s Settings) any { return s.Gateway.WorkerDisconnectTimeout }, 5 * time.Second},
		{"PYOCO_DASHBOARD_LANG", "ja", "auto", func(s Settings) any { return s.Gateway.Dashboard.Language }, "ja"},
		{"PYOCO_DASHBOARD_ACTIONS", "1", "false", func(s Settings) any { return s.Gateway.Dashboard.Actions }, true},
		{"PYOCO_RUN_HEARTBEAT_INTERVAL_SEC", "0.5", "1", func(s Settings) any { return s.Worker.RunHeartbeat }, 500 * time.Millisecond},
		{"PYOCO_WORKER_HEARTBEAT_INTERVAL_SEC", "1", "5", func(s Settings) any { return s.Worker.WorkerHeartbeat }, time.Second},
		{"PYOCO_RUN_LEASE_SEC", "60", "30", func(s Settings) any { return s.Worker.Lease + s.Gateway.RunLease }, 2 * time.Minute},
		{"PYOCO_ACK_PROGRESS_INTERVAL_SEC", "2", "10", func(s Settings) any { return s.Worker.AckProgress }, 2 * time.Second},
		{"PYOCO_WHEEL_SYNC_ENABLED", "1", "false", func(s Settings) any { return s.Worker.Wheels.Enabled }, true},
		{"PYOCO_WHEEL_SYNC_DIR", "/var/wheels", ".pyoco/wheels", func(s Settings) any { return s.Worker.Wheels.Dir }, "/var/wheels"},
		{"PYOCO_WHEEL_SYNC_INTERVAL_SEC", "0.5", "10", func(s Settings) any { return s.Worker.Wheels.Interval }, 500 * time.Millisecond},
		{"PYOCO_WHEEL_INSTALL_TIMEOUT_SEC", "60", "180", func(s Settings) any { return s.Worker.Wheels.InstallTimeout }, time.Minute},
		{"PYOCO_PYTHON", "/opt/python", "python3", func(s Settings) any { return s.Worker.Python.Interpreter }, "/opt/python"},
		{"PYOCO_PYTHON_TASKS", "1", "false", func(s Settings) any { return s.Worker.Python.Enabled }, true},
		{"PYOCO_PYTHON_MODULES", "shop, a.b", "", func(s Settings) any { return s.Worker.Python.Modules }, []string{"shop", "a.b"}},
		{"PYOCO_PYTHON_MAX_MEMORY_BYTES", "268435456", "0", func(s Settings) any { return s.Worker.Python.MaxMemoryBytes }, int64(268435456)},
		{"PYOCO_CANCEL_GRACE_PERIOD_SEC", "3", "30", func(s Settings) any { return s.Worker.CancelGrace }, 3 * time.Second},
		{"PYOCO_DLQ_PUBLISH_EXECUTION_ERROR", "No", "true", func(s Settings) any { return s.Worker.NoExecutionErrorLetters }, true},
		{"PYOCO_LOG_LEVEL", "debug", "INFO", func(s Settings) any { return s.Log.Level }, slog.LevelDebug},
		{"PYOCO_LOG_FORMAT", "TEXT", "json", func(s Settings) any { return s.Log.Text }, true},
		{"PYOCO_LOG_UTC", "0", "true", func(s Settings) any { return s.Log.Local }, true},
		{"PYOCO_LOG_INCLUDE_TRACEBACK", "off", "true", func(s Settings) any { return s.Log.NoTraceback }, true},
	} {
		set := read(t, test.name, test.value)
		require.Equal(t, test.want, test.of(set), test.name)
		require.Empty(t, set.Warnings, test.name)

		unset := read(t, test.name, "")
		require.Equal(t, read(t), unset, "%s: an empty value counts as not set", test.name)
		same := read(t, test.name, test.standard)
		require.Empty(t, same.Warnings, test.name)
		require.Equal(t, test.of(standardsOf(unset)), test.of(standardsOf(same)), "%s: %s is the default", test.name, test.standard)
		for _, v := range variables() {
			if v.name == test.name {
				require.Equal(t, test.standard, v.standard(), test.name)
			}
		}
	}
	require.Len(t, variables(), 64, "each is in the table above")
}

// standardsOf fills the gaps.
func standardsOf(s Settings) Settings {
	s.Resources, _ = s.Resources.WithDefaults()
	s.Gateway, _ = s.Gateway.WithDefaults()
	s.Worker, _ = s.Worker.WithDefaults()
	s.Keys.Resources, _ = s.Keys.Resources.WithDefaults()
	return s
}

func TestAValueThatCannotBeUsedIsTheDefaultAndAWarning(t *testing.T) {
	t.Parallel()
	const number, whole = "must be a number of seconds", "must be a whole number"
	for _, test := range []struct{ name, value, reason, standard string }{
		{"PYOCO_RUN_LEASE_SEC", "soon", number, "30"},
		{"PYOCO_RUN_LEASE_SEC", "NaN", number, "30"},
		{"PYOCO_RUN_LEASE_SEC", "1e300", "must be at most 1000000000 seconds", "30"},
		{"PYOCO_RUN_LEASE_SEC", "0.5", "must be 1s to 1h0m0s, got 500ms", "30"},
		{"PYOCO_RUN_LEASE_SEC", "-5", "must be 1s to 1h0m0s, got -5s", "30"},
		{"PYOCO_WORKER_HEARTBEAT_INTERVAL_SEC", "0", "must be above 0", "5"},
		{"PYOCO_WORKER_HEARTBEAT_INTERVAL_SEC", "1e-15", "must be above 0", "5"},
		{"PYOCO_WORKER_HEARTBEAT_INTERVAL_SEC", "-1", "must be above 0, got -1s", "5"},
		{"PYOCO_CONSUMER_ACK_WAIT_SEC", "0.01", "must be at least 100ms, got 10ms", "30"},
		{"PYOCO_CONSUMER_MAX_DELIVER", "1.5", whole, "20"},
		{"PYOCO_CONSUMER_MAX_DELIVER", "0", "must be above 0", "20"},
		{"PYOCO_CONSUMER_MAX_DELIVER", "-1", "must be at least 1, got -1", "20"},
		{"PYOCO_DLQ_MAX_MSGS", "many", whole, "100000"},
		{"PYOCO_JS_REPLICAS", "7", "must be 1 to 5, got 7", "1"},
		{"PYOCO_MAX_RUN_SNAPSHOT_BYTES", "1", "must be 4096 to 921600, got 1", "262144"},
		{"PYOCO_HTTP_BODY_MAX_BYTES", "10", "must be 1024 to 67108864, got 10", "1048576"},
		{"PYOCO_PARAMS_MAX_BYTES", "524289", "must be 2 to 524288, got 524289", "262144"},
		{"PYOCO_GRAPH_MAX_NODES", "5000", "must be 1 to 4096, got 5000", "4096"},
		{"PYOCO_MAX_STREAMS", "0", "must be above 0", "10000"},
		{"PYOCO_MAX_STREAMS_PER_KEY", "-1", "must be at least 1, got -1", "2000"},
		{"PYOCO_RUNS_RETENTION_SEC", "-1", "must be at least 0 (keep for ever), got -1s", "0"},
		{"PYOCO_RUNS_MAX_KEPT", "-1", "must be at least 0 (keep all), got -1", "0"},
		{"PYOCO_DEFAULT_TAG", "a.b", `must match [A-Za-z0-9_-]+, got "a.b"`, "default"},
		{"PYOCO_RUNS_KV_BUCKET", "a b", `must match [A-Za-z0-9_-]+, got "a b"`, "pyoco_runs"},
		{"PYOCO_WORK_SUBJECT_PREFIX", "a.>", `must be words with dots between them, without spaces, *, > or $, got "a.>"`, "pyoco.work"},
		{"PYOCO_DLQ_PUBLISH_EXECUTION_ERROR", "perhaps", "must be one of 1, true, yes, on, 0, false, no, off", "true"},
		{"PYOCO_HTTP_TRUSTED_PROXIES", "proxy", "must be addresses and networks like 10.0.0.1,10.1.0.0/16", ""},
		{"PYOCO_HTTP_API_KEY_HEADER", "X Key", `must be the name of an HTTP header, at most 64 of A-Z, a-z, 0-9, _ and -, got "X Key"`, "X-API-Key"},
		{"PYOCO_LOG_LEVEL", "LOUD", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL", "INFO"},
		{"PYOCO_LOG_FORMAT", "xml", "must be one of json, text", "json"},
		{"PYOCO_LOG_UTC", "2", "must be one of 1, true, yes, on, 0, false, no, off", "true"},
	} {
		s := read(t, test.name, test.value, "PYOCO_DLQ_MAX_BYTES", "7")
		require.Equal(t, []string{fmt.Sprintf("%s: the value %q can't be used: %s; the default %s is used", test.name, test.value, test.reason, test.standard)}, s.Warnings)
		s.Warnings = nil
		require.Equal(t, read(t, "PYOCO_DLQ_MAX_BYTES", "7"), s, "and nothing else")
	}
	s := Read(func(name string) (string, bool) {
		return map[string]string{"PYOCO_LOAD_DOTENV": "maybe", "PYOCO_ENV_FILE": put(t, "x", "PYOCO_DLQ_STREAM=D")}[name], true
	})
	require.Contains(t, s.Warnings[0], `PYOCO_LOAD_DOTENV: the value "maybe" can't be used`)
	require.Equal(t, "D", s.Resources.DeadLetterStream)
}

func TestAModeThatIsNoneIsRefusedAndNeverMeansNoKeys(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"apikey", "on", "none,api_key", " "} {
		s := read(t, "PYOCO_HTTP_AUTH_MODE", mode, "PYOCO_AUTH_PEPPER", "p")
		if mode == " " {
			require.NoError(t, s.Refused, "a mode of spaces is none")
			continue
		}
		require.EqualError(t, s.Refused, fmt.Sprintf("PYOCO_HTTP_AUTH_MODE: must be none or api_key, got %q", mode))
		_, err := s.Gateway.WithDefaults()
		require.Error(t, err, "nor does the library take it")
	}
	s := read(t, "PYOCO_HTTP_AUTH_MODE", "api_key", "PYOCO_AUTH_PEPPER", "p")
	require.NoError(t, s.Refused)
	require.Equal(t, "p", s.Gateway.Auth.Pepper)
	require.Equal(t, "p", s.Keys.Pepper)
	require.Empty(t, read(t, "PYOCO_AUTH_PEPPER", "  ").Keys.Pepper)
}

func TestNoLimitIsWrittenAsZero(t *testing.T) {
	t.Parallel()
	s := read(t, "PYOCO_DLQ_MAX_AGE_SEC", "0", "PYOCO_DLQ_MAX_MSGS", "0", "PYOCO_DLQ_MAX_BYTES", "-1")
	require.Empty(t, s.Warnings)
	require.Negative(t, s.Resources.DeadLetterMaxAge)
	require.EqualValues(t, -1, s.Resources.DeadLetterMaxMessages)
	require.EqualValues(t, -1, s.Resources.DeadLetterMaxBytes)
}

func TestTheProcessWinsOverTheFile(t *testing.T) {
	t.Parallel()
	file := put(t, "my.env", "PYOCO_NATS_URL=nats://file:1\nPYOCO_DLQ_STREAM='FILE'\nexport PYOCO_DLQ_MAX_MSGS=9 # nine\nbroken\nPYOCO_LOG_LEVEL=x\n")
	values := map[string]string{"PYOCO_ENV_FILE": file, "PYOCO_NATS_URL": "nats://process:1", "PYOCO_DLQ_STREAM": ""}
	lookup := func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
	s := Read(lookup)
	require.Equal(t, "nats://process:1", s.NATSURL)
	require.Equal(t, "FILE", s.Resources.DeadLetterStream, "an empty value of the process counts as not set")
	require.EqualValues(t, 9, s.Worker.Resources.DeadLetterMaxMessages)
	require.Equal(t, logs.Config{}, s.Log)
	require.Equal(t, []string{
		file + ": line 4 is skipped: there is no = in it",
		`PYOCO_LOG_LEVEL: the value "x" can't be used: must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL; the default INFO is used`,
	}, s.Warnings)

	for _, off := range []string{"0", "false", "No", "off"} {
		values["PYOCO_LOAD_DOTENV"] = off
		require.Empty(t, Read(lookup).Resources.DeadLetterStream, off)
	}
}
