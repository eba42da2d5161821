//go:build linux

// This file owns the tests whose faults only root can plant: a small disk, and a folder of somebody else.

package admin_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/pyoco/pyoco/natsd"
	"github.com/pyoco/pyoco/natsd/admin"
)

// mount gives a disk of the test in memory, which root may do. Elsewhere than in CI, others skip the test.
func mount(t *testing.T, flags uintptr, options string) string {
	t.Helper()
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", flags, options); err != nil {
		if os.Getenv("CI") == "true" {
			require.NoError(t, err, "mounting a disk needs root")
		}
		t.Skip("mounting a disk needs root: ", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount(folder, 0)) })
	return folder
}

func TestANearlyFullDiskIsFound(t *testing.T) {
	t.Parallel()
	folder := mount(t, 0, "size=400m")
	assert.Empty(t, admin.Examine(t.Context(), natsd.Folder{Path: folder}))
	file, err := os.Create(filepath.Join(folder, "ballast"))
	require.NoError(t, err)
	require.NoError(t, unix.Fallocate(int(file.Fd()), 0, 0, 200<<20))
	require.NoError(t, file.Close())
	got := only(t, admin.Examine(t.Context(), natsd.Folder{Path: folder}))
	assert.Equal(t, []any{admin.CheckDisk, admin.Failure, folder, "its disk is nearly full: 200 MiB of 400 MiB are free"},
		[]any{got.Check, got.Severity, got.Subject, got.Problem})
}

func TestADiskThatIsReadOnlyIsFound(t *testing.T) {
	t.Parallel()
	folder := mount(t, unix.MS_RDONLY, "size=400m")
	got := only(t, admin.Examine(t.Context(), natsd.Folder{Path: folder}))
	assert.Equal(t, admin.CheckStore, got.Check)
	assert.Contains(t, got.Problem, "read-only file system")
}
