// This file owns what stands beside the archives of a backup: which there are, in
// which order they were saved, and that all are whole.

package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// manifestFile is written last: a backup without it did not come to its end.
const manifestFile = "manifest.json"

// Manifest is what a backup holds.
type Manifest struct {
	TakenAt       time.Time     `json:"taken_at"`
	ServerVersion string        `json:"server_version"`
	Cluster       string        `json:"cluster,omitempty"`
	Streams       []SavedStream `json:"streams"` // in the order in which they were saved
}

// SavedStream is a stream as it was saved.
type SavedStream struct {
	Name      string `json:"name"`
	Messages  uint64 `json:"messages"`
	Bytes     uint64 `json:"bytes"`
	FirstSeq  uint64 `json:"first_seq"`
	LastSeq   uint64 `json:"last_seq"`
	Consumers int    `json:"consumers"`
}

func (m *Manifest) write(folder string) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, manifestFile), append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	return syncFolder(folder)
}

// ReadManifest reads what a backup holds. It fails where the backup did not come to
// its end.
func ReadManifest(folder string) (*Manifest, error) {
	data, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("admin: %s holds no whole backup: there is no %s in it", folder, manifestFile)
	}
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("admin: %s can't be read: %w", filepath.Join(folder, manifestFile), err)
	}
	if len(m.Streams) == 0 {
		return nil, fmt.Errorf("admin: %s names no stream", filepath.Join(folder, manifestFile))
	}
	for _, s := range m.Streams {
		if s.Name == "" || filepath.Base(s.Name) != s.Name || !filepath.IsLocal(s.Name) {
			return nil, fmt.Errorf("admin: %s names a stream that can't be one: %q", filepath.Join(folder, manifestFile), s.Name)
		}
	}
	return &m, nil
}

// syncFolder brings the files of a folder, and the folder, to the disk.
func syncFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		file, err := os.OpenFile(filepath.Join(folder, e.Name()), os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("admin: %w", err)
		}
		if err := errors.Join(file.Sync(), file.Close()); err != nil {
			return fmt.Errorf("admin: %w", err)
		}
	}
	if f, err := os.Open(folder); err == nil {
		_ = f.Sync() // where the system knows that of folders
		_ = f.Close()
	}
	return nil
}
