// This file owns the tests of what a person at a terminal is told, on a terminal of the test's own.

package cli_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli"
)

// terminal gives the two ends of a pseudo-terminal: the person's and the program's.
func terminal(t *testing.T) (person, program *os.File) {
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

func TestAPersonAtATerminalIsToldInSentences(t *testing.T) {
	t.Parallel()
	person, program := terminal(t)
	require.True(t, cli.IsTerminal(program))
	var logged strings.Builder
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	cli.Announce(program, log, "up at x\x1b[0m", "url", "x")
	ctx, stop := context.WithCancel(t.Context())
	done := cli.TellStop(ctx, program, log)
	stop()
	lines := bufio.NewReader(person)
	for _, want := range []string{`up at x\u001b[0m`, "stopping: what has begun is finished first; a second Ctrl-C ends at once"} {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, strings.TrimSpace(line))
	}
	done()
	require.Empty(t, logged.String())
}

func TestEverybodyElseIsToldByTheLog(t *testing.T) {
	t.Parallel()
	var out, logged strings.Builder
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	cli.Announce(&out, log, "up at x", "url", "x")
	cli.TellStop(t.Context(), &out, log)()
	require.Empty(t, out.String())
	require.Contains(t, logged.String(), `"msg":"up at x","url":"x"`)
	require.NotContains(t, logged.String(), "stopping")
}
