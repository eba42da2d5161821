// This file owns what the tests share: the command as a function, and as a process.

package bootstrap_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/cli/bootstrap"
	"github.com/pyoco/pyoco/internal/cli/clitest"
)

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "nats-bootstrap-test-")
	if err != nil {
		panic(err)
	}
	built = sync.OnceValues(func() (string, error) { return build(folder) })
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("os/signal.loop"), // the runtime's own, there once for all
		goleak.Cleanup(func(code int) {
			_ = os.RemoveAll(folder)
			os.Exit(code) //nolint:forbidigo // what goleak does without a Cleanup
		}))
}

// built is the program, made when a test first needs it.
var built func() (string, error)

func build(folder string) (string, error) {
	file := filepath.Join(folder, "nats-bootstrap")
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", file, "github.com/pyoco/pyoco/cmd/nats-bootstrap").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
}

// result is what a command left.
type result struct {
	code      int
	out, errs string
}

// run runs a command that ends by itself.
func run(t *testing.T, args ...string) result {
	t.Helper()
	p := start(t, args...)
	select {
	case code := <-p.Code:
		return result{code, p.Out.String(), p.Err.String()}
	case <-time.After(clitest.Patience): // a server that runs in place of an error
		require.FailNow(t, "still running", "%s", p.Out)
		return result{}
	}
}

// line is a line of the log.
type line map[string]any

func (l line) text(key string) string {
	text, _ := l[key].(string)
	return text
}

// await gives the first line of the log that has the message.
func await(t *testing.T, log *clitest.Output, message string) line {
	t.Helper()
	log.Wait(t, `"message":"`+message+`"`)
	for text := range strings.Lines(log.String()) {
		var l line
		require.NoError(t, json.Unmarshal([]byte(text), &l), "%s", text)
		if l.text("message") == message {
			return l
		}
	}
	return nil
}

// up runs a server in this process until the test ends, and gives what it says when it is ready.
func up(t *testing.T, args ...string) line {
	t.Helper()
	return await(t, started(t, append([]string{"up"}, args...)...), "NATS is ready")
}

// start runs a command in this process until the test ends.
func start(t *testing.T, args ...string) *clitest.Program {
	t.Helper()
	return clitest.Start(t, bootstrap.Main, nil, args...)
}

// started runs a server in this process until the test ends, and gives its log.
func started(t *testing.T, args ...string) *clitest.Output {
	t.Helper()
	return start(t, args...).Out
}

// launch runs the built program in a folder until the test ends.
func launch(t *testing.T, folder string, args ...string) *clitest.Process {
	t.Helper()
	program, err := built()
	require.NoError(t, err)
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = folder, clitest.Environ()
	return clitest.StartProcess(t, cmd)
}

// end gives a process's exit code after a signal.
func end(t *testing.T, p *clitest.Process, s os.Signal) int {
	t.Helper()
	p.Signal(t, s)
	return p.Code(t)
}

// get reads a document of the monitoring.
func get[T any](t *testing.T, url string) T {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(url)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var v T
	require.NoError(t, json.NewDecoder(res.Body).Decode(&v))
	return v
}

func varz(t *testing.T, ready line) server.Varz {
	t.Helper()
	return get[server.Varz](t, ready.text("monitor")+"/varz")
}
