// This file owns disks of a test, which can be filled and made read-only as those of a machine.

package natstest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// diskOptions leave room for what is no finding: a sound disk has 256 MiB free.
const diskOptions = "size=400m"

// Disk is a small disk in memory, mounted at a folder until the test ends.
type Disk struct{ Folder string }

// NewDisk mounts a disk, which root may do. Elsewhere than in CI, others skip the test.
func NewDisk(t testing.TB) *Disk {
	t.Helper()
	d := &Disk{Folder: t.TempDir()}
	if err := unix.Mount("tmpfs", d.Folder, "tmpfs", 0, diskOptions); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "mounting a disk needs root: %v", err)
		t.Skip("mounting a disk needs root: ", err)
	}
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(d.Folder, 0)) })
	return d
}

// Fill takes half of the disk.
func (d *Disk) Fill(t testing.TB) {
	t.Helper()
	file, err := os.CreateTemp(d.Folder, "ballast")
	require.NoError(t, err)
	require.NoError(t, unix.Fallocate(int(file.Fd()), 0, 0, 200<<20))
	require.NoError(t, file.Close())
}

// MakeReadOnly lets nobody write any more.
func (d *Disk) MakeReadOnly(t testing.TB) {
	t.Helper()
	require.NoError(t, unix.Mount("", d.Folder, "", unix.MS_REMOUNT|unix.MS_RDONLY, diskOptions))
}
