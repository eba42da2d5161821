// Package pytask runs Python functions in processes of their own, for tasks that are not Go functions. It knows nothing of
// runs, flows or NATS: a name, arguments as JSON and what a task may ask go in, a result as JSON and what the task has
// written come out.
//
// This file owns what a pool is told, and its end.
package pytask

import (
	"log/slog"
	"sync"
	"time"
)

const (
	// maxFrame bounds what goes over a pipe at once, in bytes.
	maxFrame = 64 << 20
	// maxResult bounds a task's result, in bytes of JSON.
	maxResult = 16 << 20
	// startTime is how long a process may take to start.
	startTime = time.Minute
	// importTime is how long a task's modules may take to be imported.
	importTime = 5 * time.Minute
	// settleTime is how long what a task has written may take to arrive behind its result.
	settleTime = 5 * time.Second
)

// Config is what the processes of a pool have in common. It has no defaults but those that are said here.
type Config struct {
	// Python is the interpreter, 3.8 or newer: a name that is looked for in PATH, or a path.
	Python string
	// Site are the folders of installed wheels whose modules may be called as module:function.
	Site []string
	// Modules may be called so, too, with those inside of them. The names of entry points may always be called.
	Modules []string
	// Env is the environment, as os.Environ has it. Dir is the working directory; empty: that of this process.
	Env []string
	Dir string
	// Processes is how many tasks run at once; further ones wait.
	Processes int
	// Idle is how long a process without a task is kept.
	Idle time.Duration
	// Grace is how long a task that is to end may take to clean up after SIGTERM; then its process group is killed.
	Grace time.Duration
	// MaxMemory bounds the address space of a process, in bytes, where the system can (not on Windows). 0: it does not.
	MaxMemory int64
	// MaxKept is how much of the end of each stream a result holds, MaxTold how much of a task's lines is told, in bytes.
	MaxKept, MaxTold int
	// Log hears of processes that start and end.
	Log *slog.Logger
}

// Pool has processes ready for tasks. One is started when a task finds none that is free. It is safe for concurrent use.
type Pool struct {
	cfg   Config
	slots chan struct{} // one element for each task that runs
	all   sync.WaitGroup

	mu     sync.Mutex
	idle   []*host // the one used last at the end
	hosts  map[*host]struct{}
	known  map[string]*Signature
	closed bool
}

// New makes a pool. It starts nothing.
func New(cfg Config) *Pool {
	return &Pool{cfg: cfg, slots: make(chan struct{}, cfg.Processes), hosts: map[*host]struct{}{}, known: map[string]*Signature{}}
}

// Close ends the processes, those that are free in order and the others at once, and returns when all have ended. Tasks
// that run fail.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	for _, h := range idle {
		h.dismiss(p)
	}
	for h := range p.hosts {
		if h.busy {
			h.kill()
		}
	}
	p.mu.Unlock()
	p.all.Wait()
}
