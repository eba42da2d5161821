// This file owns the worker's Python: the processes, and which tasks they have for a run.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/pyoco/pyoco/internal/pytask"
)

// newPythonPool makes the pool of processes for the interpreter and for wheels in the folders of site.
func (c WorkerConfig) newPythonPool(interpreter string, site []string) *pytask.Pool {
	return pytask.New(pytask.Config{
		Python: interpreter, Site: site, Modules: c.Python.Modules, Env: pythonEnviron(), Processes: c.Python.Processes,
		Idle: c.Python.IdleTimeout, Grace: c.Python.KillGrace, MaxMemory: c.Python.MaxMemoryBytes,
		MaxKept: maxKeptOutput, MaxTold: maxToldOutput, Log: c.Log,
	})
}

// maxToldOutput is how much of a task's lines is logged, in bytes.
const maxToldOutput = 1 << 20

// pythonEnviron is the process's environment without the worker's own settings, some of which are secrets.
func pythonEnviron() []string {
	var env []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "PYOCO_") {
			env = append(env, pair)
		}
	}
	return env
}

// openPython makes the pool where Python tasks are on. The function that it gives ends it.
func (w *Worker) openPython() (closed func()) {
	if !w.cfg.Python.Enabled {
		return func() {}
	}
	if _, err := exec.LookPath(w.cfg.Python.Interpreter); err != nil {
		w.cfg.Log.Warn("Python tasks can't be run, Go tasks are", "python", w.cfg.Python.Interpreter, "error", err)
	}
	w.python = w.cfg.newPythonPool(w.cfg.Python.Interpreter, nil)
	return w.python.Close
}

// pythonFinder gives the tasks that a run finds in Python. A nil one finds none.
type pythonFinder struct{ pool *pytask.Pool }

// find gives the task of a name. The error says why there is none, and names what there is.
func (f *pythonFinder) find(ctx context.Context, name string, registered []string) (runner, error) {
	if f == nil {
		return nil, fmt.Errorf("no function is registered as %q at this worker; %s", name, nearest(name, registered))
	}
	signature, err := f.pool.Describe(ctx, name)
	var missing *pytask.NotFoundError
	var raised *pytask.RaisedError
	switch {
	case err == nil:
		return &pythonTask{pool: f.pool, name: name, signature: signature}, nil
	case errors.As(err, &missing):
		return nil, fmt.Errorf("no function is registered as %q at this worker, and in its Python %w; %s", name, missing, nearest(name, append(registered, missing.Known...)))
	case errors.As(err, &raised) && raised.Type == "ModuleNotFoundError":
		return nil, fmt.Errorf("%q can't be imported: %w; install it at the worker or upload its wheel: wheels are installed without what they depend on", name, err)
	}
	return nil, fmt.Errorf("%q can't be imported: %w", name, err)
}
