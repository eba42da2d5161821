// This file owns the state file: which wheels are installed. Its JSON is that of the Python worker, which may have used the
// folder before and may again.

package pyenv

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// stateFile is the name of the state file.
const stateFile = ".installed.json"

// Installed is what is known of a wheel that is installed.
type Installed struct {
	NUID        string   `json:"nuid"` // names its content
	Package     string   `json:"package_name"`
	Version     string   `json:"package_version"`
	Size        int64    `json:"size_bytes"`
	SHA256      string   `json:"sha256_hex"`
	Tags        []string `json:"tags"`
	InstalledAt float64  `json:"installed_at"` // Unix seconds
}

// Installed gives the installed wheels by the names of their files. A file that can't be read is one that is not there: all
// is installed anew.
func (f *Folder) Installed() map[string]Installed {
	state := map[string]Installed{}
	data, err := os.ReadFile(filepath.Join(f.dir, stateFile))
	if err != nil {
		return state
	}
	var entries map[string]json.RawMessage
	if json.Unmarshal(data, &entries) != nil {
		return state
	}
	for name, entry := range entries {
		var wheel Installed
		if json.Unmarshal(entry, &wheel) == nil && wheel.NUID != "" && filepath.Base(name) == name && filepath.IsLocal(name) {
			state[name] = wheel
		}
	}
	return state
}

func (f *Folder) writeState(state map[string]Installed) error {
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(f.dir, stateFile), data)
}

// writeWhole writes beside the name and moves the file there once it is complete and stored.
func writeWhole(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), partial)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// partial is the pattern of files that are being written.
const partial = ".partial-*"
