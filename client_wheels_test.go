// This file owns the tests of the client's calls about wheels.

package pyoco_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

func TestAClientUploadsReadsAndDeletesWheels(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	c, err := pyoco.NewClient(rig.url, pyoco.ClientConfig{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	content := pywheeltest.Wheel(shop10)
	uploaded, err := c.UploadWheel(t.Context(), pyoco.WheelUpload{Name: shop10, Content: bytes.NewReader(content), Tags: []string{"hello", "linux"}, NoReplace: true})
	require.NoError(t, err)
	inGo, err := rig.gw.Wheels(t.Context())
	require.NoError(t, err)
	listed, err := c.Wheels(t.Context())
	require.NoError(t, err)
	require.Equal(t, inGo, listed)
	require.Equal(t, []*pyoco.Wheel{uploaded}, listed)
	require.Equal(t, []string{"hello", "linux"}, uploaded.Tags)

	reader, err := c.OpenWheel(t.Context(), shop10)
	require.NoError(t, err)
	read, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	require.Equal(t, content, read)

	_, err = c.UploadWheel(t.Context(), upload(shop10, nil))
	var refused *pyoco.APIError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, []any{http.StatusConflict, "ERR-PYOCO-0022"}, []any{refused.StatusCode, refused.ErrID})
	_, err = c.UploadWheel(t.Context(), upload("shop.whl", content))
	require.ErrorIs(t, err, pyoco.ErrInvalid)
	_, err = c.UploadWheel(t.Context(), pyoco.WheelUpload{Name: "shop-2-py3-none-any.whl", Content: breaking(content, 100)})
	require.ErrorIs(t, err, errBroken)
	_, err = c.UploadWheel(t.Context(), pyoco.WheelUpload{Name: shop10})
	require.ErrorIs(t, err, pyoco.ErrInvalid)

	require.NoError(t, c.DeleteWheel(t.Context(), shop10))
	require.ErrorIs(t, c.DeleteWheel(t.Context(), shop10), pyoco.ErrNotFound)
	_, err = c.OpenWheel(t.Context(), shop10)
	require.ErrorIs(t, err, pyoco.ErrNotFound)
	events, err := c.WheelHistory(t.Context(), pyoco.WheelHistoryOptions{Wheel: shop10, Action: pyoco.WheelUploaded, Limit: 10})
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, uploaded.SHA256, events[0].SHA256)
	require.False(t, *events[0].Replace)
	require.Equal(t, "http", events[0].Source.Scheme)
}

// zeros gives as many of them as are left, and takes no memory.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	clear(p[:n])
	z.left -= n
	return int(n), nil
}
