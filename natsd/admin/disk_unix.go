//go:build unix

// This file owns the room on a disk, where the system is a Unix.

package admin

import "golang.org/x/sys/unix"

// diskSpace gives the bytes that this user may still write, and those of the disk.
func diskSpace(folder string) (free, total uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, 0, err
	}
	block := uint64(s.Bsize)                                       //nolint:unconvert // another type on each system
	return uint64(s.Bavail) * block, uint64(s.Blocks) * block, nil //nolint:unconvert // as above
}
