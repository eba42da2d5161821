// This file owns the tests of the texts: each exists in both languages and says the same values.

package dashboard_test

import (
	"encoding/json"
	"maps"
	"os"
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
