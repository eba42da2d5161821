// This file owns the test that secrets stay where they belong.

package pyoco_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// logBuffer is a log of everything. It is safe for concurrent use.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestNoSecretAppearsInALogAnErrorOrAMetric(t *testing.T) {
	t.Parallel()
	const mark = "S3CR3Tmark" // in the pepper, in params, in payloads, and in what is sent as a key
	logs := &logBuffer{}
	log := slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	rig := startGateway(t, withKeys, func(c *rigConfig) {
		c.gateway.Auth.Pepper = mark
		c.gateway.Log = log
	})
	keys := newKeys(t, rig.nats, mark)
	good, err := keys.Create(t.Context(), pyoco.KeySpec{Tenant: "a"})
	require.NoError(t, err)
	admin, err := keys.Create(t.Context(), pyoco.KeySpec{Tenant: "ops", Scopes: []string{pyoco.ScopeAdmin}})
	require.NoError(t, err)
	var errors []string
	refused := func(answer httpAnswer) {
		t.Helper()
		require.GreaterOrEqual(t, answer.status, 400, answer.body)
		errors = append(errors, answer.body, fmt.Sprint(answer.header))
	}
	for _, text := range []string{
		mark, "pyoco_" + mark, "pyoco_" + mark + "." + mark, "pyoco_" + good.ID + "." + mark + strings.Repeat("x", 32), good.Text + "." + mark,
	} {
		refused(rig.do(t, http.MethodGet, "/runs", nil, "X-API-Key", text))
		refused(rig.do(t, http.MethodGet, "/runs", nil, "Authorization", "Bearer "+text))
	}
	refused(rig.do(t, http.MethodGet, "/runs?api_key="+good.Text, nil))
	const params = `{"flow_name":"f","tag":"x","params":{"password":"` + mark + `"}`
	refused(rig.with(t, good.Text, http.MethodPost, "/runs", params))
	refused(rig.with(t, good.Text, http.MethodPost, "/runs", params+`,"tags":7}`))
	refused(rig.with(t, good.Text, http.MethodPost, "/runs", `{"flow_name":"f","params":"`+mark+`"}`))
	accepted := rig.with(t, good.Text, http.MethodPost, "/runs", params+"}", "Idempotency-Key", "k1")
	require.Equal(t, http.StatusOK, accepted.status, accepted.body)
	refused(rig.with(t, good.Text, http.MethodPost, "/runs", strings.Replace(params, "password", "other", 1)+"}", "Idempotency-Key", "k1"))
	rig.putRun(t, "broken", mark+" is not JSON")
	_, err = rig.bucket(t, "pyoco_auth").Put(t.Context(), "api_keys.brokenkey", []byte(mark))
	require.NoError(t, err)
	refused(rig.do(t, http.MethodGet, "/runs", nil, "X-API-Key", "pyoco_brokenkey."+strings.Repeat("A", 43)))
	refused(rig.with(t, good.Text, http.MethodGet, "/runs/broken", ""))
	require.Eventually(t, func() bool { return strings.Contains(logs.String(), "snapshot not readable") }, 10*time.Second, 5*time.Millisecond)

	w, err := pyoco.NewWorker(rig.nats.Connect(t), pyoco.WorkerConfig{ID: "w", Tags: []string{"x"}, Log: log, PollTimeout: 5 * time.Second})
	require.NoError(t, err)
	_, err = w.RunOnce(t.Context()) // it has no such flow
	require.NoError(t, err)
	_, err = rig.js.Publish(t.Context(), "pyoco.work.x", []byte(mark+" is no job"))
	require.NoError(t, err)
	_, err = w.RunOnce(t.Context())
	require.NoError(t, err)

	metrics := rig.with(t, admin.Text, http.MethodGet, "/metrics", "").body
	rig.nats.Stop(t)
	refused(rig.with(t, good.Text, http.MethodPost, "/runs", params+"}"))
	_, err = keys.Create(context.WithoutCancel(t.Context()), pyoco.KeySpec{Tenant: "a"})
	require.ErrorIs(t, err, pyoco.ErrUnavailable)
	errors = append(errors, err.Error())
	rig.stop()

	require.Contains(t, logs.String(), "request refused for its API key")
	require.Contains(t, logs.String(), good.ID, "the log names a key by its id")
	for line := range strings.Lines(logs.String()) {
		require.NotContains(t, line, mark)
	}
	for _, secret := range []string{mark, strings.SplitN(good.Text, ".", 2)[1], strings.SplitN(admin.Text, ".", 2)[1]} {
		require.NotContains(t, logs.String(), secret)
		require.NotContains(t, metrics, secret)
		for _, text := range errors {
			require.NotContains(t, text, secret)
		}
	}
}
