// This file owns a terminal of the test's own.

package clitest

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// Terminal gives the two ends of a pseudo-terminal: the person's and the program's.
func Terminal(t testing.TB) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), err)
		t.Skip("needs pseudo-terminals: ", err)
	}
	t.Cleanup(func() { _ = person.Close() })
	const unlock, number = 0x40045431, 0x80045430 // TIOCSPTLCK and TIOCGPTN
	var locked, n int32
	for request, value := range map[uintptr]*int32{unlock: &locked, number: &n} {
		_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), request, uintptr(unsafe.Pointer(value)))
		require.Zero(t, failed)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}
