// This file owns a new user's session: the programs installed, a folder, ports of its own, and shells.

package quickstart_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

const install = "go install github.com/pyoco/pyoco/cmd/..."

// programs is the folder of the programs, made once for all tests by installed.
var programs string

var installed = sync.OnceValue(func() error {
	env := append(os.Environ(), "GOBIN="+programs)
	for _, line := range []string{install, "go build -o " + filepath.Join(programs, "shop-worker") + " github.com/pyoco/pyoco/examples/worker"} {
		words := strings.Fields(line)
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			return errors.Join(err, errors.New(string(out)))
		}
	}
	return nil
})

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "pyoco-programs-"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(programs)
		os.Exit(code) //nolint:forbidigo // what goleak's own clean-up does
	}))
}

// session is one user with ports of their own in place of 4222, 8222 and 8000.
type session struct {
	t      *testing.T
	folder string
	env    []string
	own    *strings.Replacer
	runID  string // of the last submission
}

func newSession(t *testing.T) *session {
	t.Helper()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			require.NotEqual(t, "true", os.Getenv("CI"), err)
			t.Skip("needs ", tool)
		}
	}
	require.NoError(t, installed())
	nats, monitor, web := strconv.Itoa(natstest.FreePort(t)), strconv.Itoa(natstest.FreePort(t)), strconv.Itoa(natstest.FreePort(t))
	return &session{
		t: t, folder: t.TempDir(),
		env: clitest.Environ("PATH=" + programs + string(os.PathListSeparator) + os.Getenv("PATH")),
		own: strings.NewReplacer(
			"uv run ", "", "4222", nats, "8222", monitor, "8000", web,
			"--with-nats-bootstrap", "--with-nats-bootstrap --nats-client-port "+nats+" --nats-http-port "+monitor,
		),
	}
}

func (s *session) bash(script string) *exec.Cmd {
	script = strings.ReplaceAll(s.own.Replace(script), "<run_id>", s.runID)
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = s.folder, s.env
	return cmd
}

var submitted = regexp.MustCompile(`^\{"run_id": "([0-9a-f-]{36})", "status": "PENDING", "bundle_hash": null\}\n$`)

// run runs a script in a terminal of its own and gives what it prints. It must succeed and complain of nothing.
func (s *session) run(script string) string {
	s.t.Helper()
	cmd := s.bash(script)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(s.t, err, "%s\n%s%s", script, out, errs.String())
	require.Empty(s.t, errs.String(), script)
	if match := submitted.FindSubmatch(out); match != nil {
		s.runID = string(match[1])
	}
	return string(out)
}

// start runs a script whose last line is a program that goes on, in a terminal of its own, until that says that it is up.
func (s *session) start(script string) *clitest.Process {
	s.t.Helper()
	script = strings.TrimSpace(script)
	line := strings.LastIndexByte(script, '\n') + 1
	p := clitest.StartProcess(s.t, s.bash(script[:line]+"exec "+script[line:]))
	switch {
	case strings.Contains(script, "nats-bootstrap up"):
		p.Out.Wait(s.t, `"message":"Server is ready"`)
	case strings.Contains(script, "pyoco-server"):
		p.Out.Wait(s.t, `"message":"gateway is ready"`)
	case strings.Contains(script, "worker"):
		p.Out.Wait(s.t, "worker started")
	}
	return p
}

var fence = regexp.MustCompile("(?ms)^(#+ [^\n]*)$|^```bash\n(.*?)^```$")

// blocks gives the bash blocks of a document, by the number that their heading begins with, else by the heading.
func blocks(t *testing.T, file string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	found := map[string][]string{}
	heading := ""
	for _, match := range fence.FindAllStringSubmatch(string(text), -1) {
		if match[1] != "" {
			heading = strings.TrimSpace(strings.TrimLeft(match[1], "#"))
			if number, _, ok := strings.Cut(heading, ") "); ok {
				heading = number
			}
			continue
		}
		found[heading] = append(found[heading], match[2])
	}
	require.NotEmpty(t, found, file)
	return found
}
