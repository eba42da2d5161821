//go:build linux

// This file owns what the units of systemd say: that every flag and variable in them is one of the programs.

package deploy_test

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// unit is a unit's settings, each with its values in order.
type unit map[string][]string

func readUnit(t *testing.T, file string) unit {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	u, section := unit{}, ""
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		line = strings.TrimSpace(line)
		switch key, value, found := strings.Cut(line, "="); {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
			require.Contains(t, []string{"Unit", "Service", "Install"}, section, file)
		default:
			require.True(t, found, "%s: %s", file, line)
			u[section+"."+key] = append(u[section+"."+key], value)
		}
	}
	return u
}

// expand puts in what systemd does for its specifiers.
func expand(text string) string {
	return strings.NewReplacer("%d", "/run/secrets", "%l", "machine", "%i", "1", "%S", "/var/lib").Replace(text)
}

var specifier = regexp.MustCompile(`[%$]\w`)

func TestTheUnitsSayWhatTheProgramsKnow(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(clusterFolder, "systemd", "*.service"))
	require.NoError(t, err)
	require.Len(t, files, 3)
	c := newContainer(t)
	common := readEnvironmentFile(t, filepath.Join(clusterFolder, "systemd", "pyoco.env"))
	knowsVariables(t, common)
	for _, file := range files {
		u := readUnit(t, file)
		require.Len(t, u["Service.ExecStart"], 1, file)
		words := strings.Fields(expand(u["Service.ExecStart"][0]))
		require.Empty(t, specifier.FindString(strings.Join(words, " ")), file)
		words[0] = strings.TrimPrefix(words[0], "/usr/local/bin/")
		knowsFlags(t, c, words)

		variables := map[string]string{}
		for _, line := range u["Service.Environment"] {
			for pair := range strings.FieldsSeq(expand(line)) {
				name, value, _ := strings.Cut(pair, "=")
				variables[name] = value
			}
		}
		for _, name := range u["Service.EnvironmentFile"] {
			require.Equal(t, "/etc/pyoco/pyoco.env", name)
			for name, value := range common {
				variables[name] = value
			}
		}
		knowsVariables(t, variables)
		secrets := map[string]bool{}
		for _, line := range u["Service.LoadCredential"] {
			name, path, _ := strings.Cut(line, ":")
			require.Equal(t, "/etc/pyoco/"+name, path)
			secrets[name] = true
		}
		for _, used := range secretPath.FindAllStringSubmatch(strings.Join(words, " ")+expand(strings.Join(u["Service.Environment"], " ")), -1) {
			require.True(t, secrets[used[1]], "%s does not load %s", file, used[1])
			delete(secrets, used[1])
		}
		require.Empty(t, secrets, "%s loads what nobody reads", file)
		require.Equal(t, []string{"always"}, u["Service.Restart"])
		require.Equal(t, []string{"yes"}, u["Service.DynamicUser"])
		require.Equal(t, []string{"multi-user.target"}, u["Install.WantedBy"])
	}
}

func readEnvironmentFile(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	variables := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			name, value, found := strings.Cut(line, "=")
			require.True(t, found, line)
			variables[name] = value
		}
	}
	return variables
}

// The two ways of deployment are one system.
func TestUnitsAndComposeFileAgree(t *testing.T) {
	t.Parallel()
	file := readCompose(t)
	service := map[string]string{"pyoco-nats.service": "nats-1", "pyoco-gateway.service": "gateway-1"}
	common := readEnvironmentFile(t, filepath.Join(clusterFolder, "systemd", "pyoco.env"))
	for name, value := range common {
		require.Equal(t, file.Services["gateway-1"].Environment[name], value)
	}
	for name, other := range service {
		words := strings.Fields(expand(readUnit(t, filepath.Join(clusterFolder, "systemd", name))["Service.ExecStart"][0]))[1:]
		for _, word := range file.Services[other].Command[1:] {
			if flag, _, found := strings.Cut(word, "="); found && (flag == "--datafolder" || flag == "--host") {
				continue // a volume's, a container's
			}
			require.Contains(t, words, word)
		}
	}
}
