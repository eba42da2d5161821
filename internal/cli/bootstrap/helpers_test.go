// This file owns what the tests share: the command as a function, and as a process.

package bootstrap_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
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

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/bootstrap"
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

// process is a program's surroundings, without an environment.
func process(out, errs io.Writer, args ...string) cli.Process {
	return cli.Process{Args: args, In: strings.NewReader(""), Out: out, Err: errs, Lookup: func(string) (string, bool) { return "", false }}
}

// run runs a command that ends by itself.
func run(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // a server that runs in place of an error would go on
	defer cancel()
	code := bootstrap.Main(ctx, process(&out, &errs, args...))
	return result{code, out.String(), errs.String()}
}

// line is a line of the log.
type line map[string]any

func (l line) text(key string) string {
	text, _ := l[key].(string)
	return text
}

// await reads the log until a line has the message.
func await(t *testing.T, log *bufio.Reader, message string) line {
	t.Helper()
	for {
		text, err := log.ReadBytes('\n')
		require.NoError(t, err, "waiting for %q", message)
		var l line
		require.NoError(t, json.Unmarshal(text, &l), "%s", text)
		if l.text("message") == message {
			return l
		}
	}
}

// up runs a server in this process until the test ends, and gives what it says when it is ready.
func up(t *testing.T, args ...string) line {
	t.Helper()
	return started(t, "NATS is ready", append([]string{"up"}, args...)...)
}

// started runs a server in this process until the test ends, and gives the line that has the message.
func started(t *testing.T, message string, args ...string) line {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	read, write := io.Pipe()
	var errs bytes.Buffer
	var running sync.WaitGroup
	running.Go(func() {
		bootstrap.Main(ctx, process(write, &errs, args...))
		_ = write.Close()
	})
	t.Cleanup(func() {
		stop()
		running.Wait()
		require.Empty(t, errs.String())
	})
	log := bufio.NewReader(read)
	found := await(t, log, message)
	running.Go(func() { _, _ = io.Copy(io.Discard, log) })
	return found
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
