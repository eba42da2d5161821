// This file owns the tests of keys beside the Python tools: each side's admin and gateway with the keys of the other.

package dropin_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/admin"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

// verify lets the Python code check a key against its record, and with another pepper.
func verify(t *testing.T, key, pepper string, record []byte) {
	t.Helper()
	var known pyoco.APIKey
	require.NoError(t, json.Unmarshal(record, &known))
	right := "True"
	if known.RevokedAt != 0 {
		right = "False"
	}
	const program = "import sys, pyoco_server.auth as a\n" +
		"r = a.ApiKeyRecord.from_json_bytes(sys.stdin.buffer.read())\n" +
		"print(a.verify_api_key(sys.argv[1], record=r, pepper=sys.argv[2]))"
	for pepper, want := range map[string]string{pepper: right, pepper + "x": "False"} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(clitest.Python(t), "python3"), "-c", program, key, pepper)
		cmd.Stdin = bytes.NewReader(record)
		out, err := cmd.Output()
		require.NoError(t, err)
		require.Equal(t, want, strings.TrimSpace(string(out)))
	}
}

func TestThePythonCodeTakesTheKeysThatWeHaveWritten(t *testing.T) {
	t.Parallel()
	clitest.Python(t)
	data, err := os.ReadFile("../../testdata/keys/ours.json")
	require.NoError(t, err)
	var golden []struct {
		Text   string          `json:"api_key"`
		Pepper string          `json:"pepper"`
		Record json.RawMessage `json:"record"`
	}
	require.NoError(t, json.Unmarshal(data, &golden))
	require.Len(t, golden, 3)
	for _, g := range golden {
		verify(t, g.Text, g.Pepper, g.Record)
	}
}

// status is what a gateway answers to a call with a key for a run that is not there.
func status(t *testing.T, url, key string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/runs/nosuch", nil)
	require.NoError(t, err)
	request.Header.Set("X-API-Key", key)
	answer, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return answer.StatusCode
}

func TestEachGatewayTakesTheKeysOfTheOthersAdmin(t *testing.T) {
	t.Parallel()
	bin := clitest.Python(t)
	nats := natstest.Start(t)
	const pepper = "$2b$x"
	theirs := startGatewayOf(t, nats, "PYOCO_HTTP_AUTH_MODE=api_key", "PYOCO_AUTH_PEPPER="+pepper)
	gateway, err := pyoco.NewGateway(nats.Connect(t), pyoco.GatewayConfig{Auth: pyoco.AuthConfig{Mode: pyoco.AuthAPIKey, Pepper: pepper}})
	require.NoError(t, err)
	web := httptest.NewServer(gateway)
	t.Cleanup(web.Close)
	run(t, gateway.Run)
	require.NoError(t, gateway.Ready(t.Context()))

	settings := []string{"PYOCO_NATS_URL", nats.URL(), "PYOCO_AUTH_PEPPER", pepper}
	code, ours, errs := clitest.Run(t, admin.Main, settings, "api-key", "create", "--tenant", "demo")
	require.Zero(t, code, errs)
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "python3"), "-m", "pyoco_server.admin_cli", "api-key", "create", "--tenant", "demo")
	cmd.Env, cmd.Dir = append(environment(nats.URL()), "PYOCO_AUTH_PEPPER="+pepper), t.TempDir()
	python, err := cmd.Output()
	require.NoError(t, err)
	for _, out := range []string{ours, string(python)} {
		var made struct {
			ID   string `json:"key_id"`
			Text string `json:"api_key"`
		}
		require.NoError(t, json.Unmarshal([]byte(out), &made), out)
		for _, url := range []string{web.URL, theirs} {
			require.Equal(t, http.StatusNotFound, status(t, url, made.Text), url)
			require.Equal(t, http.StatusForbidden, status(t, url, made.Text+"x"), url)
		}
		code, _, errs := clitest.Run(t, admin.Main, settings, "api-key", "revoke", "--key-id", made.ID)
		require.Zero(t, code, errs)
		for _, url := range []string{web.URL, theirs} {
			require.Eventually(t, func() bool { return status(t, url, made.Text) == http.StatusForbidden }, 30*time.Second, 20*time.Millisecond, url)
		}
	}
}

func TestThePythonToolsTakeOurKeys(t *testing.T) {
	t.Parallel()
	bin := clitest.Python(t)
	nats := natstest.Start(t)
	keys, err := pyoco.NewKeys(nats.Connect(t), pyoco.KeysConfig{Pepper: "$2b$x"})
	require.NoError(t, err)
	key, err := keys.Create(t.Context(), pyoco.KeySpec{Tenant: "demo", Scopes: []string{pyoco.ScopeRunsRead}})
	require.NoError(t, err)
	entry, err := nats.JetStream(t).KeyValue(t.Context(), "pyoco_auth")
	require.NoError(t, err)
	record, err := entry.Get(t.Context(), "api_keys."+key.ID)
	require.NoError(t, err)

	verify(t, key.Text, "$2b$x", record.Value())
	admin := func(args ...string) []byte {
		var out, errs bytes.Buffer
		for range 10 { // nats.py's list of keys now and then misses all of them on a machine with much to do
			out.Reset()
			errs.Reset()
			cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "python3"), append([]string{"-m", "pyoco_server.admin_cli"}, args...)...)
			cmd.Env = environment(nats.URL())
			cmd.Dir = t.TempDir()
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err = cmd.Run(); !strings.Contains(errs.String(), "NoKeysError") {
				break
			}
		}
		require.NoError(t, err, "%v: %s", args, errs.String())
		return out.Bytes()
	}
	var list []pyoco.APIKey
	require.NoError(t, json.Unmarshal(admin("api-key", "list"), &list))
	require.Equal(t, key.ID, list[0].ID)
	admin("api-key", "revoke", "--key-id", key.ID)
	ours, err := keys.List(t.Context())
	require.NoError(t, err)
	require.NotZero(t, ours[0].RevokedAt)
}
