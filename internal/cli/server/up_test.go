// This file owns the tests of a server that runs: what it serves, what it says, and how it ends.

package server_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

// url is where a started gateway listens.
func url(t *testing.T, p *clitest.Program) string {
	t.Helper()
	p.Out.Wait(t, "gateway listens on http")
	return regexp.MustCompile(`gateway listens on (http://[^;, ]*)`).FindStringSubmatch(p.Out.String())[1]
}

// get reads an answer, on a connection of its own.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(url)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(body)
}

// complete submits a run of the flow main and waits for its end.
func complete(t *testing.T, url, tag string) {
	t.Helper()
	client, err := pyoco.NewClient(url, pyoco.ClientConfig{})
	require.NoError(t, err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), clitest.Patience)
	defer cancel()
	submitted, err := client.Submit(ctx, pyoco.Submission{Flow: "main", Tag: tag})
	require.NoError(t, err)
	run, err := client.Wait(ctx, submitted.ID)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
}

func TestAServerServesUntilASignalComes(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	for _, test := range []struct {
		signal os.Signal
		code   int
		args   []string // the server is named by a flag, or by the environment
		env    []string
		lines  bool // one for each request
	}{
		{os.Interrupt, 130, []string{"up", "--nats-url", server.URL()}, []string{"PYOCO_NATS_URL", "nats://127.0.0.1:1"}, false},
		{syscall.SIGTERM, 0, []string{"--log-level", "debug"}, []string{"PYOCO_NATS_URL", server.URL()}, true},
		{syscall.SIGTERM, 0, []string{"--log-level", "trace", "--host", "0.0.0.0"}, []string{"PYOCO_NATS_URL", server.URL(), "PYOCO_LOG_LEVEL", "ERROR"}, true},
	} {
		p := start(t, test.env, append(test.args, "--port", "0")...)
		if test.env[len(test.env)-1] == "ERROR" {
			p.Signal(test.signal)
			require.Equal(t, test.code, <-p.Code)
			require.NotContains(t, p.Out.String(), `"level":"INFO"`)
			continue
		}
		p.Out.Wait(t, "gateway is ready")
		status, body := get(t, url(t, p)+"/ready")
		require.Equal(t, 200, status, body)
		p.Signal(test.signal)
		require.Equal(t, test.code, <-p.Code)
		require.Empty(t, p.Err.String())
		require.Equal(t, test.lines, strings.Contains(p.Out.String(), `"route":"/ready"`))
		require.Contains(t, p.Out.String(), `"message":"stopping: `)
		require.Equal(t, strings.Count(p.Out.String(), "\n"), strings.Count(p.Out.String(), `"service":"pyoco-server:http"`), p.Out.String())
	}
}

func TestAServerWithEverythingRunsFlows(t *testing.T) {
	t.Chdir(t.TempDir())
	p := start(t, []string{"PYOCO_NATS_URL", "nats://127.0.0.1:1"}, "up", "--port", "0", "--host", "localhost", "--with-nats-bootstrap", "--nats-client-port", "0",
		"--nats-http-port", "0", "--with-worker", "--worker-tags", "hello,b", "--worker-id", "w1", "--worker-poll-timeout", "0.5",
		"--worker-flow-resolver", "examples/hello_flow.py:resolve_flow")
	p.Out.Wait(t, "gateway is ready")
	complete(t, url(t, p), "hello")
	complete(t, url(t, p), "b")
	_, workers := get(t, url(t, p)+"/workers")
	require.Contains(t, workers, `"worker_id":"w1"`)
	out := p.Out.String()
	monitor := regexp.MustCompile(`"monitor":"(http[^"]*)"`).FindStringSubmatch(out)[1]
	status, _ := get(t, monitor+"/healthz")
	require.Equal(t, 200, status)
	p.Signal(os.Interrupt)
	require.Equal(t, 130, <-p.Code)
	out = p.Out.String()
	for _, text := range []string{
		"PYOCO_NATS_URL is not used: --with-nats-bootstrap starts a NATS server", "--worker-flow-resolver has no effect: ",
		"its data is in ./nats-bootstrap-data", "worker w1 serves hello, b; Ctrl-C ends it", `"service":"pyoco-server:worker"`,
	} {
		require.Contains(t, out, text)
	}
	require.NotContains(t, out, "NATS connection lost", "NATS ends after those who use it")
	require.NotContains(t, out, "pyoco-server:nats", "its notices are for debugging")
	require.DirExists(t, "nats-bootstrap-data")

	p = start(t, []string{"PYOCO_LOG_LEVEL", "DEBUG"}, "--port", "0", "--with-nats-bootstrap", "--nats-client-port", "0", "--nats-http-port", "0")
	p.Out.Wait(t, "gateway is ready")
	_, runs := get(t, url(t, p)+"/runs?status=COMPLETED")
	require.Equal(t, 2, strings.Count(runs, `"run_id"`), "what was stored is there again")
	require.Contains(t, p.Out.String(), `"service":"pyoco-server:nats"`)
}

func TestAServerWaitsForNATSAndSaysSo(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	server.Stop(t)
	p := start(t, []string{"PYOCO_LOG_FORMAT", "text"}, "--port", "0", "--nats-url", server.URL(), "--with-worker", "--worker-id", "w1",
		"--nats-http-port", "1")
	p.Out.Wait(t, "NATS is not available, will keep trying: ")
	require.Contains(t, p.Out.String(), "--nats-http-port has no effect without --with-nats-bootstrap")
	status, body := get(t, url(t, p)+"/ready")
	require.Equal(t, 503, status, body)
	server.Start(t)
	p.Out.Wait(t, "gateway is ready")
	p.Out.Wait(t, "worker started")
	complete(t, url(t, p), "default")
	require.Equal(t, 2, strings.Count(p.Out.String(), "NATS is not available"), "the gateway's line and the worker's")
	require.Equal(t, 2, strings.Count(p.Out.String(), "NATS is back"))

	server.Stop(t)
	p.Out.Wait(t, "NATS connection lost")
	server.Start(t)
	p.Out.Wait(t, "NATS connection is back")
	complete(t, url(t, p), "default")
	require.NotContains(t, p.Out.String(), "goroutine")
}

func TestFlagsWithoutEffectAreNamed(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--port", "0", "--nats-url", "nats://127.0.0.1:1", "--worker-tags", "a", "--worker-id", "w", "--worker-poll-timeout", "2",
		"--worker-flow-resolver", "nonsense", "--nats-listen-host", "h", "--nats-client-port", "1")
	url(t, p)
	for _, flag := range []string{"worker-tags", "worker-id", "worker-poll-timeout", "worker-flow-resolver"} {
		require.Contains(t, p.Out.String(), "--"+flag+" has no effect without --with-worker")
	}
	for _, flag := range []string{"nats-listen-host", "nats-client-port"} {
		require.Contains(t, p.Out.String(), "--"+flag+" has no effect without --with-nats-bootstrap")
	}
	began := time.Now()
	p.Signal(syscall.SIGTERM)
	require.Zero(t, <-p.Code)
	require.Less(t, time.Since(began), 10*time.Second, "also where NATS was never there")
}
