// This file owns the tests of multipart forms.

package httpedge_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

const formType = "multipart/form-data; boundary=b"

func formRoute() httpedge.Route {
	spec := httpedge.FormSpec{
		Files:   []httpedge.FilePart{{Name: "workflow", Max: 10, TooLargeErrID: "ERR-PYOCO-0016"}},
		Texts:   []string{"tag", "flow_name"},
		MaxText: 5,
	}
	return post("/", func(w http.ResponseWriter, r *http.Request) error {
		f, err := httpedge.ReadForm(w, r, spec)
		if err != nil {
			return err
		}
		tag, sent := f.Texts["tag"]
		return httpedge.WriteJSON(w, 200, fmt.Sprintf("%s|%s|%t|%d", f.Files["workflow"], tag, sent, len(f.Texts)))
	})
}

func part(disposition, data string) string {
	return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + data + "\r\n"
}

func filePart(data string) string { return part(`name="workflow"; filename="w.yaml"`, data) }

func TestFormsAreRead(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, formRoute())
	for body, want := range map[string]string{
		filePart("0123456789"):                 "0123456789||false|0",
		filePart(""):                           "||false|0",
		part(`name="tag"`, "") + filePart("a"): "a||true|1",
		part(`name="tag"`, "x") + part(`name="tag"`, "y") + filePart("a"): "a|y|true|1",
		part(`name="other"`, strings.Repeat("z", 1000)) + filePart("a"):   "a||false|0",
		filePart("a") + filePart("b"):                                     "b||false|0",
		strings.Repeat(part(`name="o"`, ""), 31) + filePart("a"):          "a||false|0",
	} {
		a := call(t, addr, "POST", "/", body+"--b--\r\n", "Content-Type", formType)
		require.Equal(t, `"`+want+`"`, a.body)
	}
}

func TestBadFormsAreRefused(t *testing.T) {
	t.Parallel()
	addr := serve(t, httpedge.Config{}, formRoute())
	end := "--b--\r\n"
	how := `body: must be multipart/form-data with a file part "workflow", as curl -F workflow=@FILE sends it`
	header := "body: must have at most 8192 bytes of header in each part"
	broken := "body: ended early or is not well formed"
	for _, c := range []struct {
		contentType, body string
		status            int
		errID, want       string
	}{
		{formType, filePart("01234567890") + end, 413, "ERR-PYOCO-0016", "workflow: must be at most 10 bytes"},
		{formType, end, 422, "ERR-PYOCO-0002", "workflow: a file part is required"},
		{formType, part(`name="workflow"`, "a") + end, 422, "ERR-PYOCO-0002", "workflow: must be a file part, with a filename; got a text"},
		{formType, part(`name="tag"; filename="t"`, "a") + end, 422, "ERR-PYOCO-0002", "tag: must be a text, got a file"},
		{formType, part(`name="tag"`, "123456") + end, 422, "ERR-PYOCO-0002", "tag: must be at most 5 bytes"},
		{formType, part(`name="tag"`, "\xff") + end, 422, "ERR-PYOCO-0002", "tag: must be UTF-8"},
		{formType, strings.Repeat(part(`name="o"`, ""), 33) + end, 422, "ERR-PYOCO-0002", "body: must have at most 32 parts"},
		{formType, part(`name="o"`, strings.Repeat("z", 1<<20+20)) + end, 413, "ERR-PYOCO-0002", "body: must be at most 1048596 bytes"},
		{formType, "--b\r\nX: " + strings.Repeat("z", 16<<10) + "\r\n\r\n", 422, "ERR-PYOCO-0002", header},
		{formType, strings.Repeat("before\r\n", 2<<10) + filePart("a") + end, 422, "ERR-PYOCO-0002", header},
		{formType, filePart("a"), 422, "ERR-PYOCO-0002", broken},
		{formType, "--b\r\nContent-Disposition: form-data; name=\"workflow\"; filename=\"w\"\r\n\r\na", 422, "ERR-PYOCO-0002", broken},
		{formType, "", 422, "ERR-PYOCO-0002", broken},
		{formType, "--b\r\n:::\r\n\r\n", 422, "ERR-PYOCO-0002", broken},
		{"application/json", "{}", 422, "ERR-PYOCO-0002", how},
		{"multipart/form-data", "", 422, "ERR-PYOCO-0002", how},
		{"", "", 422, "ERR-PYOCO-0002", how},
	} {
		a := call(t, addr, "POST", "/", c.body, "Content-Type", c.contentType)
		require.Equal(t, c.want, detail(t, a))
		require.Equal(t, c.status, a.status, c.want)
		require.Contains(t, a.body, `"err_id":"`+c.errID+`"`)
	}
}
