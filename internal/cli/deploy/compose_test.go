//go:build linux

// This file owns what the compose file says: that every flag and variable in it is one of the programs, and that all it
// names is there.

package deploy_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/pyoco/pyoco/internal/cli/env"
)

const clusterFolder = module + "/examples/cluster"

// composeFile is the part of a compose file that the tests run.
type composeFile struct {
	Services map[string]service
	Volumes  map[string]any
	Networks map[string]any
	Secrets  map[string]struct{ File string }
}

type service struct {
	Image       string
	Command     []string
	Environment map[string]string
	Secrets     []string
	Networks    []string
	Volumes     []string
	DependsOn   []string `yaml:"depends_on"`
	Restart     string
	Healthcheck struct{ Test []string }
}

// check is the command of the health check, if there is one.
func (s service) check() []string {
	if len(s.Healthcheck.Test) == 0 {
		return nil
	}
	return s.Healthcheck.Test[1:]
}

func readCompose(t *testing.T) composeFile {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(clusterFolder, "compose.yaml"))
	require.NoError(t, err)
	var file composeFile
	require.NoError(t, yaml.Unmarshal(text, &file))
	return file
}

var secretPath = regexp.MustCompile(`/run/secrets/(\w+)`)

func TestTheComposeFileSaysWhatTheProgramsKnow(t *testing.T) {
	t.Parallel()
	file := readCompose(t)
	require.ElementsMatch(t, []string{"nats-1", "nats-2", "nats-3", "gateway-1", "gateway-2", "worker-1", "worker-2"}, slices.Collect(maps.Keys(file.Services)))
	c := newContainer(t)
	for name, s := range file.Services {
		require.Equal(t, "pyoco", s.Image, name)
		require.Equal(t, "unless-stopped", s.Restart, name)
		knowsFlags(t, c, s.Command)
		if check := s.check(); check != nil {
			require.Equal(t, "CMD", s.Healthcheck.Test[0], "there is no shell in the image")
			knowsFlags(t, c, check)
		} else {
			require.Contains(t, name, "worker", "what others call has a health check")
		}
		knowsVariables(t, s.Environment)

		for _, text := range slices.Concat(s.Command, slices.Collect(maps.Values(s.Environment))) {
			for _, path := range secretPath.FindAllStringSubmatch(text, -1) {
				require.Contains(t, s.Secrets, path[1], name)
			}
		}
		for _, secret := range s.Secrets {
			require.Equal(t, "./secrets/"+secret, file.Secrets[secret].File)
		}
		for _, volume := range s.Volumes {
			source, target, _ := strings.Cut(volume, ":")
			require.Contains(t, file.Volumes, source)
			require.Equal(t, "/data", target)
		}
		for _, network := range s.Networks {
			require.Contains(t, file.Networks, network)
		}
		for _, other := range s.DependsOn {
			require.Contains(t, file.Services, other)
		}
	}
}

// knowsFlags wants a program to take a command line, but for doing what it says.
func knowsFlags(t *testing.T, c *container, words []string) {
	t.Helper()
	require.Contains(t, c.run(t, append(slices.Clone(words), "--help")...), "Usage:\n  "+words[0])
}

// knowsVariables wants variables to be ones that are read, with values that can be used.
func knowsVariables(t *testing.T, variables map[string]string) {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("s3cret\n"), 0o600))
	asked := map[string]bool{}
	settings := env.Read(func(name string) (string, bool) {
		asked[name] = true
		value, ok := variables[name]
		if strings.HasSuffix(name, "_FILE") && value != "" {
			value = secret
		}
		return value, ok
	})
	require.Empty(t, settings.Warnings)
	require.NoError(t, settings.Refused)
	require.NoError(t, settings.NoPepper)
	_, err := settings.NATS.Options()
	require.NoError(t, err)
	for name := range variables {
		require.True(t, asked[name], "nobody reads %s", name)
	}
}
