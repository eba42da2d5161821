// This file owns the tests of the texts: each exists in both languages, says the same values, and is used.

package dashboard_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func textsOf(t *testing.T, language string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("ui/src/texts/" + language + ".json")
	require.NoError(t, err)
	texts := map[string]string{}
	require.NoError(t, json.Unmarshal(data, &texts))
	require.NotEmpty(t, texts)
	return texts
}

func TestEveryTextExistsInBothLanguages(t *testing.T) {
	t.Parallel()
	en, ja := textsOf(t, "en"), textsOf(t, "ja")
	require.Equal(t, slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(ja)))
	value := regexp.MustCompile(`\{\w+\}`)
	for key, text := range en {
		require.NotEmpty(t, strings.TrimSpace(text), key)
		require.NotEmpty(t, strings.TrimSpace(ja[key]), key)
		values := func(text string) []string { return slices.Sorted(slices.Values(value.FindAllString(text, -1))) }
		require.Equal(t, values(text), values(ja[key]), key)
	}
}
func TestEveryTextIsUsed(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	require.NoError(t, filepath.WalkDir("ui/src", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".ts") && !strings.HasSuffix(path, ".tsx") {
			return err
		}
		data, err := os.ReadFile(path)
		source.Write(data)
		return err
	}))
	made := regexp.MustCompile("t\\(`([a-z]+\\.)\\$\\{").FindAllStringSubmatch(source.String(), -1) // t(`state.${…}`)
	prefixes := []string{"state."}
	for _, match := range made {
		prefixes = append(prefixes, match[1])
	}
	for key := range textsOf(t, "en") {
		if !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			require.True(t, strings.Contains(source.String(), `"`+key+`"`), "no page has the text %q", key)
		}
	}
}
