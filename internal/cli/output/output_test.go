// This file owns the tests of what is printed, to the byte.

package output_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/output"
)

func TestJSONIsOneSpacedLineThatKeepsNumbersAndOrder(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		"{\"z\":1.0 ,\n \"a\":[1,2e3, 123456789012345678901234567890],\"e\":{},\"l\":[]}": `{"z": 1.0, "a": [1, 2e3, 123456789012345678901234567890], "e": {}, "l": []}`,
		`[true,false,null,"a,b:c"]`:          `[true, false, null, "a,b:c"]`,
		`"<&>\u003c\/\u0041"`:                `"<&></A"`,
		`"あ\u3042😀\uD83D\uDE00"`:             `"\u3042\u3042\ud83d\ude00\ud83d\ude00"`,
		`"\ud800 alone"`:                     `"\ud800 alone"`,
		`"\"\\\b\f\n\r\t\u0022\u005C\u000a"`: `"\"\\\b\f\n\r\t\"\\\n"`,
		`"\u0001\u0008\u000c\u000d\u0009"`:   `"\u0001\b\f\r\t"`,
		"\"\u007f\u0080\u2028\"":             "\"\u007f\\u0080\\u2028\"",
	} {
		require.True(t, json.Valid([]byte(document)), document)
		var b strings.Builder
		require.NoError(t, output.JSON(&b, json.RawMessage(document)))
		require.Equal(t, want+"\n", b.String())
	}
}

func FuzzJSONMeansTheSame(f *testing.F) {
	f.Add(`{"a":["\ud83d\ude00",1.0,{"b":null}],"あ":"\/"}`)
	f.Fuzz(func(t *testing.T, document string) {
		var want, got any
		if json.Unmarshal([]byte(document), &want) != nil {
			t.Skip()
		}
		line := output.AppendJSON(nil, json.RawMessage(document))
		require.NoError(t, json.Unmarshal(line, &got), "%s", line)
		require.Equal(t, want, got)
		require.NotContains(t, string(line), "\n")
		for _, c := range line {
			require.Less(t, c, byte(0x80))
		}
	})
}

func TestTablePadsEachColumnToItsWidestCharacters(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, output.Table(&b, []string{"id", "status"}, [][]string{{"long-one", "A"}, {"あい", "-"}}))
	require.Equal(t, "id        status\nlong-one  A     \nあい        -     \n", b.String())
	b.Reset()
	require.NoError(t, output.Table(&b, []string{"id"}, nil))
	require.Equal(t, "(no items)\n", b.String())
}

func TestCellShowsAValueInOneLine(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		``: "-", `null`: "-", `""`: "-", `"text"`: "text", `1700000000.0`: "1700000000.0", `true`: "true",
		`{"a":[1]}`: `{"a": [1]}`, `"a\nb\tc\u001b[0m"`: `a\nb\tc\u001b[0m`, `"あ"`: "あ",
	} {
		require.Equal(t, want, output.Cell(json.RawMessage(value)), value)
	}
}

func TestTextEndsItsLastLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "\n", "a": "a\n", "a\n": "a\n"} {
		var b strings.Builder
		require.NoError(t, output.Text(&b, text))
		require.Equal(t, want, b.String())
	}
}

var errFull = errors.New("full")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestAFailureToWriteIsAnError(t *testing.T) {
	t.Parallel()
	err := output.JSON(fullDisk{}, json.RawMessage("1"))
	var failed *output.Error
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, errFull)
	require.EqualError(t, err, "output could not be written: full")
}
