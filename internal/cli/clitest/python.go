// This file owns where the tests find the Python system that they meet.

package clitest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Interpreter gives a python3. Without one the test is skipped, and fails where CI is true.
func Interpreter(t testing.TB) string {
	t.Helper()
	python := filepath.Join(os.Getenv("PYOCO_TEST_PYTHON"), "python3")
	if os.Getenv("PYOCO_TEST_PYTHON") == "" {
		python, _ = exec.LookPath("python3")
	}
	if exec.CommandContext(t.Context(), python, "-c", "import sys; assert sys.version_info >= (3, 8)").Run() == nil {
		return python
	}
	const missing = "needs python3, 3.8 or newer"
	require.NotEqual(t, "true", os.Getenv("CI"), missing)
	t.Skip(missing)
	return ""
}

// Builder gives a python3 that can make wheels. Without one the test is skipped, and fails where CI is true.
func Builder(t testing.TB) string {
	t.Helper()
	python := Interpreter(t)
	if exec.CommandContext(t.Context(), python, "-c", "import build, setuptools, wheel").Run() == nil {
		return python
	}
	const missing = "needs Python with build: python3 -m venv V && V/bin/pip install build setuptools wheel, then PYOCO_TEST_PYTHON=V/bin"
	require.NotEqual(t, "true", os.Getenv("CI"), missing)
	t.Skip(missing)
	return ""
}

// Python gives the folder with python3, pyoco-client, pyoco-worker and pyoco-server of the Python package: the one that
// PYOCO_TEST_PYTHON names, else that of the PATH's python3. Without it the test is skipped, and fails where CI is true.
func Python(t *testing.T) string {
	t.Helper()
	bin := os.Getenv("PYOCO_TEST_PYTHON")
	if bin == "" {
		if found, err := exec.LookPath("python3"); err == nil {
			bin = filepath.Dir(found)
		}
	}
	if exec.CommandContext(t.Context(), filepath.Join(bin, "python3"), "-c", "import pyoco_server.client_cli").Run() == nil {
		return bin
	}
	const missing = "needs Python with pyoco-server: python3 -m venv V && V/bin/pip install pyoco-server==0.5.1, then PYOCO_TEST_PYTHON=V/bin"
	require.NotEqual(t, "true", os.Getenv("CI"), missing)
	t.Skip(missing)
	return ""
}
