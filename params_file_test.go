// This file owns the tests of params that people write into files.

package pyoco_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestParseParamsReadsJSONAndYAMLAsPyYAMLDoes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"x": 1.0, "big": 123456789012345678901234567890}`: `{"x":1.0,"big":123456789012345678901234567890}`,
		"a: yes\nb: 1:30\nc: 1e3\nd: [1, 2.0]\ne: あ\n":      `{"a":true,"b":90,"c":"1e3","d":[1,2.0],"e":"あ"}`,
		"{x: 1}": `{"x":1}`,
	} {
		params, err := pyoco.ParseParams([]byte(text))
		require.NoError(t, err, text)
		require.JSONEq(t, want, string(params), text)
	}
}

func TestParseParamsRefusesWhatIsNoObject(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[1]\n":         "params: must be an object, got a list",
		"null":          "params: must be an object, got null",
		"":              "params: must be an object, got nothing",
		"# none\n":      "params: must be an object, got nothing",
		"- 1\n- 2\n":    "params: must be an object, got a list",
		"a: [":          "params: is not YAML: line 1: did not find expected node content",
		"d: 2020-01-01": `params.d: a date is not allowed: put "2020-01-01" in quotes (line 1)`,
	} {
		_, err := pyoco.ParseParams([]byte(text))
		require.ErrorIs(t, err, pyoco.ErrInvalid, text)
		require.EqualError(t, err, want, text)
	}
}
