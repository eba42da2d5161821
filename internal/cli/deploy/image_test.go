//go:build linux

// This file owns the image: what the Dockerfile builds, in a root folder with nothing else in it.

package deploy_test

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/cli/clitest"
)

// module is the folder of the module, from this package's.
const module = "../../.."

// built is the folder with the image's programs, made once for all tests by build.
var built string

func TestMain(m *testing.M) {
	var err error
	if built, err = os.MkdirTemp("", "pyoco-image-"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(built)
		os.Exit(code) //nolint:forbidigo // what goleak's own clean-up does
	}))
}

var goBuild = regexp.MustCompile(`(?m)^RUN (.* go build .* /out/ .*)$`)

// build runs the Dockerfile's own line.
var build = sync.OnceValue(func() error {
	dockerfile, err := os.ReadFile(filepath.Join(module, "Dockerfile"))
	if err != nil {
		return err
	}
	line := goBuild.FindSubmatch(dockerfile)
	if line == nil {
		return fmt.Errorf("the Dockerfile has no line like %s", goBuild)
	}
	cmd := exec.Command("sh", "-c", strings.ReplaceAll(string(line[1]), "/out/", built+"/"))
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", line[1], err, out)
	}
	return nil
})

// nobody is the user of the image.
const nobody = 65532

// container is a root folder of its own with the image's programs. Root runs them in it; who is not root runs them with
// nothing but their own environment, and their paths are those of the folder.
type container struct {
	root string
	env  []string
}

func newContainer(t *testing.T, env ...string) *container {
	t.Helper()
	require.NoError(t, build())
	c := &container{root: t.TempDir(), env: append(env, "PATH=/usr/local/bin")}
	for _, folder := range []string{"usr/local/bin", "data", "tmp", "run/secrets"} {
		require.NoError(t, os.MkdirAll(filepath.Join(c.root, folder), 0o755))
	}
	programs, err := os.ReadDir(built)
	require.NoError(t, err)
	for _, p := range programs {
		require.NoError(t, os.Link(filepath.Join(built, p.Name()), filepath.Join(c.root, "usr/local/bin", p.Name())))
	}
	if isRoot() {
		for _, folder := range []string{"data", "tmp"} {
			require.NoError(t, os.Chown(filepath.Join(c.root, folder), nobody, nobody))
		}
	}
	return c
}

func isRoot() bool { return os.Geteuid() == 0 }

// path is a path of the container as its programs find it.
func (c *container) path(text string) string {
	if isRoot() {
		return text
	}
	for _, folder := range []string{"/data", "/run/secrets"} {
		text = strings.ReplaceAll(text, folder, c.root+folder)
	}
	return text
}

func (c *container) command(words ...string) *exec.Cmd {
	args := make([]string, len(words))
	for i, word := range words {
		args[i] = c.path(word)
	}
	program, folder := "/usr/local/bin/"+words[0], "/data"
	cmd := exec.Command(program, args[1:]...)
	if isRoot() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	} else {
		cmd.Path, folder = c.root+program, c.root+folder
	}
	cmd.Dir = folder
	for _, pair := range c.env {
		cmd.Env = append(cmd.Env, c.path(pair))
	}
	return cmd
}

// run gives the output of a program, which must succeed.
func (c *container) run(t *testing.T, words ...string) string {
	t.Helper()
	p := clitest.StartProcess(t, c.command(words...))
	require.Zero(t, p.Code(t), "%s: %s%s", words, p.Out, p.Err)
	require.Empty(t, p.Err.String(), words)
	return p.Out.String()
}

func TestTheImageHasAllCommandsAndNeedsNothingElse(t *testing.T) {
	t.Parallel()
	c := newContainer(t)
	commands, err := os.ReadDir(filepath.Join(module, "cmd"))
	require.NoError(t, err)
	require.NotEmpty(t, commands)
	for _, command := range commands {
		program, err := elf.Open(filepath.Join(built, command.Name()))
		require.NoError(t, err)
		for _, part := range program.Progs {
			require.NotEqual(t, elf.PT_INTERP, part.Type, "%s is not static", command.Name())
		}
		require.NoError(t, program.Close())
		require.Contains(t, c.run(t, command.Name(), "--help"), "Usage:\n  "+command.Name())
	}
}

func TestTheDockerfileBuildsWithTheModulesGo(t *testing.T) {
	t.Parallel()
	dockerfile, err := os.ReadFile(filepath.Join(module, "Dockerfile"))
	require.NoError(t, err)
	modfile, err := os.ReadFile(filepath.Join(module, "go.mod"))
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(modfile)
	require.NotNil(t, version)
	require.Contains(t, string(dockerfile), "\nFROM golang:"+string(version[1])+" AS build\n")
	for _, copied := range regexp.MustCompile(`(?m)^COPY (\S.*) \./$`).FindAllSubmatch(dockerfile, -1) {
		for name := range strings.FieldsSeq(string(copied[1])) {
			require.FileExists(t, filepath.Join(module, name))
		}
	}
}
