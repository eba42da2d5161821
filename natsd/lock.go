// This file owns the lock on the store folder: two nats-servers on one folder
// both start, and ruin it.

package natsd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

const (
	lockFile = "natsd.lock"
	// The holder's name is not in the lock file itself, which other processes
	// can't read on Windows while it is locked.
	ownerFile = "natsd.owner"
)

// ErrStoreInUse is returned by Start when another server of this package, in
// this or another process, holds Config.StoreDir. A nats-server started by other
// means takes no such lock and is not noticed.
var ErrStoreInUse = errors.New("store folder in use")

// storeLock is the right to use a store folder. The system gives it back when
// the process dies, so that there is no stale lock to clean up; the files stay,
// for removing a lock file lets two holders in.
type storeLock struct {
	file  *flock.Flock
	owner string
}

func newStoreLock(dir string) *storeLock {
	return &storeLock{file: flock.New(filepath.Join(dir, lockFile)), owner: filepath.Join(dir, ownerFile)}
}

func lockStore(dir string) (*storeLock, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("natsd: Config.StoreDir: %w", err)
	}
	l := newStoreLock(dir)
	held, err := l.file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("natsd: can't lock Config.StoreDir %s: %w", dir, err)
	}
	if !held {
		return nil, fmt.Errorf("natsd: %w: %s is held by %s; stop that server or choose another folder",
			ErrStoreInUse, dir, l.holder())
	}
	if err := os.WriteFile(l.owner, self(), 0o600); err != nil {
		l.release()
		return nil, fmt.Errorf("natsd: can't write to Config.StoreDir: %w", err)
	}
	return l, nil
}

// release gives the folder back; more than once is harmless.
func (l *storeLock) release() {
	// Unlock can only fail on a broken file descriptor, and there is nobody
	// to act on it: the lock goes with the process at the latest.
	_ = l.file.Unlock()
}

// holder names who has the lock, for people: it may be a moment out of date.
func (l *storeLock) holder() string {
	o, err := readOwner(l.owner)
	if err != nil {
		return "another server"
	}
	return fmt.Sprintf("process %d (%s) on %s", o.PID, o.Program, o.Host)
}

// owner is the process that holds a folder.
type owner struct {
	PID     int    `json:"pid"`
	Program string `json:"program"`
	Host    string `json:"host"`
}

func readOwner(file string) (owner, error) {
	var o owner
	data, err := os.ReadFile(file)
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(data, &o)
}

func self() []byte {
	o := owner{PID: os.Getpid(), Program: "unknown program", Host: thisHost()}
	if program, err := os.Executable(); err == nil {
		o.Program = filepath.Base(program)
	}
	data, _ := json.Marshal(o) // numbers and texts
	return append(data, '\n')
}

func thisHost() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown host"
	}
	return host
}
