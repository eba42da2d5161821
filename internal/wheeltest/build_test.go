// This file owns the wheels of the tests: real ones, made by Python's build, and others that are made up.

package wheeltest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

// built are the wheels that were made in this run of the tests, by version.
var built sync.Map // string → func() ([]byte, error)

// demo gives the wheel of testdata/demo at a version, as Python's build makes it.
func demo(t *testing.T, version string) (name string, content []byte) {
	t.Helper()
	python := clitest.Builder(t)
	name = "demo_tasks-" + version + "-py3-none-any.whl"
	source := t.TempDir()
	once, _ := built.LoadOrStore(version, sync.OnceValues(func() ([]byte, error) {
		if err := os.CopyFS(source, os.DirFS("testdata/demo")); err != nil {
			return nil, err
		}
		for _, file := range []string{"pyproject.toml", "demo_tasks/__init__.py", "demo_tasks/later.py"} {
			text, err := os.ReadFile(filepath.Join(source, file))
			if err == nil {
				err = os.WriteFile(filepath.Join(source, file), []byte(strings.ReplaceAll(string(text), `"1.0"`, `"`+version+`"`)), 0o600)
			}
			if err != nil {
				return nil, err
			}
		}
		cmd := exec.Command(python, "-m", "build", "--wheel", "--no-isolation", "--outdir", source, source)
		if out, err := cmd.CombinedOutput(); err != nil {
			return out, err
		}
		return os.ReadFile(filepath.Join(source, name))
	}))
	content, err := once.(func() ([]byte, error))()
	require.NoError(t, err, "%s", content)
	return name, content
}

// upload puts a wheel into the registry.
func (r *rig) upload(name string, content []byte, tags ...string) {
	r.t.Helper()
	_, err := r.gateway.UploadWheel(r.t.Context(), pyoco.WheelUpload{Name: name, Content: bytes.NewReader(content), Tags: tags})
	require.NoError(r.t, err)
}

// made is a wheel with one module of its package's name.
func made(name, module string) []byte {
	return pywheeltest.Wheel(name, pywheeltest.File{Path: strings.Split(name, "-")[0] + "/__init__.py", Text: module})
}
