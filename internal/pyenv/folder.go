// This file owns the folder: who may use it, what an interrupted sync has left in it, and the files of wheels.

package pyenv

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// ErrInUse is returned by Open where another process uses the folder.
var ErrInUse = errors.New("the folder of the wheels is used by another worker: give each its own")

const (
	lockFile = ".lock"
	envsDir  = ".envs"
)

// Folder is where wheels and environments are kept. It belongs to one process at a time, and is not safe for concurrent
// use.
type Folder struct {
	dir  string
	lock *flock.Flock
}

// Open takes a folder, which is made where it is missing, and removes what was broken off there.
func Open(dir string) (*Folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, envsDir), 0o750); err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, lock: flock.New(filepath.Join(dir, lockFile))}
	held, err := f.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if !held {
		return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
	}
	left, err := filepath.Glob(filepath.Join(dir, partial))
	for _, file := range left {
		err = errors.Join(err, os.Remove(file))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Dir is its path.
func (f *Folder) Dir() string { return f.dir }

// Close gives the folder back. The system does so for a process that dies.
func (f *Folder) Close() { _ = f.lock.Unlock() }

// Last gives the environment that was in use last, where it is whole and of this interpreter, and removes all others. It is
// for the start: no environment may be in use.
func (f *Folder) Last(p *Python) (*Environment, error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, envsDir))
	if err != nil {
		return nil, err
	}
	state := f.Installed()
	var last *Environment
	for _, entry := range entries {
		dir := filepath.Join(f.dir, envsDir, entry.Name())
		if env, whole := p.open(dir); whole && last == nil && sameContents(env.Contents, state) {
			last = env
			continue
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return last, err
}

func sameContents(contents map[string]string, state map[string]Installed) bool {
	for name, nuid := range contents {
		if state[name].NUID != nuid {
			return false
		}
	}
	return len(contents) == len(state)
}

// fetch writes a wheel's file and gives its size and digest.
func (f *Folder) fetch(ctx context.Context, w Wheel) (size int64, digest string, err error) {
	content, err := w.Open(ctx)
	if err != nil {
		return 0, "", err
	}
	file, err := os.CreateTemp(f.dir, partial)
	if err != nil {
		return 0, "", err
	}
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(file, sum), content)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(f.dir, w.File))
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return size, hex.EncodeToString(sum.Sum(nil)), err
}

// holds says whether the file of an installed wheel is there as it was fetched.
func (f *Folder) holds(name string, wheel Installed) bool {
	file, err := os.Open(filepath.Join(f.dir, name))
	if err != nil {
		return false
	}
	defer file.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	return err == nil && size == wheel.Size && hex.EncodeToString(sum.Sum(nil)) == wheel.SHA256
}
