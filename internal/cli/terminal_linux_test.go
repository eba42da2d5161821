// This file owns the tests of what a person at a terminal is told, on a terminal of the test's own.

package cli_test

import (
	"bufio"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/clitest"
)

func TestAPersonAtATerminalIsToldInSentences(t *testing.T) {
	t.Parallel()
	person, program := clitest.Terminal(t)
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
