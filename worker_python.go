// This file owns the worker's Python: the processes, of which each run has those that were current when it began.

package pyoco

import (
	"os"
	"os/exec"
	"strings"
	"sync"

	"github.com/pyoco/pyoco/internal/pytask"
)

// maxToldOutput is how much of a task's lines is logged, in bytes.
const maxToldOutput = 1 << 20

// newPythonPool makes the pool of processes of an interpreter and of the wheels in the folders of site.
func (c WorkerConfig) newPythonPool(interpreter string, site []string) *pytask.Pool {
	return pytask.New(pytask.Config{
		Python: interpreter, Site: site, Modules: c.Python.Modules, Env: pythonEnviron(), Processes: c.Python.Processes,
		Idle: c.Python.IdleTimeout, Grace: c.Python.KillGrace, MaxMemory: c.Python.MaxMemoryBytes,
		MaxKept: maxKeptOutput, MaxTold: maxToldOutput, Log: c.Log,
	})
}

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

// pythons are the pools of a worker: the current one, and those before it that runs still use.
type pythons struct {
	mu      sync.Mutex
	current *pythonPool
	all     sync.WaitGroup // of pools that are being closed
}

// pythonPool is one pool with those who use it.
type pythonPool struct {
	*pytask.Pool
	users   int
	retired bool
	remove  func() // what is to be done once it is closed and never needed again
}

// openPython makes the first pool where Python tasks are on.
func (w *Worker) openPython() {
	if !w.cfg.Python.Enabled {
		return
	}
	if _, err := exec.LookPath(w.cfg.Python.Interpreter); err != nil {
		w.cfg.Log.Warn("Python tasks can't be run, Go tasks are", "python", w.cfg.Python.Interpreter, "error", err)
	}
	w.python = &pythons{current: &pythonPool{Pool: w.cfg.newPythonPool(w.cfg.Python.Interpreter, nil), remove: func() {}}}
}

// acquire gives a run the current pool, which is then kept until it is released. A nil one has none.
func (p *pythons) acquire() *pythonPool {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current.users++
	return p.current
}

func (p *pythons) release(pool *pythonPool) {
	if pool == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	pool.users--
	p.endUnused(pool)
}

// replace makes a pool the current one. remove is called once that, too, was replaced and nobody uses it any more.
func (p *pythons) replace(pool *pytask.Pool, remove func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.current
	p.current = &pythonPool{Pool: pool, remove: remove}
	old.retired = true
	p.endUnused(old)
}

// endUnused closes a pool that was replaced and has no users. p is locked.
func (p *pythons) endUnused(pool *pythonPool) {
	if pool.retired && pool.users == 0 {
		p.all.Go(func() {
			pool.Close()
			pool.remove()
		})
	}
}

// close ends all processes. What the current pool was made of stays, for the next start. No run may be using one.
func (p *pythons) close() {
	if p != nil {
		p.current.Close()
		p.all.Wait()
	}
}
