//go:build linux

// This file owns the tests whose faults only root can plant: a small disk, and one that is read-only.

package admin_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
	"github.com/pyoco/pyoco/natsd/admin"
)

func TestANearlyFullDiskIsFound(t *testing.T) {
	t.Parallel()
	disk := natstest.NewDisk(t)
	assert.Empty(t, admin.Examine(t.Context(), natsd.Folder{Path: disk.Folder}))
	disk.Fill(t)
	got := only(t, admin.Examine(t.Context(), natsd.Folder{Path: disk.Folder}))
	assert.Equal(t, []any{admin.CheckDisk, admin.Failure, disk.Folder, "its disk is nearly full: 200 MiB of 400 MiB are free"},
		[]any{got.Check, got.Severity, got.Subject, got.Problem})
}

func TestADiskThatIsReadOnlyIsFound(t *testing.T) {
	t.Parallel()
	disk := natstest.NewDisk(t)
	disk.MakeReadOnly(t)
	got := only(t, admin.Examine(t.Context(), natsd.Folder{Path: disk.Folder}))
	assert.Equal(t, admin.CheckStore, got.Check)
	assert.Contains(t, got.Problem, "read-only file system")
}
