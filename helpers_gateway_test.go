// This file owns what the gateway's tests share: a NATS server with a gateway behind HTTP, and calls to it.

package pyoco_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

// gatewayRig is a gateway over HTTP with a NATS of its own.
type gatewayRig struct {
	t    testing.TB
	nats *natstest.Server
	js   jetstream.JetStream
	gw   *pyoco.Gateway
	stop func() // ends the gateway and returns when it has ended
	url  string
	http *http.Client
}

type rigConfig struct {
	gateway pyoco.GatewayConfig
	server  []natstest.Option
	connect []nats.Option
	before  func(jetstream.JetStream) // runs before the gateway starts
}

// startGateway starts everything and returns when the gateway is ready. All of it ends with the test.
func startGateway(t testing.TB, configure ...func(*rigConfig)) *gatewayRig {
	t.Helper()
	var cfg rigConfig
	for _, c := range configure {
		c(&cfg)
	}
	r := &gatewayRig{t: t, nats: natstest.Start(t, cfg.server...)}
	r.js = r.nats.JetStream(t)
	if cfg.before != nil {
		cfg.before(r.js)
	}
	if cfg.gateway.SweepPeriod == 0 {
		cfg.gateway.SweepPeriod = time.Hour // what the tests leave half done stays so
	}
	var err error
	r.gw, err = pyoco.NewGateway(r.nats.Connect(t, cfg.connect...), cfg.gateway)
	require.NoError(t, err)
	r.stop = runGateway(t, r.gw)
	server := httptest.NewServer(r.gw)
	t.Cleanup(server.Close)
	t.Cleanup(r.stop) // first: it ends the streams that the server waits for
	r.url, r.http = server.URL, server.Client()
	return r
}

// runGateway runs a gateway, waits until it is ready, and gives what ends it.
func runGateway(t testing.TB, gw *pyoco.Gateway) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() {
		ended <- gw.Run(ctx)
		close(ended)
	}()
	stop = func() {
		cancel()
		require.NoError(t, <-ended)
	}
	t.Cleanup(stop)
	ready, done := context.WithTimeout(t.Context(), 20*time.Second)
	defer done()
	require.NoError(t, gw.Ready(ready))
	return stop
}

// httpAnswer is an answer that was read to its end.
type httpAnswer struct {
	status int
	header http.Header
	body   string
}

// do makes a call, whose answer must be as openapi.yaml has it. header are pairs of name and value.
func (r *gatewayRig) do(t testing.TB, method, path string, body io.Reader, header ...string) httpAnswer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.url+path, body)
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := r.http.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	read := httpAnswer{answer.StatusCode, answer.Header, string(data)}
	described(t).hold(t, method, path, read)
	return read
}

func (r *gatewayRig) get(t testing.TB, path string) httpAnswer {
	t.Helper()
	return r.do(t, http.MethodGet, path, nil)
}

func (r *gatewayRig) post(t testing.TB, path, body string) httpAnswer {
	t.Helper()
	return r.do(t, http.MethodPost, path, strings.NewReader(body), "Content-Type", "application/json")
}

// formPart is a part of a multipart form; with file set it has a file name.
type formPart struct {
	name, value string
	file        bool
}

func (r *gatewayRig) postForm(t testing.TB, path string, parts ...formPart) httpAnswer {
	t.Helper()
	return r.postFormWith(t, path, nil, parts...)
}

// postFormWith posts a form with more headers.
func (r *gatewayRig) postFormWith(t testing.TB, path string, header []string, parts ...formPart) httpAnswer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		create := form.CreateFormField
		if p.file {
			create = func(name string) (io.Writer, error) { return form.CreateFormFile(name, "flow.yaml") }
		}
		part, err := create(p.name)
		require.NoError(t, err)
		_, err = io.WriteString(part, p.value)
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	return r.do(t, http.MethodPost, path, &body, append(header, "Content-Type", form.FormDataContentType())...)
}

// submit queues a run and gives its id.
func (r *gatewayRig) submit(t testing.TB, body string) string {
	t.Helper()
	answer := r.post(t, "/runs", body)
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	return answer.object(t)["run_id"].(string)
}

func (a httpAnswer) object(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal([]byte(a.body), &v), a.body)
	return v
}

func (a httpAnswer) list(t testing.TB) []map[string]any {
	t.Helper()
	var v []map[string]any
	require.NoError(t, json.Unmarshal([]byte(a.body), &v), a.body)
	require.NotNil(t, v, "a list, also where it is empty")
	return v
}

// requireProblem checks a refusal to the letter.
func (a httpAnswer) requireProblem(t testing.TB, status int, errID, detail string) {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	body := a.object(t)
	delete(body, "errors") // told apart where several fields are wrong
	require.Equal(t, map[string]any{
		"title": http.StatusText(status), "status": float64(status), "detail": detail,
		"err_id": errID, "msg_id": strings.Replace(errID, "ERR", "MSG", 1),
	}, body)
}

func (r *gatewayRig) bucket(t testing.TB, name string) jetstream.KeyValue {
	t.Helper()
	require.Eventually(t, r.js.Conn().IsConnected, 10*time.Second, 5*time.Millisecond) // the server may just have come back
	kv, err := r.js.KeyValue(t.Context(), name)
	require.NoError(t, err)
	return kv
}

// putRun writes a snapshot as a Python process does: whole, and without compare-and-set.
func (r *gatewayRig) putRun(t testing.TB, id, snapshot string) uint64 {
	t.Helper()
	revision, err := r.bucket(t, "pyoco_runs").Put(t.Context(), id, []byte(snapshot))
	require.NoError(t, err)
	return revision
}

func (r *gatewayRig) putWorker(t testing.TB, id, record string) {
	t.Helper()
	_, err := r.bucket(t, "pyoco_workers").Put(t.Context(), id, []byte(record))
	require.NoError(t, err)
}

// stored is a run's record as it stands in its bucket.
func (r *gatewayRig) stored(t testing.TB, id string) map[string]any {
	t.Helper()
	entry, err := r.bucket(t, "pyoco_runs").Get(t.Context(), id)
	require.NoError(t, err)
	return httpAnswer{body: string(entry.Value())}.object(t)
}

// listedRun waits until the list shows a run as it should be: what others wrote gets there by a watch.
func (r *gatewayRig) listedRun(t testing.TB, id string, is func(*pyoco.Run) bool) *pyoco.Run {
	t.Helper()
	var found *pyoco.Run
	require.Eventually(t, func() bool {
		page, err := r.gw.List(t.Context(), pyoco.ListOptions{Limit: 200})
		if err != nil {
			return false
		}
		for _, run := range page.Items {
			if run.ID == id && is(run) {
				found = run
			}
		}
		return found != nil
	}, 10*time.Second, 5*time.Millisecond)
	return found
}

func hasStatus(status pyoco.Status) func(*pyoco.Run) bool {
	return func(r *pyoco.Run) bool { return r.Status == status }
}
