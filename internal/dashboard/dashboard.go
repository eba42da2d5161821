// Package dashboard owns the dashboard: its source under ui, the built files under dist, and how they are served.
//
// This file owns serving: the page with its settings, and the files that it loads.
package dashboard

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed dist
var built embed.FS

// Settings are what the page has to know before its first call.
type Settings struct {
	Lang    string `json:"lang"`    // auto, ja or en
	Auth    string `json:"auth"`    // none or api_key
	Header  string `json:"header"`  // of the API key
	Version string `json:"version"` // of the program
}

// Dashboard serves the page and its files. It is safe for concurrent use.
type Dashboard struct {
	page  *file
	files map[string]*file // by name, without folder
}

// settingsMark stands in the built page where the settings go: in an attribute.
const settingsMark = "{{settings}}"

// New makes a dashboard with the settings written into its page.
func New(s Settings) (*Dashboard, error) {
	settings, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	page, err := built.ReadFile("dist/index.html")
	if err != nil {
		return nil, fmt.Errorf("dashboard: %w", err)
	}
	if !bytes.Contains(page, []byte(settingsMark)) {
		return nil, fmt.Errorf("dashboard: the page has no place for its settings, %s", settingsMark)
	}
	page = bytes.ReplaceAll(page, []byte(settingsMark), []byte(html.EscapeString(string(settings))))
	files, err := readFiles()
	return &Dashboard{page: newFile("index.html", page), files: files}, err
}

// readFiles gives the built files as they are sent, by name. They are the same in every dashboard, and compressed once.
var readFiles = sync.OnceValues(func() (map[string]*file, error) {
	entries, err := fs.ReadDir(built, "dist")
	if err != nil {
		return nil, fmt.Errorf("dashboard: %w", err)
	}
	files := map[string]*file{}
	for _, entry := range entries {
		content, err := built.ReadFile("dist/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("dashboard: %w", err)
		}
		if entry.Name() != "index.html" {
			files[entry.Name()] = newFile(entry.Name(), content)
		}
	}
	return files, nil
})

// file is one file as it is sent, plain and compressed.
type file struct {
	kind, tag     string
	plain, zipped []byte
}

// kinds are the types of the files that there are: those of the system's table differ between systems.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}

func newFile(name string, content []byte) *file {
	sum := sha256.Sum256(content)
	var zipped bytes.Buffer
	w, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression) // the level is one
	_, _ = w.Write(content)                                    // memory takes all
	_ = w.Close()
	return &file{kind: kinds[path.Ext(name)], tag: hex.EncodeToString(sum[:16]), plain: content, zipped: zipped.Bytes()}
}

// policy lets the page load its own files and call its own gateway, and nothing else: no inline script or style, no other
// host, no frame around it, and no text ever becomes markup or script (CSP 3, Trusted Types).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; " +
	"manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types pyoco"

// ServePage serves the page.
func (d *Dashboard) ServePage(w http.ResponseWriter, r *http.Request) { d.page.serve(w, r) }

// ServeFile serves one of the files that the page loads, and says whether there is one of that name.
func (d *Dashboard) ServeFile(w http.ResponseWriter, r *http.Request, name string) bool {
	f := d.files[strings.TrimPrefix(name, "/")]
	if f == nil {
		return false
	}
	f.serve(w, r)
	return true
}

// serve sends the file unless the browser has it. Names stay the same over versions, so that it asks each time.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	zip := acceptsGzip(r)
	tag := `"` + f.tag + `"`
	if zip {
		tag = `"` + f.tag + `-gzip"`
	}
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	content := f.plain
	if zip {
		content = f.zipped
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", f.kind)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content) // nobody is left to be told
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3) as far as browsers write it.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.TrimSpace(name) == "gzip" {
			return strings.ReplaceAll(weight, " ", "") != "q=0"
		}
	}
	return false
}
