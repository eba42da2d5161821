// This file owns the tests of flags and of failures as they are printed.

package cli_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli"
)

func TestFlagsTakeWhatTheySay(t *testing.T) {
	t.Parallel()
	const seconds = "must be a number of seconds, like 1 or 0.5"
	const limits = "must be above 0 and at most 86400 seconds"
	for _, test := range []struct {
		flag       pflag.Value
		give, want string
		refused    string
	}{
		{new(cli.Seconds), "1", "1", ""},
		{new(cli.Seconds), " 0.25 ", "0.25", ""},
		{new(cli.Seconds), "1e2", "100", ""},
		{new(cli.Seconds), "86400", "86400", ""},
		{new(cli.Seconds), "0", "", limits},
		{new(cli.Seconds), "-1", "", limits},
		{new(cli.Seconds), "86401", "", limits},
		{new(cli.Seconds), "Inf", "", limits},
		{new(cli.Seconds), "NaN", "", seconds},
		{new(cli.Seconds), "1s", "", seconds},
		{new(cli.Seconds), "", "", seconds},
		{new(cli.Port), "0", "0", ""},
		{new(cli.Port), " 65535", "65535", ""},
		{new(cli.Port), "65536", "", "must be a port, 0 to 65535"},
		{new(cli.Port), "-1", "", "must be a port, 0 to 65535"},
		{new(cli.Port), "http", "", "must be a port, 0 to 65535"},
	} {
		err := test.flag.Set(test.give)
		if test.refused != "" {
			require.EqualError(t, err, test.refused, test.give)
			continue
		}
		require.NoError(t, err, test.give)
		require.Equal(t, test.want, test.flag.String())
	}
	var tiny cli.Seconds
	require.NoError(t, tiny.Set("1e-12"))
	require.Positive(t, time.Duration(tiny), "never the 0 that means the default")
}

func TestAChoiceTakesItsWordsAndCompletesThem(t *testing.T) {
	t.Parallel()
	cmd := &cobra.Command{Use: "x", Run: func(*cobra.Command, []string) {}}
	choice := cli.ChoiceFlag(cmd, "form", "json", "how", "json", "text")
	require.Equal(t, "json|text", choice.Type())
	require.NoError(t, cmd.Flags().Set("form", "text"))
	require.Equal(t, "text", choice.Value)
	require.ErrorContains(t, cmd.Flags().Set("form", "Text"), "must be one of json, text")
	var out strings.Builder
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"__complete", "--form", ""})
	require.NoError(t, cmd.Execute())
	require.Contains(t, out.String(), "json\ntext\n")
}

func TestAFailureIsPrintedWithIdReasonAndHint(t *testing.T) {
	t.Parallel()
	cmd := &cobra.Command{Use: "x", Example: cli.Example("x --a 1", "x --b 2")}
	require.Equal(t, "x --a 1", cli.FirstExample(cmd))
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("unknown\n\n\tDid you mean?"), "ERR-PYOCO-0018: bad command line\n- reason: unknown Did you mean?\n- hint: x --a 1\n"},
		{cli.Usage("a\x1b[0m", "x --c 3"), "ERR-PYOCO-0018: bad command line\n- reason: a\\u001b[0m\n- hint: x --c 3\n"},
	} {
		var out strings.Builder
		cli.AsUsage(cmd, test.err).Print(&out)
		require.Equal(t, test.want, out.String())
	}
	require.False(t, cli.IsTerminal(&strings.Builder{}))
}
