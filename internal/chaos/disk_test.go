//go:build linux

// This file owns a disk that can lose its power: an ext4 file system in a file, which can be shut down without a flush.

package chaos

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// disk is mounted at folder.
type disk struct {
	image   string
	folder  string
	mounted bool
}

// diskSize is room for the dead letters' reservation and for what a test writes.
const diskSize = 256 << 20

// newDisk makes one that ends with the test. It needs root, mkfs.ext4 (Debian: e2fsprogs), mount and a loop device.
func newDisk(t *testing.T) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		without(t, "root, to mount a file system")
	}
	for _, program := range []string{"mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(program); err != nil {
			without(t, program)
		}
	}
	dir := t.TempDir()
	d := &disk{image: filepath.Join(dir, "disk.img"), folder: filepath.Join(dir, "disk")}
	require.NoError(t, os.WriteFile(d.image, nil, 0o600))
	require.NoError(t, os.Truncate(d.image, diskSize))
	require.NoError(t, os.Mkdir(d.folder, 0o700))
	command(t, "mkfs.ext4", "-q", "-F", d.image)
	d.mount(t)
	t.Cleanup(func() {
		if d.mounted {
			d.unmount(t)
		}
	})
	return d
}

// without skips a test that this machine can't run, and fails it where everything must run.
func without(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		require.FailNow(t, "missing", what)
	}
	t.Skip("needs " + what)
}

func (d *disk) mount(t *testing.T) {
	t.Helper()
	command(t, "mount", "-o", "loop", d.image, d.folder)
	d.mounted = true
}

func (d *disk) unmount(t *testing.T) {
	t.Helper()
	command(t, "umount", d.folder)
	d.mounted = false
}

// cut is the end of the power: what was not flushed by now never reaches the disk, and every later write fails.
// FS_IOC_SHUTDOWN is ext4's EXT4_IOC_SHUTDOWN: _IOR('X', 125, __u32) with EXT4_GOING_FLAGS_NOLOGFLUSH.
func (d *disk) cut(t *testing.T) {
	t.Helper()
	const (
		shutdown     = 0x8004587d
		withoutFlush = 2
	)
	root, err := os.Open(d.folder)
	require.NoError(t, err)
	defer root.Close()
	assert.NoError(t, unix.IoctlSetPointerInt(int(root.Fd()), shutdown, withoutFlush))
}
