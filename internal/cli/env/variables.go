// This file owns the table of variables: the name of each, the field it sets, and how its text is read.

package env

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/logs"
)

// DefaultNATSURL is where NATS is looked for unless something else is said.
const DefaultNATSURL = "nats://127.0.0.1:4222"

// variable is one of the environment.
type variable struct {
	name     string
	read     func(s *Settings, text string) error
	standard func() string // its default, as one would write it
	strict   bool          // what can't be used refuses the start, see Settings.Refused
	// unread is set for a secret: where it is told that the secret's file can't be used.
	unread func(s *Settings) *error
}

func noAccess(s *Settings) *error { return &s.NATS.Err }
func noPepper(s *Settings) *error { return &s.NoPepper }

// variables are all that are read. PYOCO_WORKERS_KV_TTL_SEC may be set and does nothing: worker records stay.
func variables() []variable {
	return []variable{
		text("PYOCO_NATS_URL", func(s *Settings) *string { return &s.NATSURL }),
		text("PYOCO_NATS_CREDS", func(s *Settings) *string { return &s.NATS.Creds }),
		secret("PYOCO_NATS_USER", func(s *Settings) *string { return &s.NATS.User }, noAccess),
		secret("PYOCO_NATS_PASSWORD", func(s *Settings) *string { return &s.NATS.Password }, noAccess),
		secret("PYOCO_NATS_TOKEN", func(s *Settings) *string { return &s.NATS.Token }, noAccess),
		text("PYOCO_NATS_TLS_CA", func(s *Settings) *string { return &s.NATS.CA }),
		text("PYOCO_NATS_TLS_CERT", func(s *Settings) *string { return &s.NATS.Cert }),
		text("PYOCO_NATS_TLS_KEY", func(s *Settings) *string { return &s.NATS.Key }),
		text("PYOCO_NATS_INBOX_PREFIX", func(s *Settings) *string { return &s.NATS.Inbox }),
		text("PYOCO_DEFAULT_TAG", func(s *Settings) *string { return &s.Gateway.DefaultTag }),
		text("PYOCO_RUNS_KV_BUCKET", func(s *Settings) *string { return &s.Resources.RunsBucket }),
		text("PYOCO_WORKERS_KV_BUCKET", func(s *Settings) *string { return &s.Resources.WorkersBucket }),
		text("PYOCO_AUTH_KV_BUCKET", func(s *Settings) *string { return &s.Resources.AuthBucket }),
		authMode("PYOCO_HTTP_AUTH_MODE", func(s *Settings) *pyoco.AuthMode { return &s.Gateway.Auth.Mode }),
		text("PYOCO_HTTP_API_KEY_HEADER", func(s *Settings) *string { return &s.Gateway.Auth.Header }),
		networks("PYOCO_HTTP_TRUSTED_PROXIES", func(s *Settings) *[]netip.Prefix { return &s.Gateway.Auth.TrustedProxies }),
		words("PYOCO_HTTP_ALLOWED_HOSTS", func(s *Settings) *[]string { return &s.Gateway.Auth.AllowedHosts }),
		unlessBlank(secret("PYOCO_AUTH_PEPPER", func(s *Settings) *string { return &s.Keys.Pepper }, noPepper)),
		text("PYOCO_WORK_SUBJECT_PREFIX", func(s *Settings) *string { return &s.Resources.WorkSubjectPrefix }),
		text("PYOCO_DLQ_STREAM", func(s *Settings) *string { return &s.Resources.DeadLetterStream }),
		text("PYOCO_DLQ_SUBJECT_PREFIX", func(s *Settings) *string { return &s.Resources.DeadLetterSubjectPrefix }),
		unlimited(seconds("PYOCO_DLQ_MAX_AGE_SEC", func(s *Settings) *time.Duration { return &s.Resources.DeadLetterMaxAge })),
		unlimited(whole("PYOCO_DLQ_MAX_MSGS", func(s *Settings) *int64 { return &s.Resources.DeadLetterMaxMessages })),
		unlimited(whole("PYOCO_DLQ_MAX_BYTES", func(s *Settings) *int64 { return &s.Resources.DeadLetterMaxBytes })),
		text("PYOCO_WHEEL_OBJECT_STORE_BUCKET", func(s *Settings) *string { return &s.Resources.WheelsBucket }),
		unlimited(whole("PYOCO_WHEEL_STORE_MAX_BYTES", func(s *Settings) *int64 { return &s.Resources.WheelStoreMaxBytes })),
		text("PYOCO_WHEEL_HISTORY_KV_BUCKET", func(s *Settings) *string { return &s.Resources.WheelHistoryBucket }),
		unlimited(seconds("PYOCO_WHEEL_HISTORY_TTL_SEC", func(s *Settings) *time.Duration { return &s.Resources.WheelHistoryTTL })),
		whole("PYOCO_WHEEL_MAX_BYTES", func(s *Settings) *int64 { return &s.Gateway.MaxWheelBytes }),
		wheelCheck("PYOCO_WHEEL_CHECK", func(s *Settings) *pyoco.WheelCheck { return &s.Gateway.WheelCheck }),
		seconds("PYOCO_CONSUMER_ACK_WAIT_SEC", func(s *Settings) *time.Duration { return &s.Resources.AckWait }),
		whole("PYOCO_CONSUMER_MAX_DELIVER", func(s *Settings) *int { return &s.Resources.MaxDeliver }),
		whole("PYOCO_CONSUMER_MAX_ACK_PENDING", func(s *Settings) *int { return &s.Resources.MaxAckPending }),
		whole("PYOCO_JS_REPLICAS", func(s *Settings) *int { return &s.Resources.Replicas }),
		whole("PYOCO_WORKFLOW_YAML_MAX_BYTES", func(s *Settings) *int { return &s.Gateway.MaxWorkflowBytes }),
		whole("PYOCO_HTTP_BODY_MAX_BYTES", func(s *Settings) *int { return &s.Gateway.MaxBodyBytes }),
		whole("PYOCO_PARAMS_MAX_BYTES", func(s *Settings) *int { return &s.Gateway.MaxParamsBytes }),
		whole("PYOCO_GRAPH_MAX_NODES", func(s *Settings) *int { return &s.Gateway.MaxGraphNodes }),
		whole("PYOCO_MAX_STREAMS", func(s *Settings) *int { return &s.Gateway.MaxStreams }),
		whole("PYOCO_MAX_STREAMS_PER_KEY", func(s *Settings) *int { return &s.Gateway.MaxStreamsPerKey }),
		keepAll(seconds("PYOCO_RUNS_RETENTION_SEC", func(s *Settings) *time.Duration { return &s.Gateway.RunRetention })),
		keepAll(whole("PYOCO_RUNS_MAX_KEPT", func(s *Settings) *int { return &s.Gateway.MaxRunsKept })),
		whole("PYOCO_MAX_RUN_SNAPSHOT_BYTES", func(s *Settings) *int { return &s.Gateway.MaxSnapshotBytes }),
		seconds("PYOCO_WORKER_DISCONNECT_TIMEOUT_SEC", func(s *Settings) *time.Duration { return &s.Gateway.WorkerDisconnectTimeout }),
		text("PYOCO_DASHBOARD_LANG", func(s *Settings) *string { return &s.Gateway.Dashboard.Language }),
		no("PYOCO_DASHBOARD_ACTIONS", func(s *Settings) *bool { return &s.Gateway.Dashboard.Actions }),
		seconds("PYOCO_RUN_HEARTBEAT_INTERVAL_SEC", func(s *Settings) *time.Duration { return &s.Worker.RunHeartbeat }),
		seconds("PYOCO_WORKER_HEARTBEAT_INTERVAL_SEC", func(s *Settings) *time.Duration { return &s.Worker.WorkerHeartbeat }),
		seconds("PYOCO_RUN_LEASE_SEC", func(s *Settings) *time.Duration { return &s.Worker.Lease }),
		seconds("PYOCO_ACK_PROGRESS_INTERVAL_SEC", func(s *Settings) *time.Duration { return &s.Worker.AckProgress }),
		seconds("PYOCO_CANCEL_GRACE_PERIOD_SEC", func(s *Settings) *time.Duration { return &s.Worker.CancelGrace }),
		no("PYOCO_WHEEL_SYNC_ENABLED", func(s *Settings) *bool { return &s.Worker.Wheels.Enabled }),
		text("PYOCO_WHEEL_SYNC_DIR", func(s *Settings) *string { return &s.Worker.Wheels.Dir }),
		seconds("PYOCO_WHEEL_SYNC_INTERVAL_SEC", func(s *Settings) *time.Duration { return &s.Worker.Wheels.Interval }),
		seconds("PYOCO_WHEEL_INSTALL_TIMEOUT_SEC", func(s *Settings) *time.Duration { return &s.Worker.Wheels.InstallTimeout }),
		text("PYOCO_PYTHON", func(s *Settings) *string { return &s.Worker.Python.Interpreter }),
		no("PYOCO_PYTHON_TASKS", func(s *Settings) *bool { return &s.Worker.Python.Enabled }),
		words("PYOCO_PYTHON_MODULES", func(s *Settings) *[]string { return &s.Worker.Python.Modules }),
		keepAll(whole("PYOCO_PYTHON_MAX_MEMORY_BYTES", func(s *Settings) *int64 { return &s.Worker.Python.MaxMemoryBytes })),
		yes("PYOCO_DLQ_PUBLISH_EXECUTION_ERROR", func(s *Settings) *bool { return &s.Worker.NoExecutionErrorLetters }),
		level("PYOCO_LOG_LEVEL", func(s *Settings) *slog.Level { return &s.Log.Level }),
		format("PYOCO_LOG_FORMAT", func(s *Settings) *bool { return &s.Log.Text }),
		yes("PYOCO_LOG_UTC", func(s *Settings) *bool { return &s.Log.Local }),
		yes("PYOCO_LOG_INCLUDE_TRACEBACK", func(s *Settings) *bool { return &s.Log.NoTraceback }),
	}
}

// field makes a variable of the way to its field, and of the two ways between the field's value and a text.
func field[T any](name string, of func(*Settings) *T, parse func(string) (T, error), show func(T) string) variable {
	return variable{
		name: name,
		read: func(s *Settings, text string) error {
			value, err := parse(text)
			if err == nil {
				*of(s) = value
			}
			return err
		},
		standard: func() string {
			s := standards()
			return show(*of(&s))
		},
	}
}

func text(name string, of func(*Settings) *string) variable {
	return field(name, of, func(text string) (string, error) { return text, nil }, func(v string) string { return v })
}

func authMode(name string, of func(*Settings) *pyoco.AuthMode) variable {
	v := field(name, of, func(text string) (pyoco.AuthMode, error) { return pyoco.ParseAuthMode(text), nil },
		func(v pyoco.AuthMode) string { return string(v) })
	v.strict = true
	return v
}

// wheelCheck is what of a wheel is checked, in any case.
func wheelCheck(name string, of func(*Settings) *pyoco.WheelCheck) variable {
	return field(name, of, func(text string) (pyoco.WheelCheck, error) {
		check := pyoco.WheelCheck(strings.ToLower(strings.TrimSpace(text)))
		if check != pyoco.WheelCheckContent && check != pyoco.WheelCheckName {
			return "", fmt.Errorf("must be %s or %s", pyoco.WheelCheckContent, pyoco.WheelCheckName)
		}
		return check, nil
	}, func(v pyoco.WheelCheck) string { return string(v) })
}

// networks is a list of addresses and networks, with commas between them.
func networks(name string, of func(*Settings) *[]netip.Prefix) variable {
	return field(name, of, func(text string) (list []netip.Prefix, _ error) {
		for word := range strings.SplitSeq(text, ",") {
			word = strings.TrimSpace(word)
			prefix, err := netip.ParsePrefix(word)
			if addr, bad := netip.ParseAddr(word); bad == nil {
				prefix, err = addr.Prefix(addr.BitLen())
			}
			if err != nil {
				return nil, errors.New("must be addresses and networks like 10.0.0.1,10.1.0.0/16")
			}
			list = append(list, prefix.Masked())
		}
		return list, nil
	}, func([]netip.Prefix) string { return "" })
}

// words is a list with commas between its words.
func words(name string, of func(*Settings) *[]string) variable {
	return field(name, of, func(text string) (list []string, _ error) {
		for word := range strings.SplitSeq(text, ",") {
			if word = strings.TrimSpace(word); word != "" {
				list = append(list, word)
			}
		}
		return list, nil
	}, func([]string) string { return "" })
}

// unlessBlank takes a text of spaces for none, as the Python programs do with a pepper.
func unlessBlank(v variable) variable {
	read := v.read
	v.read = func(s *Settings, text string) error {
		if strings.TrimSpace(text) == "" {
			return nil
		}
		return read(s, text)
	}
	return v
}

var errNotPositive = errors.New("must be above 0")

func seconds(name string, of func(*Settings) *time.Duration) variable {
	return field(name, of, func(text string) (time.Duration, error) {
		const most = 1e9 // 31 years, well within a time.Duration
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || math.IsNaN(f) {
			return 0, errors.New("must be a number of seconds")
		}
		if math.Abs(f) > most {
			return 0, fmt.Errorf("must be at most %d seconds", int(most))
		}
		d := time.Duration(f * float64(time.Second))
		if d == 0 {
			return 0, errNotPositive
		}
		return d, nil
	}, func(v time.Duration) string { return strconv.FormatFloat(v.Seconds(), 'f', -1, 64) })
}

func whole[T int | int64](name string, of func(*Settings) *T) variable {
	return field(name, of, func(text string) (T, error) {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		switch {
		case err != nil:
			return 0, errors.New("must be a whole number")
		case n == 0:
			return 0, errNotPositive
		}
		return T(n), nil
	}, func(v T) string { return strconv.Itoa(int(v)) })
}

// unlimited lets a 0 stand for no limit, which is a negative number to the library, where 0 is the default.
func unlimited(v variable) variable {
	read := v.read
	v.read = func(s *Settings, text string) error {
		err := read(s, text)
		if errors.Is(err, errNotPositive) {
			return read(s, "-1")
		}
		return err
	}
	return v
}

// keepAll lets a 0 stand for no limit where that is the library's default.
func keepAll(v variable) variable {
	read := v.read
	v.read = func(s *Settings, text string) error {
		err := read(s, text)
		if errors.Is(err, errNotPositive) {
			return nil
		}
		return err
	}
	return v
}

// yes is a variable that is on by default; the field it sets turns it off.
func yes(name string, off func(*Settings) *bool) variable {
	return field(name, off, func(text string) (bool, error) {
		on, err := parseBool(text, true)
		return !on, err
	}, func(v bool) string { return strconv.FormatBool(!v) })
}

// no is a variable that is off by default.
func no(name string, on func(*Settings) *bool) variable {
	return field(name, on, func(text string) (bool, error) { return parseBool(text, false) }, strconv.FormatBool)
}

func level(name string, of func(*Settings) *slog.Level) variable {
	return field(name, of, func(text string) (slog.Level, error) {
		level, ok := logs.ParseLevel(strings.TrimSpace(text))
		if !ok {
			return 0, errors.New("must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
		}
		return level, nil
	}, slog.Level.String)
}

func format(name string, text func(*Settings) *bool) variable {
	return field(name, text, func(form string) (bool, error) {
		switch strings.ToLower(strings.TrimSpace(form)) {
		case "json":
			return false, nil
		case "text":
			return true, nil
		}
		return false, errors.New("must be one of json, text")
	}, func(bool) string { return "json" })
}
