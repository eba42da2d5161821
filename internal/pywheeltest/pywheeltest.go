// Package pywheeltest makes wheels for tests.
package pywheeltest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// File is a file of an archive.
type File struct{ Path, Text string }

// Wheel is a sound wheel of the package and the version that its file name begins with, with a module and an entry point, and
// with other files laid over those.
func Wheel(name string, files ...File) []byte {
	parts := strings.Split(name, "-")
	distInfo := parts[0] + "-" + parts[1] + ".dist-info/"
	content := map[string]string{
		strings.ToLower(parts[0]) + "/__init__.py": "def add(x: int) -> int:\n    return x + 1\n",
		distInfo + "METADATA": fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\nSummary: Tasks of a shop\n"+
			"Project-URL: Documentation, https://example.com/docs\n\nHow to use it.\n", parts[0], parts[1]),
		distInfo + "WHEEL":            "Wheel-Version: 1.0\nGenerator: pywheeltest\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		distInfo + "entry_points.txt": fmt.Sprintf("[pyoco.tasks]\nadd = %s:add\n", strings.ToLower(parts[0])),
	}
	for _, file := range files {
		content[file.Path] = file.Text
	}
	all := make([]File, 0, len(content)+1)
	for _, path := range slices.Sorted(maps.Keys(content)) {
		if content[path] != "" {
			all = append(all, File{path, content[path]})
		}
	}
	if _, given := content[distInfo+"RECORD"]; !given {
		all = append(all, File{distInfo + "RECORD", Record(all) + distInfo + "RECORD,,\n"})
	}
	return Zip(all...)
}

// Record is the text of a RECORD of files.
func Record(files []File) string {
	var b strings.Builder
	for _, file := range files {
		sum := sha256.Sum256([]byte(file.Text))
		fmt.Fprintf(&b, "%s,sha256=%s,%d\n", file.Path, base64.RawURLEncoding.EncodeToString(sum[:]), len(file.Text))
	}
	return b.String()
}

// Zip is an archive of files.
func Zip(files ...File) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, file := range files {
		part, err := w.Create(file.Path)
		if err == nil {
			_, err = part.Write([]byte(file.Text))
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
