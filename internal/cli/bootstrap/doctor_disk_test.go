//go:build linux

// This file owns the tests of doctor on disks that are full or can't be written.

package bootstrap_test

import (
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd/admin"
)

// onDisk runs a server whose data is on a disk of the test.
func onDisk(t *testing.T) (*natstest.Disk, string, *clitest.Program) {
	t.Helper()
	disk := natstest.NewDisk(t)
	folder := filepath.Join(disk.Folder, "data")
	p := start(t, "up", "--datafolder", folder, "--client-port", strconv.Itoa(natstest.FreePort(t)), "--http-port", strconv.Itoa(natstest.FreePort(t)))
	await(t, p.Out, "NATS is ready")
	require.Empty(t, diagnosis(t, "--datafolder", folder))
	return disk, folder, p
}

func TestDoctorFindsADiskThatIsNearlyFull(t *testing.T) {
	t.Parallel()
	disk, folder, _ := onDisk(t)
	disk.Fill(t)
	found := only(t, diagnosis(t, "--datafolder", folder), admin.CheckDisk, admin.Failure)
	require.Equal(t, folder, found.Subject)
	require.Regexp(t, `^its disk is nearly full: \d+ MiB of 400 MiB are free$`, found.Problem)
}

func TestDoctorFindsAStoreThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	disk, folder, server := onDisk(t)
	server.Signal(syscall.SIGTERM)
	require.Zero(t, <-server.Code)
	disk.MakeReadOnly(t)
	refused := run(t, "up", "--datafolder", folder)
	require.Equal(t, 2, refused.code)
	require.Contains(t, refused.errs, "read-only file system")
	found := only(t, diagnosis(t, "--datafolder", folder), admin.CheckStore, admin.Failure)
	require.Equal(t, folder, found.Subject)
	require.Contains(t, found.Problem, "it can't be written: ")
}
