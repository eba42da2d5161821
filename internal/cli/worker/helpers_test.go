// This file owns how the tests run the command.

package worker_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/cli/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, env []string, args ...string) *clitest.Program {
	t.Helper()
	return clitest.Start(t, worker.Main, env, args...)
}

func run(t *testing.T, env []string, args ...string) (code int, out, errs string) {
	t.Helper()
	return clitest.Run(t, worker.Main, env, args...)
}
