// This file owns the tests of secrets that are kept in files: what of a file is the secret, and that none is ever taken for
// an empty one.

package env

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli"
)

// secrets are the variables that may be kept in files, and what each sets.
var secrets = map[string]func(Settings) (string, error){
	"PYOCO_AUTH_PEPPER":   func(s Settings) (string, error) { return s.Gateway.Auth.Pepper, s.NoPepper },
	"PYOCO_NATS_USER":     func(s Settings) (string, error) { return s.NATS.User, s.NATS.Err },
	"PYOCO_NATS_PASSWORD": func(s Settings) (string, error) { return s.NATS.Password, s.NATS.Err },
	"PYOCO_NATS_TOKEN":    func(s Settings) (string, error) { return s.NATS.Token, s.NATS.Err },
}

// keyFrom reads the client's key from an environment of pairs.
func keyFrom(pairs ...string) (string, error) {
	values := map[string]string{"PYOCO_LOAD_DOTENV": "0"}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return APIKey(func(name string) (string, bool) { return values[name], true })
}

func TestASecretIsTheOneLineOfItsFile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"s3cret": "s3cret", "s3cret\n": "s3cret", "s3cret\r\n": "s3cret", " s3 cret ": " s3 cret ", "$2b$10$abc # x\n": "$2b$10$abc # x", "秘密\n": "秘密",
		strings.Repeat("x", maxSecretBytes-1) + "\n": strings.Repeat("x", maxSecretBytes-1),
	} {
		file := put(t, "secret", text)
		for name, of := range secrets {
			got, err := of(read(t, name+"_FILE", file))
			require.NoError(t, err)
			require.Equal(t, want, got, name)
			got, err = of(read(t, name, want, name+"_FILE", ""))
			require.NoError(t, err)
			require.Equal(t, want, got, name)
		}
		got, err := keyFrom("PYOCO_API_KEY_FILE", file)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for name := range secrets {
		for _, v := range variables() {
			require.Equal(t, secrets[v.name] != nil, v.unread != nil, v.name)
		}
		require.Empty(t, read(t, name+"_FILE", put(t, "secret", "x")).Warnings)
	}
}

func TestASecretThatCannotBeReadIsAnErrorAndNeverEmpty(t *testing.T) {
	t.Parallel()
	missing, folder, fine := filepath.Join(t.TempDir(), "missing"), t.TempDir(), put(t, "secret", "s3cret")
	empty, blank, lines := put(t, "secret", ""), put(t, "secret", " \r\n"), put(t, "secret", "s3cret\nmore\n")
	large := put(t, "secret", strings.Repeat("s3cret", maxSecretBytes))
	for file, want := range map[string]string{
		missing: "stat " + missing, folder: folder + ": it is not a file", empty: empty + " is empty", blank: blank + " is empty",
		lines: lines + " must hold one line of text", large: "it has more than 65536 bytes",
		put(t, "secret", "s3cret\x00"): "must hold one line of text", put(t, "secret", "s3cret\xff"): "must hold one line of text",
		put(t, "secret", "s3cret\n\n"): "must hold one line of text",
	} {
		for name, of := range secrets {
			got, err := of(read(t, name+"_FILE", file))
			require.ErrorContains(t, err, name+"_FILE: the secret can't be used: ")
			require.ErrorContains(t, err, want)
			require.NotContains(t, err.Error(), "s3cret")
			require.Empty(t, got)
		}
		got, err := keyFrom("PYOCO_API_KEY_FILE", file)
		require.ErrorContains(t, err, want)
		require.Empty(t, got)
	}
	for name, of := range secrets {
		_, err := of(read(t, name, "x", name+"_FILE", fine))
		require.EqualError(t, err, name+" and "+name+"_FILE are both set: leave one of them out")
	}
	_, err := keyFrom("PYOCO_API_KEY", "x", "PYOCO_API_KEY_FILE", fine)
	require.EqualError(t, err, "PYOCO_API_KEY and PYOCO_API_KEY_FILE are both set: leave one of them out")
}

func TestWhatNeedsASecretThatCannotBeReadDoesNotStart(t *testing.T) {
	t.Parallel()
	s := read(t, "PYOCO_AUTH_PEPPER_FILE", "/nosuch/pepper")
	require.ErrorIs(t, s.Refused, fs.ErrNotExist, "no gateway")
	_, err := s.NATS.Options()
	require.NoError(t, err, "a worker needs no pepper")
	s = read(t, "PYOCO_NATS_TOKEN_FILE", "/nosuch/token")
	_, err = cli.Connect("nats://127.0.0.1:1", "test", s.NATS, nil)
	require.ErrorContains(t, err, "PYOCO_NATS_TOKEN_FILE: the secret can't be used: stat /nosuch/token")
}

func TestTheProcessWinsOverTheFileForSecretsToo(t *testing.T) {
	t.Parallel()
	dotenv := put(t, "my.env", "PYOCO_NATS_TOKEN=from-dotenv\nPYOCO_AUTH_PEPPER_FILE="+put(t, "pepper", "from-file\n")+"\n")
	from := func(name, value string) Settings {
		return Read(func(asked string) (string, bool) {
			return map[string]string{"PYOCO_ENV_FILE": dotenv, name: value}[asked], true
		})
	}
	s := from("PYOCO_NATS_TOKEN_FILE", put(t, "token", "from-process\n"))
	require.NoError(t, s.NATS.Err)
	require.Equal(t, "from-process", s.NATS.Token)
	require.Equal(t, "from-file", s.Keys.Pepper)
	s = from("PYOCO_AUTH_PEPPER", "from-process")
	require.NoError(t, s.Refused)
	require.Equal(t, "from-process", s.Keys.Pepper)
	require.Equal(t, "from-dotenv", s.NATS.Token)
}
