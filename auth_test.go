// This file owns the tests of keys as they are kept: their text, their records, and those of the Python tools.

package pyoco

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGoldenRecordsCheckTheirKeys(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"testdata/keys/python-0.5.1.json", // made by pyoco_server.auth.generate_api_key
		"testdata/keys/ours.json",         // made by setSecret; internal/dropin shows them to the Python code
	} {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var golden []struct {
			Text   string          `json:"api_key"`
			Pepper string          `json:"pepper"`
			Record json.RawMessage `json:"record"`
		}
		require.NoError(t, json.Unmarshal(data, &golden))
		require.Len(t, golden, 3)
		for _, g := range golden {
			id, secret, ok := parseKey(g.Text)
			require.True(t, ok)
			record, err := decodeKey(id, g.Record)
			require.NoError(t, err)
			require.True(t, record.matches(secret, g.Pepper))
			require.False(t, record.matches(secret, g.Pepper+"x"))
			require.False(t, record.matches(secret[1:]+"A", g.Pepper))
			again, err := record.encode()
			require.NoError(t, err)
			require.JSONEq(t, string(g.Record), string(again), "nothing is added to what was written")
		}
	}
}

func TestAKeyIsMadeOfTwentyFourHexDigitsAndThirtyTwoBytes(t *testing.T) {
	t.Parallel()
	record := &keyRecord{ID: newKeyID(), TenantID: "demo"}
	text, err := record.setSecret("pepper")
	require.NoError(t, err)
	require.Regexp(t, regexp.MustCompile(`^pyoco_[0-9a-f]{24}\.[A-Za-z0-9_-]{43}$`), text)
	require.Len(t, unbase64(record.Salt), 16)
	require.Len(t, unbase64(record.Hash), 32)
	id, secret, ok := parseKey(text)
	require.True(t, ok)
	require.Equal(t, record.ID, id)
	require.True(t, record.matches(secret, "pepper"))
	data, err := record.encode()
	require.NoError(t, err)
	require.NotContains(t, string(data), secret)
}

func TestARecordThatCouldAllowMoreThanWasMeantIsNone(t *testing.T) {
	t.Parallel()
	whole := map[string]any{
		"key_id": "abcdefgh", "tenant_id": "t", "kdf": keyKDF, "iterations": 1, "salt_b64": "AAAA",
		"hash_b64": strings.Repeat("A", 43), "created_at": 1.5, "unknown": map[string]any{"a": 1.0},
	}
	for field, value := range map[string]any{
		"none": nil, "key_id": "abcdefgi", "tenant_id": "a.b", "kdf": "md5", "iterations": maxIterations + 1, "salt_b64": "", "hash_b64": "AAAA",
		"scopes": "runs:read", "expires_at": "soon", "revoked_at": true,
	} {
		changed := map[string]any{}
		for name, v := range whole {
			changed[name] = v
		}
		changed[field] = value
		data, err := json.Marshal(changed)
		require.NoError(t, err)
		record, err := decodeKey("abcdefgh", data)
		if field == "none" {
			require.NoError(t, err)
			again, err := record.encode()
			require.NoError(t, err)
			require.Contains(t, string(again), `"unknown":{"a":1}`, "what others wrote is kept")
			continue
		}
		require.Error(t, err, field)
	}
}

func FuzzKey(f *testing.F) {
	for _, seed := range []string{
		"pyoco_abcdefgh.0123456789abcdef", "pyoco_abcdefgh.short", "pyoco_.0123456789abcdef", "pyoco_abcdefgh.0123456789abcdef.x",
		"Bearer pyoco_abcdefgh.0123456789abcdef", "pyoco_abc.defgh.0123456789abcdef", "pyoco_abcdefgh\n.0123456789abcdef", "pyoco_", "",
	} {
		f.Add(seed)
	}
	valid := regexp.MustCompile(`\Apyoco_[A-Za-z0-9_-]{8,64}\.[A-Za-z0-9_-]{16,256}\z`)
	f.Fuzz(func(t *testing.T, text string) {
		id, secret, ok := parseKey(text)
		if ok != valid.MatchString(text) {
			t.Fatalf("%q is taken: %t", text, ok)
		}
		if ok && keyPrefix+id+"."+secret != text {
			t.Fatalf("%q was taken apart into %q and %q", text, id, secret)
		}
	})
}

func FuzzKeyRecord(f *testing.F) {
	f.Add([]byte(`{"key_id":"abcdefgh","tenant_id":"t","salt_b64":"AAAA","hash_b64":"AAAA","revoked_at":null}`))
	f.Add([]byte(`{"key_id":"abcdefgh","tenant_id":"t","scopes":["admin"],"expires_at":NaN}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		record, err := decodeKey("abcdefgh", data)
		if err != nil {
			return
		}
		again, err := record.encode()
		if err != nil {
			t.Fatal(err)
		}
		second, err := decodeKey("abcdefgh", again)
		if err != nil || (second.RevokedAt == nil) != (record.RevokedAt == nil) || second.ExpiresAt != record.ExpiresAt || len(second.Scopes) != len(record.Scopes) {
			t.Fatalf("%s became %s: %v", data, again, err)
		}
	})
}
