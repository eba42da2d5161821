// This file owns what a worker is told about tasks that are Python functions.

package pyoco

import (
	"regexp"
	"time"
)

// PythonConfig says how a worker runs tasks that are Python functions. They run in processes of their own, and only where
// no Go function has their name. The zero value runs none.
//
// A flow may then call what an entry point of the group pyoco.tasks gives, by its name, and as module:function the modules
// of installed distributions that have such entry points, of synced wheels, and of Modules: their own functions, and none
// that they have imported from elsewhere.
type PythonConfig struct {
	// Enabled turns Python tasks on. Modules and a sync of wheels do, too.
	Enabled bool
	// Interpreter is the Python, 3.8 or newer: a name that is looked for in PATH, or a path. Default python3.
	Interpreter string
	// Modules are modules that flows may call, with those inside of them. The interpreter must find them: installed, or by
	// PYTHONPATH. Default: none.
	Modules []string
	// Processes is how many Python tasks run at once, each in its process; further ones wait, and their time runs.
	// Default: the worker's Concurrency.
	Processes int
	// IdleTimeout is how long a process without a task is kept. Default 5 min.
	IdleTimeout time.Duration
	// KillGrace is how long a task that was cancelled or has timed out may take to clean up after SIGTERM; then all
	// processes of its group are killed. Default 5 s; at most CancelGrace, half of which it is where that is shorter.
	KillGrace time.Duration
	// MaxMemoryBytes bounds the address space of each process. A task that needs more fails with a MemoryError, or by the
	// end of its process. Default: no bound. It has no effect on Windows.
	MaxMemoryBytes int64
}

var pythonModule = regexp.MustCompile(`^[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*$`)

// withDefaults fills the gaps and checks what is there. The rest of the worker's configuration is complete.
func (c PythonConfig) withDefaults(worker WorkerConfig) (PythonConfig, error) {
	c.Enabled = c.Enabled || len(c.Modules) > 0 || worker.Wheels.Enabled
	c.Interpreter = or(c.Interpreter, "python3")
	c.Processes = or(c.Processes, worker.Concurrency)
	c.IdleTimeout = or(c.IdleTimeout, 5*time.Minute)
	c.KillGrace = or(c.KillGrace, min(5*time.Second, worker.CancelGrace/2))
	for _, module := range c.Modules {
		if !pythonModule.MatchString(module) {
			return c, invalid("Python.Modules", "must be names like shop or shop.tasks, got %q", module)
		}
	}
	switch {
	case c.Processes < 1:
		return c, invalid("Python.Processes", "must be at least 1, got %d", c.Processes)
	case c.IdleTimeout < 0:
		return c, invalid("Python.IdleTimeout", "must be above 0, got %s", c.IdleTimeout)
	case c.KillGrace < 0 || c.KillGrace > worker.CancelGrace:
		return c, invalid("Python.KillGrace", "must be 0 to CancelGrace (%s), got %s", worker.CancelGrace, c.KillGrace)
	case c.MaxMemoryBytes < 0 || c.MaxMemoryBytes > 0 && c.MaxMemoryBytes < minPythonMemory:
		return c, invalid("Python.MaxMemoryBytes", "must be at least %d, or 0 for no bound, got %d", minPythonMemory, c.MaxMemoryBytes)
	}
	return c, nil
}

// minPythonMemory is what Python needs to start.
const minPythonMemory = 64 << 20
