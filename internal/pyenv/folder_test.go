// This file owns the tests of the folder: who may use it, and what its state file may hold. Syncs are tested with real workers
// in internal/wheeltest.

package pyenv_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pyenv"
)

func TestAFolderBelongsToOneWorkerAtATime(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "here")
	folder, err := pyenv.Open(dir)
	require.NoError(t, err)
	_, err = pyenv.Open(dir)
	require.ErrorIs(t, err, pyenv.ErrInUse)
	require.ErrorContains(t, err, dir)
	folder.Close()
	folder, err = pyenv.Open(dir)
	require.NoError(t, err)
	folder.Close()
}

func TestTheStateFileOfAPythonWorkerIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, err := pyenv.Open(dir)
	require.NoError(t, err)
	defer folder.Close()
	require.Empty(t, folder.Installed())
	const name = "demo-1.0-py3-none-any.whl"
	for text, want := range map[string]map[string]pyenv.Installed{
		`{"` + name + `":{"nuid":"N","package_name":"demo","package_version":"1.0","size_bytes":3,"sha256_hex":"ab","tags":["a","b"],"installed_at":1700000000.25}}`: {
			name: {NUID: "N", Package: "demo", Version: "1.0", Size: 3, SHA256: "ab", Tags: []string{"a", "b"}, InstalledAt: 1700000000.25},
		},
		`{"a.whl":7,"b.whl":{"nuid":""},"../c.whl":{"nuid":"N"},"` + name + `":{"nuid":"N","more":1}}`: {name: {NUID: "N"}},
		`[]`: {}, `{`: {}, `null`: {},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, ".installed.json"), []byte(text), 0o600))
		require.Equal(t, want, folder.Installed(), text)
	}
}
