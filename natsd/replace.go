// This file owns files that are written whole or not at all.

package natsd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// replaceFile writes a file that its owner alone may read, whole or not at all.
func replaceFile(file, text string) error {
	temp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-")
	if err != nil {
		return fmt.Errorf("natsd: %w", err)
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone already where all went well
	_, err = temp.WriteString(text)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("natsd: %w", err)
	}
	if err := os.Rename(temp.Name(), file); err != nil {
		return fmt.Errorf("natsd: %w", err)
	}
	if folder, err := os.Open(filepath.Dir(file)); err == nil {
		_ = folder.Sync() // where the system knows that of folders
		_ = folder.Close()
	}
	return nil
}
