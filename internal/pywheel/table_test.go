// This file owns the comparison with packaging, the package that pip reads names, versions and tags with: what it makes of
// them is in testdata/packaging_table.json, which testdata/packaging_table.py writes.

package pywheel_test

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pywheel"
)

type table struct {
	Versions     [][]any             `json:"versions"`
	Names        [][]any             `json:"names"`
	Interpreters map[string][]string `json:"interpreters"`
	Tags         [][]string          `json:"tags"`
}

func readTable(t testing.TB) (out table) {
	t.Helper()
	data, err := os.ReadFile("testdata/packaging_table.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &out))
	return out
}

// ranked is a version with its place among all of the table.
type ranked struct {
	pywheel.Version
	text string
	rank int
}

func rankedVersions(t testing.TB) (list []ranked) {
	for _, row := range readTable(t).Versions {
		if len(row) == 1 {
			continue
		}
		version, err := pywheel.ParseVersion(row[0].(string))
		require.NoError(t, err, "%q", row[0])
		list = append(list, ranked{version, row[0].(string), int(row[2].(float64))})
	}
	return list
}

func TestVersionsAreReadAsPackagingReadsThem(t *testing.T) {
	t.Parallel()
	rows := readTable(t).Versions
	require.Greater(t, len(rows), 2000)
	refused := 0
	for _, row := range rows {
		text := row[0].(string)
		version, err := pywheel.ParseVersion(text)
		if len(row) == 1 {
			refused++
			require.Error(t, err, "%q: %s", text, version)
			continue
		}
		require.NoError(t, err, "%q", text)
		require.Equal(t, row[1], version.String(), "%q", text)
		again, err := pywheel.ParseVersion(version.String())
		require.NoError(t, err)
		require.Zero(t, version.Compare(again), "%q", text)
	}
	require.Greater(t, refused, 200)
}

func TestVersionsAreOrderedAsPackagingOrdersThem(t *testing.T) {
	t.Parallel()
	versions := rankedVersions(t)
	slices.SortFunc(versions, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	random := rand.New(rand.NewPCG(4, 40))
	for i, v := range versions {
		others := []int{i, (i + 1) % len(versions), random.IntN(len(versions)), random.IntN(len(versions))}
		for _, at := range others {
			w := versions[at]
			require.Equal(t, cmp.Compare(v.rank, w.rank), cmp.Compare(v.Compare(w.Version), 0), "%q against %q", v.text, w.text)
			require.Equal(t, -v.Compare(w.Version), w.Compare(v.Version), "%q against %q", v.text, w.text)
		}
		require.Positive(t, v.Compare(pywheel.Version{}), "%q", v.text)
	}
}

func TestNamesOfWheelsAreReadAsPackagingReadsThem(t *testing.T) {
	t.Parallel()
	for _, row := range readTable(t).Names {
		file := row[0].(string)
		name, err := pywheel.ParseName(file)
		if len(row) == 1 {
			require.Error(t, err, "%q: %v", file, name)
			continue
		}
		require.NoError(t, err, "%q", file)
		var tags []string
		for _, tag := range name.Tags {
			tags = append(tags, tag.String())
		}
		slices.Sort(tags)
		want := row[4].([]any)
		require.Len(t, tags, len(want), "%q", file)
		for i := range want {
			require.Equal(t, want[i], tags[i], "%q", file)
		}
		require.Equal(t, row[1:4], []any{name.Package, name.Version.String(), name.Build}, "%q", file)
		require.Equal(t, file, name.File)
	}
}

func TestAnInterpreterTakesTheWheelsThatPackagingSaysItTakes(t *testing.T) {
	t.Parallel()
	cases := readTable(t)
	require.Greater(t, len(cases.Tags), 500)
	var interpreters []pywheel.Interpreter
	for _, name := range interpreterNames {
		require.NotEmpty(t, cases.Interpreters[name], name)
		interpreter, err := pywheel.ParseInterpreter(cases.Interpreters[name])
		require.NoError(t, err)
		interpreters = append(interpreters, interpreter)
	}
	require.Len(t, cases.Interpreters, len(interpreters))
	for _, row := range cases.Tags {
		name, err := pywheel.ParseName(row[0])
		require.NoError(t, err, row[0])
		for i, interpreter := range interpreters {
			require.Equal(t, row[1][i] == 'y', interpreter.CanInstall(name), "%s: %s", row[0], interpreterNames[i])
		}
		require.False(t, pywheel.Interpreter{}.CanInstall(name))
	}
}

// interpreterNames are those of the table, in its order.
var interpreterNames = []string{
	"CPython 3.11 on Linux", "CPython 3.8 on Linux", "CPython 3.12 on Alpine", "CPython 3.13 without a lock", "CPython 3.11 on a Mac",
	"CPython 3.12 on Windows", "CPython 2.7 on Linux", "PyPy 3.10 on Linux",
}
