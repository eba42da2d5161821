//go:build unix

// This file owns the lock on a block of ports, which ends with the process.

package natstest

import (
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// portFolder is for the processes of one user.
func portFolder() string {
	return filepath.Join(os.TempDir(), "pyoco-test-ports-"+strconv.Itoa(os.Getuid()))
}

// lockForGood says whether a file's lock was free. The file stays open, and locked, until the process ends; its children do
// not inherit it. Where there can be no lock, ports are as free as they look.
func lockForGood(file string) bool {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return true
	}
	descriptor, err := unix.Open(file, unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return true
	}
	if err := unix.Flock(descriptor, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = unix.Close(descriptor)
		return false
	}
	return true
}
