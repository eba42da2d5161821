// This file owns the rig: pools of the tests' Python, with the tasks of testdata on its path.

package pytask_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/pytask"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(waitsFor); path != "" { // the process that TestTheEndOfTheWorkerEndsItsTasks kills
		_, err := pytask.New(config(os.Getenv(waitsWith))).Call(context.Background(), pytask.Call{
			Name: "sample:waits", Arguments: map[string]json.RawMessage{"path": json.RawMessage(strconv.Quote(path))}, About: about,
			Answer: func(context.Context, pytask.Question) (any, error) { return nil, nil },
		})
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// Variables of the process that only runs a task: the file it writes to, and the Python.
const (
	waitsFor  = "PYTASK_TEST_WAITS_FOR"
	waitsWith = "PYTASK_TEST_WAITS_WITH"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// config is that of a pool with the tests' tasks.
func config(python string) pytask.Config {
	tasks, err := filepath.Abs("testdata/tasks")
	if err != nil {
		panic(err)
	}
	return pytask.Config{
		Python: python, Modules: []string{"sample", "broken", "hangs", "nowhere"},
		Env: append(os.Environ(), "PYTHONPATH="+tasks, "PYTHONDONTWRITEBYTECODE=1"), Processes: 2, Idle: time.Hour, Grace: patience,
		MaxKept: 4 << 10, MaxTold: 64 << 10, Log: slog.New(slog.DiscardHandler),
	}
}

// pool makes a pool that lives as long as the test.
func pool(t testing.TB, change func(*pytask.Config)) *pytask.Pool {
	t.Helper()
	cfg := config(clitest.Interpreter(t))
	if change != nil {
		change(&cfg)
	}
	p := pytask.New(cfg)
	t.Cleanup(p.Close)
	return p
}

// about is what ctx is told.
var about = map[string]any{
	"run_id": "r1", "flow_name": "main", "task": "t", "attempt": 1, "try": 1, "idempotency_key": "r1/t",
	"loops": []map[string]any{{"name": "repeat", "type": "repeat", "index": 4, "iteration": 5, "count": 9}},
}

// arguments makes them of an object in JSON.
func arguments(t testing.TB, object string) (list map[string]json.RawMessage) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(object), &list))
	return list
}

// call runs a task to its end.
func call(t testing.TB, p *pytask.Pool, name, object string) (pytask.Result, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return p.Call(ctx, pytask.Call{Name: name, Arguments: arguments(t, object), About: about})
}

// gives runs a task that must succeed and gives its result.
func gives(t testing.TB, p *pytask.Pool, name, object string) string {
	t.Helper()
	result, err := call(t, p, name, object)
	require.NoError(t, err, name)
	return string(result.Value)
}
