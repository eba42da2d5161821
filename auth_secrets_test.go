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

// mark stands in the pepper, in params, in payloads, and in what is sent as a key; secretNumber where a number must.
const (
	mark         = "S3CR3Tmark"
	secretNumber = "90210771.25"
)

// secretRig is a gateway and a worker that log everything into one log, and what they answered when they refused.
type secretRig struct {
	*gatewayRig
	logs    *logBuffer
	log     *slog.Logger
	key     *pyoco.IssuedKey
	admin   *pyoco.IssuedKey
	refused []string
}

func startSecrets(t *testing.T) *secretRig {
	t.Helper()
	r := &secretRig{logs: &logBuffer{}}
	r.log = slog.New(slog.NewJSONHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.gatewayRig = startGateway(t, withKeys, func(c *rigConfig) {
		c.gateway.Auth.Pepper, c.gateway.Log = mark, r.log
	})
	keys := newKeys(t, r.nats, mark)
	var err error
	r.key, err = keys.Create(t.Context(), pyoco.KeySpec{Tenant: "a"})
	require.NoError(t, err)
	r.admin, err = keys.Create(t.Context(), pyoco.KeySpec{Tenant: "ops", Scopes: []string{pyoco.ScopeAdmin}})
	require.NoError(t, err)
	return r
}

// refuses keeps the answer to what must be refused.
func (r *secretRig) refuses(t *testing.T, answer httpAnswer) {
	t.Helper()
	require.GreaterOrEqual(t, answer.status, 400, answer.body)
	r.refused = append(r.refused, answer.body, fmt.Sprint(answer.header))
}

// hides requires that no secret stands in the texts, nor in the log, nor in what was refused.
func (r *secretRig) hides(t *testing.T, texts ...string) {
	t.Helper()
	secrets := []string{mark, strings.TrimSuffix(secretNumber, ".25"), strings.SplitN(r.key.Text, ".", 2)[1], strings.SplitN(r.admin.Text, ".", 2)[1]}
	for _, secret := range secrets {
		for line := range strings.Lines(r.logs.String()) {
			require.NotContains(t, line, secret)
		}
		for _, text := range append(texts, r.refused...) {
			require.NotContains(t, text, secret)
		}
	}
}

func TestNoSecretOfARequestAppearsInALogAnErrorOrAMetric(t *testing.T) {
	t.Parallel()
	r := startSecrets(t)
	for _, text := range []string{
		mark, "pyoco_" + mark, "pyoco_" + mark + "." + mark, "pyoco_" + r.key.ID + "." + mark + strings.Repeat("x", 32), r.key.Text + "." + mark,
	} {
		r.refuses(t, r.do(t, http.MethodGet, "/runs", nil, "X-API-Key", text))
		r.refuses(t, r.do(t, http.MethodGet, "/runs", nil, "Authorization", "Bearer "+text))
	}
	r.refuses(t, r.do(t, http.MethodGet, "/runs?api_key="+r.key.Text, nil))
	r.everyBody(t)
	r.putRun(t, "broken", mark+" is not JSON")
	r.putRun(t, "wrong", `{"run_id":"wrong","status":["`+mark+`"],"params":"`+mark+`","updated_at":"`+mark+`","tasks":["`+mark+`"]}`)
	r.putWorker(t, "broken", mark+" is not JSON")
	r.bury(t, "x", mark+" is no letter")
	_, err := r.bucket(t, "pyoco_auth").Put(t.Context(), "api_keys.brokenkey", []byte(mark))
	require.NoError(t, err)
	r.refuses(t, r.do(t, http.MethodGet, "/runs", nil, "X-API-Key", "pyoco_brokenkey."+strings.Repeat("A", 43)))
	r.refuses(t, r.with(t, r.key.Text, http.MethodGet, "/runs/broken", ""))
	require.Eventually(t, func() bool { return strings.Contains(r.logs.String(), "snapshot not readable") }, 10*time.Second, 5*time.Millisecond)

	metrics := r.with(t, r.admin.Text, http.MethodGet, "/metrics", "").body
	r.nats.Stop(t)
	r.refuses(t, r.with(t, r.key.Text, http.MethodPost, "/runs", `{"flow_name":"f","params":{"x":"`+mark+`"}}`))
	_, err = newKeysOn(t, r.js.Conn()).Create(context.WithoutCancel(t.Context()), pyoco.KeySpec{Tenant: "a"})
	require.ErrorIs(t, err, pyoco.ErrUnavailable)
	r.stop()
	require.Contains(t, r.logs.String(), "request refused for its API key")
	require.Contains(t, r.logs.String(), r.key.ID, "the log names a key by its id")
	require.Contains(t, r.logs.String(), `"level":"DEBUG","msg":"request"`)
	r.hides(t, metrics, err.Error())
}

// everyBody sends each route whose body counts what it takes and what it refuses, with secrets in it.
func (r *secretRig) everyBody(t *testing.T) {
	t.Helper()
	const params = `{"flow_name":"f","tag":"x","params":{"password":"` + mark + `","pin":` + secretNumber + `}`
	for _, body := range []string{
		params, params + `,"tags":7}`, params + `,"params":["` + mark + `"]}`, params + `,"flow_name":7}`, params + "} " + mark, params + `,"x":"\q` + mark + `"}`,
		`{"flow_name":"f","params":"` + mark + `"}`, `{"flow_name":"f","params":` + secretNumber + `}`, `"` + mark + `"`, secretNumber, mark,
		`{"flow_name":"f","params":{"` + mark + `":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}}`,
		`{"flow_name":"f","params":{"x":"` + strings.Repeat(mark, 30_000) + `"}}`, `{"flow_name":"f","params":{"x":"` + mark + "\xff\"}}",
	} {
		r.refuses(t, r.with(t, r.key.Text, http.MethodPost, "/runs", body))
	}
	require.Equal(t, http.StatusOK, r.with(t, r.key.Text, http.MethodPost, "/runs", params+"}", "Idempotency-Key", "k1").status)
	r.refuses(t, r.with(t, r.key.Text, http.MethodPost, "/runs", strings.Replace(params, "password", "other", 1)+"}", "Idempotency-Key", "k1"))
	for _, hidden := range []string{`"` + mark + `"`, secretNumber, "{}", mark} {
		r.refuses(t, r.with(t, r.key.Text, http.MethodPatch, "/workers/w", `{"hidden":`+hidden+`}`))
	}
	key := []string{"X-API-Key", r.key.Text}
	flow := func(defaults string) formPart {
		return formPart{"workflow", "version: 1\nflow: {graph: a, defaults: {x: " + defaults + "}}\ntasks: {a: {}}\n", true}
	}
	name := formPart{"flow_name", "f", false}
	for _, parts := range [][]formPart{
		{flow(mark)}, {flow("[" + mark), name}, {flow("\"" + mark), name}, {flow("!!int " + mark), name}, {flow("!!float \"" + mark + "\""), name},
		{flow("{<<: " + mark + "}"), name}, {flow("{? [" + mark + "] : 1}"), name}, {flow("2001-01-01, y: " + mark), name},
		{formPart{"workflow", "version: 1\nflow: {graph: a, defaults: " + mark + "}\ntasks: {a: {}}\n", true}, name},
		{flow("1"), name, formPart{"params", mark, false}}, {flow("1"), name, formPart{"params", `["` + mark + `"]`, false}},
		{flow("1"), name, formPart{"params", `{"x":"` + mark + "\xff\"}", false}}, {flow("1"), name, formPart{"params", `{"x":"` + mark + `"}`, true}},
	} {
		r.refuses(t, r.postFormWith(t, "/runs/yaml", key, parts...))
	}
	const cut = "--b\r\nContent-Disposition: form-data; name=\"workflow\"; filename=\"f\"\r\n\r\n" + mark
	for _, body := range []string{cut, cut + "\r\n--b" + mark, "--b\r\n" + mark + "\r\n\r\n", cut + "\r\n--b\r\n" + mark + ": \r\n" + mark + "\r\n--b--"} {
		r.refuses(t, r.do(t, http.MethodPost, "/runs/yaml", strings.NewReader(body), append(key, "Content-Type", "multipart/form-data; boundary=b")...))
	}
}
