// This file owns the tests of the command: what it prints, and with which exit code it ends.

package admin_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/cli/admin"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type key struct {
	ID        string   `json:"key_id"`
	Tenant    string   `json:"tenant_id"`
	Text      string   `json:"api_key"`
	CreatedAt float64  `json:"created_at"`
	RevokedAt *float64 `json:"revoked_at"`
	Scopes    []string `json:"scopes"`
	ExpiresAt float64  `json:"expires_at"`
}

func run(t *testing.T, url string, args ...string) (code int, out, errs string) {
	t.Helper()
	return clitest.Run(t, admin.Main, []string{"PYOCO_NATS_URL", url}, args...)
}

// prints runs a command that succeeds and decodes its one line.
func prints[T any](t *testing.T, url string, args ...string) (v T, line string) {
	t.Helper()
	code, out, errs := run(t, url, args...)
	require.Zero(t, code, errs)
	require.Empty(t, errs)
	require.Equal(t, 1, strings.Count(out, "\n"))
	require.NoError(t, json.Unmarshal([]byte(out), &v), out)
	return v, out
}

func TestTheLifeOfAKey(t *testing.T) {
	t.Parallel()
	url := natstest.Start(t).URL()
	_, line := prints[[]key](t, url, "api-key", "list")
	require.Equal(t, "[]\n", line)
	_, out, _ := run(t, url, "api-key", "list", "--output", "table")
	require.Equal(t, "(no items)\n", out)

	made, line := prints[key](t, url, "api-key", "create", "--tenant", "demo")
	require.Regexp(t, regexp.MustCompile(`^\{"key_id": "[0-9a-f]{24}", "tenant_id": "demo", "api_key": "pyoco_[0-9a-f]{24}\.[\w-]{43}", "created_at": [\d.]+\}\n$`), line)
	limited, _ := prints[key](t, url, "api-key", "create", "--tenant", "demo", "--scopes", "runs:read,workers:read", "--expires", "90d", "--name", "board")
	require.Equal(t, []string{"runs:read", "workers:read"}, limited.Scopes)
	require.InDelta(t, limited.CreatedAt+90*24*3600, limited.ExpiresAt, 1)

	list, line := prints[[]key](t, url, "api-key", "list")
	require.Equal(t, []string{limited.ID, made.ID}, []string{list[0].ID, list[1].ID})
	require.Contains(t, line, `"revoked_at": null`)
	require.NotContains(t, line, "api_key")

	rotated, _ := prints[key](t, url, "api-key", "rotate", "--key-id", limited.ID)
	require.Equal(t, limited.ID, rotated.ID)
	require.NotEqual(t, limited.Text, rotated.Text)

	revoked, line := prints[key](t, url, "api-key", "revoke", "--key-id", made.ID)
	require.NotNil(t, revoked.RevokedAt)
	require.Regexp(t, `^\{"key_id": "`+made.ID+`", "revoked_at": [\d.]+\}\n$`, line)
	_, out, _ = run(t, url, "api-key", "list", "--output", "table")
	require.Regexp(t, `^key_id +tenant_id +name +scopes +created_at +expires_at +revoked_at *\n`+limited.ID+` +demo +board +runs:read,workers:read `, out)
}

func TestAKeyThatIsNotThereIsToldOnStdoutWithExitCodeTwo(t *testing.T) {
	t.Parallel()
	url := natstest.Start(t).URL()
	for _, command := range []string{"revoke", "rotate"} {
		code, out, errs := run(t, url, "api-key", command, "--key-id", "nosuchkey")
		require.Equal(t, 2, code)
		require.Equal(t, `{"error": "not_found", "key_id": "nosuchkey"}`+"\n", out)
		require.Empty(t, errs)
	}
}

func TestABadCommandLineIsExitCodeTwoAndSaysWhatIsRight(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"a command is required":                {},
		`required flag(s) "tenant" not set`:    {"api-key", "create"},
		"must be like 90d or 12h":              {"api-key", "create", "--tenant", "a", "--expires", "0d"},
		"at most 36500d":                       {"api-key", "create", "--tenant", "a", "--expires", "1e300d"},
		`unknown command "delete"`:             {"api-key", "delete"},
		"must be one of json, table":           {"api-key", "list", "--output", "xml"},
		`required flag(s) "key-id" not set`:    {"api-key", "revoke"},
		`tenant: must be 1 to 64 of`:           {"api-key", "create", "--tenant", "a.b"},
		`scopes: must be of runs:read, runs:w`: {"api-key", "create", "--tenant", "a", "--scopes", "everything"},
	} {
		code, out, errs := run(t, "nats://127.0.0.1:1", args...)
		require.Equal(t, 2, code, args)
		require.Empty(t, out)
		require.Contains(t, errs, want)
		require.Contains(t, errs, "ERR-PYOCO-0018: bad command line")
		require.Contains(t, errs, "- hint: pyoco-server-admin api-key ")
	}
}

func TestNoKeyIsMadeWithAPepperThatCannotBeRead(t *testing.T) {
	t.Parallel()
	url := natstest.Start(t).URL()
	code, out, errs := clitest.Run(t, admin.Main, []string{"PYOCO_NATS_URL", url, "PYOCO_AUTH_PEPPER_FILE", "/nosuch/pepper"},
		"api-key", "create", "--tenant", "a")
	require.Equal(t, 2, code)
	require.Empty(t, out)
	require.Contains(t, errs, "ERR-PYOCO-0018: bad command line\n- reason: PYOCO_AUTH_PEPPER_FILE: the secret can't be used: stat /nosuch/pepper: ")
	_, line := prints[[]key](t, url, "api-key", "list")
	require.Equal(t, "[]\n", line)
}

func TestNATSThatIsAwayIsExitCodeOne(t *testing.T) {
	t.Parallel()
	code, out, errs := run(t, "nats://127.0.0.1:1", "api-key", "create", "--tenant", "a")
	require.Equal(t, 1, code)
	require.Empty(t, out)
	require.Contains(t, errs, "ERR-PYOCO-0003: NATS is not available")
}
