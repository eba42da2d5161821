// This file owns the test of the progress bar, on a terminal of the test's own.

package client_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/client"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

func TestAPersonAtATerminalSeesHowFarAnUploadIs(t *testing.T) {
	t.Parallel()
	url := ourGateway(t, "", natstest.Start(t))
	person, program := clitest.Terminal(t)
	const name = "a_package_with_a_long_name-1.0-py3-none-any.whl"
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, pywheeltest.Wheel(name), 0o600))
	var out bytes.Buffer
	code := client.Main(context.WithoutCancel(t.Context()), cli.Process{
		Args: []string{"--server", url, "wheel-upload", "--wheel-file", file}, In: strings.NewReader(""), Out: &out, Err: program,
		Lookup: lookup(nil),
	})
	require.Equal(t, 0, code)
	require.NoError(t, program.Close())
	seen, _ := io.ReadAll(person) // a terminal that nobody writes to any more ends with an error
	lines := strings.Split(string(seen), "\r")
	require.Greater(t, len(lines), 2, "%q", seen)
	require.Regexp(t, `^a_package_with_a_long_n… \[={20}\] 100% 0\.0 of 0\.0 MiB \d+\.\d MiB/s$`, lines[1])
	require.Less(t, len([]rune(lines[1])), 80)
	require.Equal(t, strings.Repeat(" ", len([]rune(lines[1]))), lines[2], "it is taken away")
	require.True(t, strings.HasPrefix(out.String(), `{"name": "`+name+`", `), out.String())
}
