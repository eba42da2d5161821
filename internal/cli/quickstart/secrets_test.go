// This file owns the test that the programs write no secret anywhere: each is run with marked ones, at its most talkative.

package quickstart_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/admin"
	"github.com/pyoco/pyoco/internal/cli/client"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	pyocoserver "github.com/pyoco/pyoco/internal/cli/server"
	"github.com/pyoco/pyoco/internal/cli/worker"
	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
)

// The secrets, each with a mark of its own.
const (
	markPassword = "S3CR3Tpassword"
	markPepper   = "S3CR3Tpepper"
	markParam    = "S3CR3Tparam"
	markKey      = "pyoco_abcdefgh.S3CR3Tkey0123456789"
)

func keepIn(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestNoProgramWritesASecret(t *testing.T) {
	t.Parallel()
	nats := natstest.Start(t, func(c *natsd.Config) {
		c.Options = &server.Options{Host: "127.0.0.1", Username: "system", Password: markPassword}
	})
	settings := []string{
		"PYOCO_NATS_URL", nats.URL(), "PYOCO_NATS_USER", "system", "PYOCO_NATS_PASSWORD_FILE", keepIn(t, "password", markPassword+"\n"),
		"PYOCO_AUTH_PEPPER_FILE", keepIn(t, "pepper", markPepper+"\n"), "PYOCO_HTTP_AUTH_MODE", "api_key", "PYOCO_LOG_LEVEL", "DEBUG",
	}
	refused := []string{"PYOCO_NATS_URL", nats.URL(), "PYOCO_NATS_USER", "system", "PYOCO_NATS_PASSWORD", markPassword + "x", "PYOCO_AUTH_PEPPER", markPepper}
	stranger := clitest.Start(t, worker.Main, refused, "--tags", "x")
	gateway := clitest.Start(t, pyocoserver.Main, settings, "up", "--port", "0", "--log-level", "trace")
	gateway.Out.Wait(t, "gateway is ready")
	url := regexp.MustCompile(`gateway listens on (http://[^;, ]*)`).FindStringSubmatch(gateway.Out.String())[1]
	written := []string{} // by programs that have ended
	runs := func(program string, env []string, args ...string) (code int, out string) {
		main := client.Main
		if program == "admin" {
			main = admin.Main
		}
		code, out, errs := clitest.Run(t, main, env, args...)
		written = append(written, errs)
		if code != 0 {
			written = append(written, out)
		}
		return code, out
	}
	code, out := runs("admin", settings, "api-key", "create", "--tenant", "a", "--scopes", "admin")
	require.Zero(t, code, written)
	var made struct {
		Text string `json:"api_key"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &made))
	_, secret, _ := strings.Cut(made.Text, ".")
	key := []string{"PYOCO_API_KEY_FILE", keepIn(t, "key", made.Text+"\n")}
	call := func(args ...string) []string { return append([]string{"--server", url}, args...) }

	served := clitest.Start(t, worker.Main, append(settings, "PYOCO_LOG_FORMAT", "text"), "--tags", "x")
	served.Out.Wait(t, "worker started")
	params := keepIn(t, "params.json", `{"password":"`+markParam+`"}`)
	code, out = runs("client", key, call("submit", "--tag", "x", "--params-file", params, "--param", "pin="+markParam)...)
	require.Zero(t, code, written)
	var run struct {
		ID string `json:"run_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &run))
	code, _ = runs("client", key, call("watch", run.ID, "--until-terminal", "--output", "status")...)
	require.Zero(t, code, written)
	flow := keepIn(t, "flow.yaml", "version: 1\nflow: {graph: 'a[\"$ctx.params.x\"]', defaults: {x: "+markParam+"}}\ntasks: {a: {callable: \"pyoco_server._workflow_test_tasks:to_text\"}}\n")
	code, _ = runs("client", key, call("submit-yaml", "--workflow-file", flow, "--flow-name", "main", "--tag", "x")...)
	require.Zero(t, code, written)
	served.Out.Wait(t, "must be a whole number")
	for _, bad := range [][]string{
		{"submit", "--params", `{"x":"` + markParam}, {"submit", "--params", `"` + markParam + `"`}, {"submit", "--params-file", keepIn(t, "p", markParam)},
		{"submit", "--param", markParam}, {"submit", "--flow-name", "", "--param", "x=" + markParam}, {"get", "nosuch"},
	} {
		code, _ = runs("client", key, call(bad...)...)
		require.NotZero(t, code, bad)
	}
	code, _ = runs("client", []string{"PYOCO_API_KEY", markKey}, call("list")...)
	require.NotZero(t, code)
	code, _ = runs("client", nil, call("--api-key", markKey, "list")...)
	require.NotZero(t, code)
	code, _ = runs("client", []string{"PYOCO_API_KEY", markKey}, "--server", "http://127.0.0.1:1", "list")
	require.NotZero(t, code)
	stranger.Out.Wait(t, "will keep trying")
	code, _ = runs("admin", []string{"PYOCO_NATS_URL", "nats://system:" + markPassword + "x@127.0.0.1:1"}, "api-key", "list")
	require.NotZero(t, code)
	embedded := clitest.Start(t, worker.Main, nil, "--tags", "y", "--nats-url", strings.Replace(nats.URL(), "://", "://system:"+markPassword+"@", 1))
	embedded.Out.Wait(t, "worker started")
	nats.Stop(t)
	served.Out.Wait(t, "NATS connection lost")

	for _, p := range []*clitest.Program{gateway, served, stranger, embedded} {
		p.Signal(os.Interrupt)
		<-p.Code
		written = append(written, p.Out.String(), p.Err.String())
	}
	require.Contains(t, strings.Join(written, ""), `"message":"request"`, "they were talkative")
	for _, text := range written {
		for _, mark := range []string{"S3CR3T", secret} {
			for line := range strings.Lines(text) {
				require.NotContains(t, line, mark)
			}
		}
	}
}
