// This file owns the meeting of both gateways over one registry of wheels.

package dropin_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

// realWheel is a wheel that other tools have built: that of pip, which every Python brings along.
func realWheel(t *testing.T) (name string, content []byte) {
	t.Helper()
	const find = "import ensurepip, pathlib; print(*(pathlib.Path(ensurepip.__file__).parent / '_bundled').glob('pip-*.whl'))"
	out, err := exec.CommandContext(t.Context(), filepath.Join(clitest.Python(t), "python3"), "-c", find).Output()
	require.NoError(t, err)
	path := strings.TrimSpace(string(out))
	content, err = os.ReadFile(path)
	require.NoError(t, err, "needs a Python with ensurepip")
	return filepath.Base(path), content
}

// download reads a wheel from a gateway over plain HTTP.
func download(t *testing.T, url, name string) []byte {
	t.Helper()
	answer, err := http.Get(url + "/wheels/" + name)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	data, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return data
}

// shown asks a gateway for a list until it has as many items as it must: that of the Python one misses keys now and then.
func shown[T any](t *testing.T, gateway, command string, count int) (list []T) {
	t.Helper()
	for range 10 {
		if list = clientJSON[[]T](t, gateway, command); len(list) == count {
			break
		}
	}
	require.Len(t, list, count)
	return list
}

func TestBothGatewaysServeTheWheelsOfTheOther(t *testing.T) {
	t.Parallel()
	clitest.Python(t)
	server := natstest.Start(t)
	url, ours := startGateway(t, server)
	theirs := startGatewayOf(t, server)
	real, content := realWheel(t)
	const shop = "shop-1.0-py3-none-any.whl"
	shopFile := filepath.Join(t.TempDir(), shop)
	require.NoError(t, os.WriteFile(shopFile, pywheeltest.Wheel(shop), 0o600))

	uploaded, err := ours.UploadWheel(t.Context(), pyoco.WheelUpload{Name: real, Content: bytes.NewReader(content), Tags: []string{"py", "linux"}})
	require.NoError(t, err)
	client(t, theirs, "wheel-upload", "--wheel-file", shopFile, "--tags", "hello", "--allow-missing-usage-doc")
	require.Equal(t, content, download(t, theirs, real), "the Python gateway checks the digest too")
	require.Equal(t, pywheeltest.Wheel(shop), download(t, url, shop))
	for _, gateway := range []string{url, theirs} {
		list := shown[pyoco.Wheel](t, gateway, "wheels", 2)
		require.Equal(t, []string{real, shop}, []string{list[0].Name, list[1].Name})
		require.Equal(t, []any{uploaded.Tags, uploaded.NUID, uploaded.Size, uploaded.Digest, uploaded.SHA256, uploaded.MTime},
			[]any{list[0].Tags, list[0].NUID, list[0].Size, list[0].Digest, list[0].SHA256, list[0].MTime})
		require.Equal(t, []string{"hello"}, list[1].Tags)
		require.NotZero(t, list[1].Modified)
		events := shown[pyoco.WheelEvent](t, gateway, "wheel-history", 2)
		require.Equal(t, []string{shop, real}, []string{events[0].Wheel, events[1].Wheel})
	}
	var refused *pyoco.APIError
	_, err = ours.UploadWheel(t.Context(), pyoco.WheelUpload{Name: "Shop-1.0.0-py3-none-any.whl", Content: strings.NewReader("")})
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusConflict, refused.StatusCode, "also where the other one has taken it")

	client(t, theirs, "wheel-delete", "--name", real)
	client(t, url, "wheel-delete", "--name", shop)
	for _, gateway := range []string{url, theirs} {
		shown[pyoco.Wheel](t, gateway, "wheels", 0)
		shown[pyoco.WheelEvent](t, gateway, "wheel-history", 4)
	}
	stream, err := server.JetStream(t).Stream(t.Context(), "OBJ_pyoco_wheels")
	require.NoError(t, err)
	require.EqualValues(t, 2, stream.CachedInfo().State.Msgs, "the markers of both")
	client(t, url, "wheel-upload", "--wheel-file", shopFile, "--allow-missing-usage-doc")
	require.Equal(t, pywheeltest.Wheel(shop), download(t, theirs, shop))
}

func TestAPythonWorkerInstallsTheWheelsOfOurGateway(t *testing.T) {
	t.Parallel()
	clitest.Python(t)
	server := natstest.Start(t)
	url, ours := startGateway(t, server)
	for name, tag := range map[string]string{"shop-1.0-py3-none-any.whl": "py", "other-1.0-py3-none-any.whl": "elsewhere"} {
		_, err := ours.UploadWheel(t.Context(), pyoco.WheelUpload{Name: name, Content: bytes.NewReader(pywheeltest.Wheel(name)), Tags: []string{tag}})
		require.NoError(t, err)
	}
	target := t.TempDir() // the Python that the tests share stays as it is
	startIn(t, append(environment(server.URL()), "PIP_TARGET="+target, "PYTHONPATH="+target), "pyoco-worker", "--nats-url", server.URL(), "--tags", "py",
		"--worker-id", "pw1", "--wheel-sync", "--wheel-sync-dir", t.TempDir(), "--wheel-sync-interval-sec", "1")
	type worker struct {
		Sync struct {
			LastError any `json:"last_error"`
			Installed []struct {
				Wheel   string `json:"wheel_name"`
				Version string `json:"package_version"`
			} `json:"installed_wheels"`
		} `json:"wheel_sync"`
	}
	var seen []worker
	require.Eventually(t, func() bool {
		seen = clientJSON[[]worker](t, url, "workers")
		return len(seen) == 1 && len(seen[0].Sync.Installed) == 1
	}, 60*time.Second, 100*time.Millisecond, "%+v", &seen)
	require.Equal(t, []string{"shop-1.0-py3-none-any.whl", "1.0"}, []string{seen[0].Sync.Installed[0].Wheel, seen[0].Sync.Installed[0].Version})
	require.FileExists(t, filepath.Join(target, "shop", "__init__.py"))
	require.NoDirExists(t, filepath.Join(target, "other"))

	const flow = "version: 1\nflow: {graph: add, defaults: {x: 41}}\ntasks:\n  add: {callable: \"shop:add\"}\n"
	submitted, err := ours.Submit(t.Context(), pyoco.Submission{Flow: "main", Workflow: []byte(flow), Tag: "py"})
	require.NoError(t, err)
	ended, err := ours.Wait(t.Context(), submitted.ID)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCompleted, ended.Status, ended.Error)
}
