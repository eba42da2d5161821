// This file owns the tests of YAML 1.1: what PyYAML makes of a scalar is in testdata/yaml_scalars.json, which
// testdata/yaml_scalars.py writes.

package pyoco

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// scalar is what a flow file's defaults hold for `x: text`.
func scalar(t *testing.T, text string) (string, error) {
	t.Helper()
	root, err := parseYAML([]byte("x: " + text))
	if err != nil {
		return "", err
	}
	data, err := yamlJSON("flow.defaults", root)
	if err != nil {
		return "", err
	}
	var values map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &values))
	return string(values["x"]), nil
}

func TestScalarsMeanWhatPyYAMLMakesOfThem(t *testing.T) {
	t.Parallel()
	// PyYAML reads these and then has no value for them: its tags "value" and "merge", digits that are all underscores.
	// They can't be in a file that works there.
	here := map[string]string{"=": `"="`, "<<": `"<<"`}
	file, err := os.ReadFile("testdata/yaml_scalars.json")
	require.NoError(t, err)
	var table []struct{ YAML, JSON, Refused string }
	require.NoError(t, json.Unmarshal(file, &table))
	require.Greater(t, len(table), 600)
	for _, row := range table {
		got, err := scalar(t, row.YAML)
		want, isOurs := here[row.YAML]
		switch {
		case isOurs:
			require.NoError(t, err, "%q", row.YAML)
			require.Equal(t, want, got, "%q", row.YAML)
		case row.Refused == "error" && err == nil:
			require.Regexp(t, `^[-+]?0[bx]_+$`, row.YAML, "%q is %s here and refused by PyYAML", row.YAML, got)
			require.Equal(t, "0", got)
		case row.Refused != "":
			require.ErrorIs(t, err, ErrInvalid, "%q", row.YAML)
		case isFloat(row.JSON):
			require.NoError(t, err, "%q", row.YAML)
			require.True(t, isFloat(got), "%q is %s, and %s in PyYAML", row.YAML, got, row.JSON)
			require.InDelta(t, number(t, row.JSON), number(t, got), 0, "%q", row.YAML)
		default:
			require.NoError(t, err, "%q", row.YAML)
			require.Equal(t, row.JSON, got, "%q", row.YAML)
		}
	}
}

// isFloat says whether a JSON value is a number with a fraction or an exponent.
func isFloat(text string) bool {
	return text[0] != '"' && strings.ContainsAny(text, ".e") && text != "true" && text != "false"
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return f
}

func TestFloatsKeepTheirDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1.0": "1.0", "1.": "1.0", "1.500": "1.500", ".5": "0.5", "007.25": "7.25", "-0.0": "-0.0", "+1.5": "1.5", "1_0.2_5": "10.25",
		"1.5e+3": "1.5e+3", "1.E-03": "1.0e-03", "3.14159265358979323846": "3.14159265358979323846", "1:30.5": "90.5", "1:30.": "90.0",
		"1.0e-400": "1.0e-400",
	} {
		got, err := scalar(t, text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
		require.True(t, json.Valid([]byte(got)))
	}
}

func TestIntegersOfAnySizeStayExact(t *testing.T) {
	t.Parallel()
	digits := strings.Repeat("9", maxNumberBytes)
	got, err := scalar(t, digits)
	require.NoError(t, err)
	require.Equal(t, digits, got)
	_, err = scalar(t, digits+"9")
	require.EqualError(t, err, "flow.defaults.x: a number must have at most 4300 digits, got 4301 (line 1)")
	_, err = scalar(t, digits+"9.5")
	require.EqualError(t, err, "flow.defaults.x: a number must have at most 4300 digits, got 4303 (line 1)")
	got, err = scalar(t, "0x"+strings.Repeat("f", 64))
	require.NoError(t, err)
	require.Equal(t, "115792089237316195423570985008687907853269984665640564039457584007913129639935", got)
}

func TestDatesAndWhatJSONLacksAreRefusedWithTheField(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{at: [1, 2026-01-02]}":  `flow.defaults.at.1: a date is not allowed: put "2026-01-02" in quotes (line 3)`,
		"{at: 2026-1-2 3:04:05}": `flow.defaults.at: a date is not allowed: put "2026-1-2 3:04:05" in quotes (line 3)`,
		"{2026-01-02: x}":        `flow.defaults: a date is not allowed: put "2026-01-02" in quotes (line 3)`,
		"{deep: {x: .inf}}":      "flow.defaults.deep.x: .inf is not a number that JSON can hold (line 3)",
		"{x: -.INF}":             "flow.defaults.x: -.INF is not a number that JSON can hold (line 3)",
		"{x: .nan}":              "flow.defaults.x: .nan is not a number that JSON can hold (line 3)",
		"{x: 1.0e+400}":          "flow.defaults.x: 1.0e+400 is not a number that JSON can hold (line 3)",
		"{? [a] : x}":            "flow.defaults: a key must be a text, got a list (line 3)",
		"{? {a: b} : x}":         "flow.defaults: a key must be a text, got a map (line 3)",
	} {
		require.EqualError(t, refused(t, "flow:\n  graph: a\n  defaults: "+text+"\ntasks: {a: {}}"), want)
	}
}

func TestKeysThatAreNoTextsBecomeTextsAsInPythonsJSON(t *testing.T) {
	t.Parallel()
	flow := parse(t, "flow: {graph: a, defaults: {1: a, yes: b, ~: c, 0x10: d, 1.0: e, 1:30: f, '2': g, 2: h}}\ntasks: {a: {}}")
	require.Equal(t, `{"1":"a","true":"b","null":"c","16":"d","1.0":"e","90":"f","2":"h"}`, string(flow.Defaults()))
}

func TestDefaultsKeepTheFilesOrder(t *testing.T) {
	t.Parallel()
	flow := parse(t, "flow: {graph: a, defaults: {z: 1, a: {y: 1, b: 2}, z: 3}}\ntasks: {a: {}}")
	require.Equal(t, `{"z":3,"a":{"y":1,"b":2}}`, string(flow.Defaults()))
}

func TestDefaultsHoldNoHTMLEscapes(t *testing.T) {
	t.Parallel()
	flow := parse(t, "flow: {graph: a, defaults: {'<k>': a >> b & c}}\ntasks: {a: {}}")
	require.Equal(t, `{"<k>":"a >> b & c"}`, string(flow.Defaults()))
}
