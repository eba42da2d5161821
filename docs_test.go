// This file owns the proof that the documents are true: their commands run, their flow files parse.

package pyoco_test

import (
	"context"
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

func TestTheFlowFilesOfTheReadmeRunAsItSays(t *testing.T) {
	t.Parallel()
	files := blocks(t, "README.md", "yaml")
	require.Len(t, files, 3)
	for i, file := range files {
		for mode, left := range map[string]string{"draft": "publish", "final": "preview"} {
			j, polls := &journal{}, 0
			add := func(name string) func(context.Context, map[string]any) (string, error) {
				return func(context.Context, map[string]any) (string, error) { j.add(name); return name, nil }
			}
			run := runText(t, file, map[string]string{"mode": mode}, map[string]any{
				"photos:fetch": add("fetch"), "photos/fetch": add("fetch"), "photos:resize": add("resize"),
				"photos:caption": add("caption"), "photos:preview": add("preview"), "photos:publish": add("publish"),
				"photos:poll": func(context.Context) (map[string]bool, error) {
					j.add("poll")
					polls++
					return map[string]bool{"ready": polls == 3}, nil
				},
			})
			require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
			want := []string{"caption", "fetch", "publish", "resize"}
			if i > 0 {
				want = []string{"fetch", "poll", "poll", "poll", "preview", "resize", "resize"}
				require.Equal(t, pyoco.TaskSkipped, run.Tasks[left])
			}
			if i > 0 && mode == "final" {
				want = []string{"fetch", "poll", "poll", "poll", "publish", "publish", "resize", "resize"}
			}
			require.Equal(t, want, j.sortedLines(), "%s in %s", mode, file)
		}
	}
}

func TestTheFlowInGoOfTheReadmeIsAnExampleThatRuns(t *testing.T) {
	t.Parallel()
	flat := func(text string) string { // without indentation, and without what the example checks in between
		var lines []string
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && line != "check(err)" {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "\n")
	}
	text, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	examples, found := flat(string(text)), 0
	for _, block := range blocks(t, "README.md", "go") {
		if strings.Contains(block, "pyoco.NewFlow(") || strings.Contains(block, "flow.Run(") {
			require.Contains(t, examples, flat(block))
			found++
		}
	}
	require.Equal(t, 2, found)
}

func TestTheTutorialIsShort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("examples/quickstart/main.go")
	require.NoError(t, err)
	require.Less(t, strings.Count(string(text), "\n"), 120)
}
