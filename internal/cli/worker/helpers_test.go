// This file owns what the tests share: running the command, its output as it comes, and a gateway beside it.

package worker_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/worker"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// output is what a program has written so far.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{} // closed at the next write
}

func newOutput() *output { return &output{wrote: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.wrote)
	o.wrote = make(chan struct{})
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// wait returns when a text has been written.
func (o *output) wait(t *testing.T, text string) {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		o.mu.Lock()
		found, wrote := strings.Contains(o.text.String(), text), o.wrote
		o.mu.Unlock()
		if found {
			return
		}
		select {
		case <-wrote:
		case <-timeout:
			require.FailNow(t, "not written", "%q in\n%s", text, o)
		}
	}
}

// started is a command that runs.
type started struct {
	out, errs *output
	signal    func(os.Signal)
	code      <-chan int
}

// start runs the command in an environment of pairs, without any file.
func start(t *testing.T, env []string, args ...string) *started {
	t.Helper()
	values := map[string]string{"PYOCO_LOAD_DOTENV": "0"}
	for i := 0; i+1 < len(env); i += 2 {
		values[env[i]] = env[i+1]
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	code := make(chan int, 1)
	s := &started{out: newOutput(), errs: newOutput(), code: code, signal: func(got os.Signal) { cancel(&cli.SignalError{Signal: got}) }}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		code <- worker.Main(ctx, cli.Process{Args: args, In: strings.NewReader(""), Out: s.out, Err: s.errs, Lookup: func(name string) (string, bool) {
			value, ok := values[name]
			return value, ok
		}})
	}()
	t.Cleanup(func() {
		cancel(&cli.SignalError{Signal: syscall.SIGTERM})
		<-ended
	})
	return s
}

// run runs the command to its end.
func run(t *testing.T, env []string, args ...string) (code int, out, errs string) {
	t.Helper()
	s := start(t, env, args...)
	code = <-s.code
	return code, s.out.String(), s.errs.String()
}

// startGateway runs a gateway on a server until the test ends.
func startGateway(t *testing.T, server *natstest.Server) *pyoco.Gateway {
	t.Helper()
	gateway, err := pyoco.NewGateway(server.Connect(t), pyoco.GatewayConfig{})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = gateway.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	require.NoError(t, gateway.Ready(t.Context()))
	return gateway
}

// waitRun gives a run once it has ended.
func waitRun(t *testing.T, gateway *pyoco.Gateway, id string) (run *pyoco.Run) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		run, err = gateway.Get(t.Context(), id)
		return err == nil && run.Status.Terminal()
	}, 20*time.Second, 5*time.Millisecond)
	return run
}
