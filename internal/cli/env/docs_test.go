// This file owns the proof that docs/environment.md is true: it has each variable that is read, with its default, and no
// other.

package env

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documented gives the default of each variable of the page; the file of a secret is listed beside it.
func documented(t *testing.T) (defaults map[string]string, files map[string]bool) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/environment.md")
	require.NoError(t, err)
	defaults, files = map[string]string{}, map[string]bool{}
	name := regexp.MustCompile("`(PYOCO_[A-Z0-9_]+)`")
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		require.NotEmpty(t, strings.TrimSpace(cells[3]), "%s: what for?", cells[1])
		names := name.FindAllStringSubmatch(cells[1], -1)
		variable := names[0][1]
		require.NotContains(t, defaults, variable, "twice")
		defaults[variable] = strings.Trim(strings.TrimSpace(cells[2]), "`")
		if len(names) > 1 {
			require.Equal(t, variable+"_FILE", names[1][1])
			files[variable] = true
		}
	}
	return defaults, files
}

func TestTheDocumentHasEachVariableWithItsDefault(t *testing.T) {
	t.Parallel()
	defaults, files := documented(t)
	// Read before the table, by the client alone, and not at all.
	known := map[string]string{"PYOCO_LOAD_DOTENV": "true", "PYOCO_ENV_FILE": ".env", "PYOCO_API_KEY": "", "PYOCO_WORKERS_KV_TTL_SEC": ""}
	secret := map[string]bool{apiKey.name: true}
	for _, v := range variables() {
		known[v.name] = v.standard()
		if v.unread != nil {
			secret[v.name] = true
		}
	}
	require.Equal(t, known, defaults)
	require.Equal(t, secret, files)
}

func TestNoVariableIsReadBesideTheTable(t *testing.T) {
	t.Parallel()
	defaults, _ := documented(t)
	read := regexp.MustCompile(`(?:Getenv|LookupEnv|Lookup|process)\("(PYOCO_[A-Z0-9_]+)"`)
	root := "../../.."
	require.NoError(t, filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || strings.Contains(file, "/clitest/") {
			return err
		}
		text, err := os.ReadFile(file)
		for _, match := range read.FindAllSubmatch(text, -1) {
			require.Contains(t, defaults, string(match[1]), file)
		}
		return err
	}))
}
