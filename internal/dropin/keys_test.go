// This file owns the tests of keys beside the Python tools: each side's admin and gateway with the keys of the other.

package dropin_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

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

	const verify = "import sys, pyoco_server.auth as a\n" +
		"r = a.ApiKeyRecord.from_json_bytes(sys.stdin.buffer.read())\n" +
		"print(a.verify_api_key(sys.argv[1], record=r, pepper=sys.argv[2]))"
	for pepper, want := range map[string]string{"$2b$x": "True", "other": "False"} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "python3"), "-c", verify, key.Text, pepper)
		cmd.Stdin = strings.NewReader(string(record.Value()))
		out, err := cmd.Output()
		require.NoError(t, err)
		require.Equal(t, want, strings.TrimSpace(string(out)))
	}

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
