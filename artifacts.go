// This file owns artifacts: files that a task leaves beside its result, in a folder of its run.

package pyoco

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Artifact is a file that a task has saved, as it stands in its record.
type Artifact struct {
	Path  string `json:"path"` // absolute, at the host of the worker
	Type  string `json:"type"` // bytes; Python tasks also have str and object
	Bytes int64  `json:"size_bytes"`
}

const (
	// maxArtifactName bounds the name of an artifact, in bytes.
	maxArtifactName = 255
	// maxArtifacts bounds the artifacts of one task, each of which is named in its record.
	maxArtifacts = 100
)

// artifactFolder is where the tasks of one run leave their artifacts. It is made with the first of them.
type artifactFolder string

// checkArtifactName refuses what does not stay inside of the folder.
func checkArtifactName(name string) error {
	switch {
	case len(name) > maxArtifactName:
		return fmt.Errorf("artifact: its name must be at most %d bytes, got %d", maxArtifactName, len(name))
	case !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsAny(name, "\\\x00") || filepath.Clean(name) != filepath.FromSlash(name) || name == ".":
		return fmt.Errorf("artifact: its name must be a path inside of the run's folder, like report.csv or plots/a.png, got %q", name)
	}
	return nil
}

// save writes a file as a whole: whoever finds it under its name finds all of it.
func (f artifactFolder) save(name string, content io.Reader) (saved Artifact, err error) {
	if err := checkArtifactName(name); err != nil {
		return Artifact{}, err
	}
	path, err := filepath.Abs(string(f))
	if err != nil {
		return Artifact{}, fmt.Errorf("artifact %q: %w", name, err)
	}
	if err := os.MkdirAll(path, 0o750); err != nil {
		return Artifact{}, fmt.Errorf("artifact %q: %w", name, err)
	}
	root, err := os.OpenRoot(path) // no link inside leads out
	if err != nil {
		return Artifact{}, fmt.Errorf("artifact %q: %w", name, err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	local := filepath.FromSlash(name)
	if dir := filepath.Dir(local); dir != "." {
		if err := root.MkdirAll(dir, 0o750); err != nil {
			return Artifact{}, fmt.Errorf("artifact %q: %w", name, err)
		}
	}
	size, err := writeWhole(root, local, content)
	if err != nil {
		return Artifact{}, fmt.Errorf("artifact %q: %w", name, err)
	}
	return Artifact{Path: filepath.Join(path, local), Bytes: size}, nil
}

// writeWhole writes beside the name and moves the file there once it is complete.
func writeWhole(root *os.Root, name string, content io.Reader) (size int64, err error) {
	partial := filepath.Join(filepath.Dir(name), "."+rand.Text()+".partial")
	file, err := root.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return 0, err
	}
	size, err = io.Copy(file, content)
	if err = errors.Join(err, file.Close()); err == nil {
		err = root.Rename(partial, name)
	}
	if err != nil {
		_ = root.Remove(partial)
	}
	return size, err
}
