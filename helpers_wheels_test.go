// This file owns what the tests of wheels share.

package pyoco_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

// wheelForm is the form of an upload; fields are pairs of name and value, and come behind the file.
func wheelForm(t testing.TB, name string, content []byte, fields ...string) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	part, err := form.CreateFormFile("wheel", name)
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, err)
	for i := 0; i+1 < len(fields); i += 2 {
		require.NoError(t, form.WriteField(fields[i], fields[i+1]))
	}
	require.NoError(t, form.Close())
	return body, form.FormDataContentType()
}

// upload posts a wheel; header are pairs of name and value.
func (r *gatewayRig) upload(t testing.TB, name string, content []byte, header []string, fields ...string) httpAnswer {
	t.Helper()
	body, contentType := wheelForm(t, name, content, fields...)
	return r.do(t, http.MethodPost, "/wheels", body, append([]string{"Content-Type", contentType}, header...)...)
}

func (r *gatewayRig) wheelNames(t testing.TB) []string {
	t.Helper()
	names := []string{}
	for _, item := range r.get(t, "/wheels").list(t) {
		names = append(names, item["name"].(string))
	}
	return names
}

// wheelMessages counts what the object store holds: chunks, and the metadata of wheels that are or were there.
func wheelMessages(t testing.TB, js jetstream.JetStream) (chunks, metadata int) {
	t.Helper()
	stream, err := js.Stream(t.Context(), "OBJ_pyoco_wheels")
	require.NoError(t, err)
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter("$O.pyoco_wheels.>"))
	require.NoError(t, err)
	for subject, messages := range info.State.Subjects {
		if strings.HasPrefix(subject, "$O.pyoco_wheels.C.") {
			chunks += int(messages)
		} else {
			metadata += int(messages)
		}
	}
	return chunks, metadata
}

func upload(name string, content []byte, tags ...string) pyoco.WheelUpload {
	if content == nil {
		content = pywheeltest.Wheel(name)
	}
	return pyoco.WheelUpload{Name: name, Content: bytes.NewReader(content), Tags: tags}
}
