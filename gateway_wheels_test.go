// This file owns the tests of wheels over HTTP: uploaded, listed, downloaded, deleted.

package pyoco_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

const shop10 = "shop-1.0-py3-none-any.whl"

func TestAWheelIsUploadedListedDownloadedAndDeleted(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	require.Empty(t, rig.get(t, "/wheels").list(t))
	content := pywheeltest.Wheel(shop10)
	sum := sha256.Sum256(content)
	answer := rig.upload(t, shop10, content, nil, "tags", " hello,,linux, hello ", "replace", "true")
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	item := answer.object(t)
	uploaded, err := time.Parse(time.RFC3339Nano, item["mtime"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), uploaded, time.Minute)
	require.InDelta(t, float64(uploaded.UnixMicro())/1e6, item["modified"], 1e-3)
	require.NotEmpty(t, item["nuid"])
	text := base64.URLEncoding.EncodeToString(sum[:])
	for name, want := range map[string]any{
		"name": shop10, "size_bytes": float64(len(content)), "digest": "SHA-256=" + text, "sha256_b64": text, "sha256_hex": hex.EncodeToString(sum[:]),
		"tags": []any{"hello", "linux"}, "bucket": "pyoco_wheels",
	} {
		require.Equal(t, want, item[name], name)
	}
	rig.upload(t, "Another-2-py3-none-any.whl", pywheeltest.Wheel("Another-2-py3-none-any.whl"), nil)
	list := rig.get(t, "/wheels").list(t)
	require.Len(t, list, 2)
	require.Equal(t, []any{"Another-2-py3-none-any.whl", []any{}}, []any{list[0]["name"], list[0]["tags"]})
	require.Equal(t, item, list[1])

	download := rig.get(t, "/wheels/"+shop10)
	require.Equal(t, http.StatusOK, download.status)
	require.Equal(t, string(content), download.body)
	require.Equal(t, "application/octet-stream", download.header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="`+shop10+`"`, download.header.Get("Content-Disposition"))
	head := rig.do(t, http.MethodHead, "/wheels/"+shop10, nil)
	require.Equal(t, []any{http.StatusOK, download.header.Get("Content-Length"), ""}, []any{head.status, head.header.Get("Content-Length"), head.body})

	require.Equal(t, map[string]any{"name": shop10, "deleted": true}, rig.do(t, http.MethodDelete, "/wheels/"+shop10, nil).object(t))
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		for _, name := range []string{shop10, "shop", "sh%20op.whl", "history.whl"} {
			rig.do(t, method, "/wheels/"+name, nil).requireProblem(t, http.StatusNotFound, "ERR-PYOCO-0023", "name: there is no such wheel")
		}
	}
	require.Equal(t, []string{"Another-2-py3-none-any.whl"}, rig.wheelNames(t))
}

func TestAPackageComesInOnlyAtAHigherVersion(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	put := func(name string) httpAnswer {
		return rig.upload(t, name, pywheeltest.Wheel(name), nil, "replace", "false")
	}
	require.Equal(t, http.StatusOK, put("My.Shop-1.9-py3-none-any.whl").status)
	require.Equal(t, http.StatusOK, put("my_shop-1.10rc1-py3-none-any.whl").status, "1.10 is above 1.9")
	require.Equal(t, http.StatusOK, put("other-1.0-py3-none-any.whl").status)
	for name, version := range map[string]string{
		"my_shop-1.10rc1-py3-none-any.whl": "1.10rc1", "MY.shop-1.10.0c1-py3-none-any.whl": "1.10.0rc1", // also spelled otherwise
		"my_shop-1.10rc1-cp311-cp311-linux_x86_64.whl": "1.10rc1", // another build
		"my_shop-1.9.9-py3-none-any.whl":               "1.9.9", "my_shop-1.10a1-py3-none-any.whl": "1.10a1",
	} {
		put(name).requireProblem(t, http.StatusConflict, "ERR-PYOCO-0022",
			"wheel: my-shop is there at version 1.10rc1 (my_shop-1.10rc1-py3-none-any.whl): the version must be higher, got "+version)
	}
	require.Equal(t, http.StatusOK, rig.do(t, http.MethodDelete, "/wheels/my_shop-1.10rc1-py3-none-any.whl", nil).status)
	require.Equal(t, http.StatusOK, put("my_shop-1.10rc1-py3-none-any.whl").status, "only what is there counts")
	chunks, metadata := wheelMessages(t, rig.js)
	require.Equal(t, []int{3, 3}, []int{chunks, metadata}, "nothing of what was refused is left")
}

func TestWhatIsNoWheelIsRefusedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.gateway.MaxWheelBytes = 4096 })
	sound := pywheeltest.Wheel(shop10)
	const info = "shop-1.0.dist-info/"
	for _, c := range []struct {
		name    string
		content []byte
		fields  []string
		status  int
		detail  string
	}{
		{"shop.txt", sound, nil, 422, `wheel: its file name: a wheel is named PACKAGE-VERSION-PYTHON-ABI-PLATFORM.whl, like shop-1.0-py3-none-any.whl, got "shop.txt"`},
		{"shop-1!1.0-py3-none-any.whl", sound, nil, 422, `wheel: its file name must consist of A-Z, a-z, 0-9 and . _ + -, got "shop-1!1.0-py3-none-any.whl"`},
		{"shop-one-py3-none-any.whl", sound, nil, 422, `wheel: its file name: "one" in "shop-one-py3-none-any.whl" is no version (PEP 440)`},
		{shop10, sound, []string{"tags", "a b"}, 422, `tags: must match [A-Za-z0-9_-]+, got "a b"`},
		{shop10, sound, []string{"replace", "maybe"}, 422, `replace: must be true or false, got "maybe"`},
		{shop10, []byte("no zip"), nil, 422, `wheel: is not the wheel that its name says: archive: is no zip file, as a wheel is`},
		{"shop-1.1-py3-none-any.whl", sound, nil, 422, `wheel: is not the wheel that its name says: METADATA: is of the version 1.0, the file name says 1.1`},
		{shop10, pywheeltest.Wheel(shop10, pywheeltest.File{Path: info + "RECORD", Text: info + "METADATA,sha256=AA,\n"}), nil, 422,
			`wheel: is not the wheel that its name says: RECORD: the hash of "shop-1.0.dist-info/METADATA" does not match its content`},
		{shop10, []byte(strings.Repeat("x", 4097)), nil, 413, "wheel: must be at most 4096 bytes"},
	} {
		answer := rig.upload(t, c.name, c.content, nil, c.fields...)
		require.Equal(t, c.status, answer.status, answer.body)
		require.Contains(t, answer.object(t)["detail"], c.detail)
		require.Equal(t, "ERR-PYOCO-0002", answer.object(t)["err_id"])
	}
	rig.postForm(t, "/wheels", formPart{name: "tags", value: "a"}).requireProblem(t, 422, "ERR-PYOCO-0002", "wheel: a file part is required")
	chunks, metadata := wheelMessages(t, rig.js)
	require.Equal(t, []int{0, 0}, []int{chunks, metadata})
	require.Empty(t, rig.get(t, "/wheels/history").list(t))
	require.Equal(t, http.StatusOK, rig.upload(t, shop10, sound, nil).status)
}

func TestAnyContentPassesWhereTheNameAloneIsChecked(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.gateway.WheelCheck = pyoco.WheelCheckName })
	require.Equal(t, http.StatusOK, rig.upload(t, shop10, []byte("no zip"), nil).status)
	require.Equal(t, http.StatusOK, rig.upload(t, "empty-1-py3-none-any.whl", nil, nil).status)
	require.Empty(t, rig.get(t, "/wheels/empty-1-py3-none-any.whl").body)
}

func TestAFullStoreSaysWhatItHolds(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) {
		c.gateway.Resources.WheelStoreMaxBytes, c.gateway.WheelCheck = 64<<10, pyoco.WheelCheckName
	})
	const detail = "wheels: there is no room for it in pyoco_wheels, which holds 65536 bytes at most: delete wheels, or raise PYOCO_WHEEL_STORE_MAX_BYTES"
	rig.upload(t, shop10, make([]byte, 70_000), nil).requireProblem(t, http.StatusInsufficientStorage, "ERR-PYOCO-0003", detail)
	chunks, metadata := wheelMessages(t, rig.js)
	require.Equal(t, []int{0, 0}, []int{chunks, metadata})
	require.Equal(t, http.StatusOK, rig.upload(t, shop10, make([]byte, 10_000), nil).status)
}

func TestWithoutRoomForTheRegistryTheRestWorks(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.gateway.Resources.WheelStoreMaxBytes = 1 << 50 })
	rig.submit(t, `{"flow_name":"main"}`)
	const detail = "wheels: the store has no room for the 1125899906842624 bytes that pyoco_wheels reserves: make room, or lower PYOCO_WHEEL_STORE_MAX_BYTES"
	rig.get(t, "/wheels").requireProblem(t, http.StatusInsufficientStorage, "ERR-PYOCO-0003", detail)
	rig.upload(t, shop10, pywheeltest.Wheel(shop10), nil).requireProblem(t, http.StatusInsufficientStorage, "ERR-PYOCO-0003", detail)
	rig.get(t, "/wheels/"+shop10).requireProblem(t, http.StatusInsufficientStorage, "ERR-PYOCO-0003", detail)
	require.Empty(t, rig.get(t, "/wheels/history").list(t))
}

func TestARegistryThatIsMissingIsMadeAgain(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	require.NoError(t, rig.js.DeleteStream(t.Context(), "OBJ_pyoco_wheels"))
	require.Equal(t, http.StatusOK, rig.upload(t, shop10, pywheeltest.Wheel(shop10), nil).status)
	require.NoError(t, rig.js.DeleteStream(t.Context(), "OBJ_pyoco_wheels"))
	require.Empty(t, rig.get(t, "/wheels").list(t))
	info, err := rig.js.Stream(t.Context(), "OBJ_pyoco_wheels")
	require.NoError(t, err)
	config := info.CachedInfo().Config
	require.EqualValues(t, 512<<20, config.MaxBytes)
	require.Equal(t, []any{jetstream.FileStorage, jetstream.DiscardNew, true}, []any{config.Storage, config.Discard, config.AllowRollup})
}
