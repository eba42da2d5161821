// This file owns the rig: a NATS, a gateway, workers with Python, and flows that are run to their end.

package wheeltest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestMain(m *testing.M) {
	modules, err := filepath.Abs("testdata/modules")
	if err == nil {
		err = os.Setenv("PYTHONPATH", modules)
	}
	if err == nil {
		err = os.Setenv("PYTHONDONTWRITEBYTECODE", "1")
	}
	if err == nil {
		err = os.Setenv("PYOCO_AUTH_PEPPER", "a secret of the worker")
	}
	if err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must come, and syncPatience where that takes Python and pip several times.
const (
	patience     = clitest.Patience
	syncPatience = 3 * time.Minute
)

// ended waits for a run's end.
func (r *rig) ended(id string) *pyoco.Run {
	r.t.Helper()
	return clitest.WaitRun(r.t, r.gateway, id)
}

// rig is one system.
type rig struct {
	t       testing.TB
	server  *natstest.Server
	gateway *pyoco.Gateway
}

func newRig(t testing.TB) *rig {
	t.Helper()
	server := natstest.Start(t)
	return &rig{t: t, server: server, gateway: clitest.Gateway(t, server)}
}

// trusting is a rig whose gateway takes any content for a wheel.
func trusting(t testing.TB) *rig {
	t.Helper()
	server := natstest.Start(t)
	gateway, err := pyoco.NewGateway(server.Connect(t), pyoco.GatewayConfig{WheelCheck: pyoco.WheelCheckName})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = gateway.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	require.NoError(t, gateway.Ready(t.Context()))
	return &rig{t: t, server: server, gateway: gateway}
}

// worker runs a worker until the test ends, or stop is called, with what it logs.
func (r *rig) worker(cfg pyoco.WorkerConfig) (log *clitest.Output, stop func()) {
	r.t.Helper()
	log = clitest.NewOutput()
	cfg.Log = slog.New(slog.NewTextHandler(log, nil))
	cfg.ArtifactDir = r.t.TempDir()
	cfg.DrainTimeout = -1
	w, err := pyoco.NewWorker(r.server.Connect(r.t), cfg)
	require.NoError(r.t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	r.t.Cleanup(stop)
	return log, stop
}

// python is a worker that calls the functions of the tests' modules.
func python(t testing.TB) pyoco.PythonConfig {
	t.Helper()
	return pyoco.PythonConfig{Interpreter: clitest.Interpreter(t), Modules: []string{"shop", "lacking"}, Processes: 2}
}

// submit queues a flow file.
func (r *rig) submit(flow string, params any) string {
	r.t.Helper()
	submitted, err := r.gateway.Submit(r.t.Context(), pyoco.Submission{Flow: "main", Workflow: []byte(flow), Params: params})
	require.NoError(r.t, err)
	return submitted.ID
}

// run runs a flow file to its end.
func (r *rig) run(flow string, params any) *pyoco.Run {
	r.t.Helper()
	return clitest.WaitRun(r.t, r.gateway, r.submit(flow, params))
}

// one is the file of a flow of a single task t.
func one(task string) string {
	return "version: 1\nflow: {graph: t}\ntasks: {t: " + task + "}\n"
}
