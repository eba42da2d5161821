// This file owns the proof that the documents are true: their commands run, their flow files parse.

package pyoco_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// blocks gives the fenced blocks of a language in a document.
func blocks(t *testing.T, file, language string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var found []string
	for _, match := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		found = append(found, match[1])
	}
	require.NotEmpty(t, found, "%s has no %s block", file, language)
	return found
}

// The commands of the section "The commands" are run as processes by internal/cli/quickstart.
func TestEveryCommandOfTheReadmeRuns(t *testing.T) {
	t.Parallel()
	for _, block := range blocks(t, "README.md", "sh") {
		for line := range strings.Lines(block) {
			switch command := strings.TrimSpace(line); command {
			case "":
			case "go test ./...": // this test is part of it
			default:
				out, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput()
				require.NoError(t, err, "%s\n%s", command, out)
				require.Contains(t, string(out), "COMPLETED", command)
			}
		}
	}
}

func TestBothReadmesHaveTheSameCommands(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"sh", "bash", "yaml", "go", "mermaid"} {
		require.Equal(t, blocks(t, "README.md", language), blocks(t, "README_ja.md", language), language)
	}
	sections := func(file string) int {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		return strings.Count(string(text), "\n## ")
	}
	require.Equal(t, sections("README.md"), sections("README_ja.md"))
}

func TestTheFlowFilesOfTheDocumentsParse(t *testing.T) {
	t.Parallel()
	for _, block := range blocks(t, "README.md", "yaml") {
		flow, err := pyoco.ParseFlow([]byte(block))
		require.NoError(t, err)
		require.Empty(t, flow.Warnings())
	}
	files, err := filepath.Glob("examples/*/flow.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, err = pyoco.ParseFlow(text)
		require.NoError(t, err, file)
	}
}

func TestTheTutorialIsShort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("examples/quickstart/main.go")
	require.NoError(t, err)
	require.Less(t, strings.Count(string(text), "\n"), 120)
}
