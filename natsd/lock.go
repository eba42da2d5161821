// This file owns the lock on the store folder: two nats-servers on one folder
// both start, and ruin it.

package natsd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

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

func lockStore(dir string) (*storeLock, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("natsd: Config.StoreDir: %w", err)
	}
	l := &storeLock{
		file:  flock.New(filepath.Join(dir, lockFile)),
		owner: filepath.Join(dir, ownerFile),
	}
	held, err := l.file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("natsd: can't lock Config.StoreDir %s: %w", dir, err)
	}
	if !held {
		return nil, fmt.Errorf("natsd: %w: %s is held by %s; stop that server or choose another folder",
			ErrStoreInUse, dir, l.holder())
	}
	if err := os.WriteFile(l.owner, []byte(self()), 0o600); err != nil {
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
	name, err := os.ReadFile(l.owner)
	if err != nil || len(name) == 0 {
		return "another server"
	}
	return strings.TrimSpace(string(name))
}

func self() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	program, err := os.Executable()
	if err != nil {
		program = "unknown program"
	}
	return fmt.Sprintf("process %d (%s) on %s\n", os.Getpid(), filepath.Base(program), host)
}
