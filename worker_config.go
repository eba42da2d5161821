// This file owns what a worker is told: its configuration, the defaults and the limits.

package pyoco

import (
	"log/slog"
	"runtime"
	"slices"
	"time"
)

// WorkerConfig says what a Worker runs. The zero value of every field but Tasks and Flows works; one of the two is
// needed to run anything.
type WorkerConfig struct {
	// ID names the worker in records, logs and lists. Default "worker". Two live workers should not share one.
	ID string
	// Tags are the tags served: a run goes to exactly one, and this worker takes the runs of each. Default: default.
	Tags []string
	// Tasks are the functions that flow files may call. Default: none.
	Tasks *Tasks
	// Flows gives the flow of a run that was submitted by name. Default: none is known. See FlowMap.
	Flows func(name string) (*Flow, bool)
	// Python says how tasks that are Python functions are run. Default: they are not.
	Python PythonConfig
	// Wheels says how wheels with Python tasks are installed. Default: they are not.
	Wheels WheelSyncConfig
	// Concurrency is how many runs are executed at once. Default: 16, and at least 4 × CPUs.
	Concurrency int
	// MaxParallelTasks is how many tasks of one run are executed at once. Default 8.
	MaxParallelTasks int
	// PollTimeout is how long one pull stays open at the server. Default 1 s.
	PollTimeout time.Duration
	// Lease is how long the worker may be silent on a run before another may claim it. It stops its tasks when the last
	// write that succeeded is 5/6 of that old. Default 30 s; 1 s to 1 h.
	Lease time.Duration
	// RunHeartbeat is the time between two signs of life of a run; with many runs it grows up to a fifth of the lease.
	// Default 1 s.
	RunHeartbeat time.Duration
	// WorkerHeartbeat is the time between two writes of the worker's record. Default 5 s.
	WorkerHeartbeat time.Duration
	// AckProgress is the time between two in-progress acks of a job, kept under half of AckWait. Default 10 s.
	AckProgress time.Duration
	// CancelGrace is how long a task may take to return once it is cancelled or has timed out; then the run ends without
	// it. Default 30 s.
	CancelGrace time.Duration
	// DrainTimeout is how long running work gets once Run's context has ended; then it is cancelled and handed back.
	// Default 10 s; negative: none.
	DrainTimeout time.Duration
	// ArtifactDir is where tasks leave their artifacts: in a folder of the worker's ID, and in it one of the run. Default:
	// artifacts, in the working directory. It is made with the first artifact.
	ArtifactDir string
	// ArtifactMaxAge is how long the artifacts of a run are kept after the last of them was saved; then this worker
	// removes those of its own runs. Default: 7 days. Negative: for ever.
	ArtifactMaxAge time.Duration
	// MaxSnapshotBytes bounds a snapshot; over it, task records are dropped. Default 262,144.
	MaxSnapshotBytes int
	// NoExecutionErrorLetters leaves out the dead letter of a run that failed.
	NoExecutionErrorLetters bool
	// Resources are the names and settings shared with the gateway.
	Resources Resources
	// Log is the worker's log. Default: none.
	Log *slog.Logger
}

// WithDefaults is the configuration that a worker of c works with: c with its gaps filled. The error is an *InvalidError
// that names the first field that can't be used.
func (c WorkerConfig) WithDefaults() (WorkerConfig, error) {
	c.ID = or(c.ID, "worker")
	c.Tags = slices.Clone(c.Tags)
	if len(c.Tags) == 0 {
		c.Tags = []string{"default"}
	}
	if c.Tasks == nil {
		c.Tasks = NewTasks()
	}
	if c.Flows == nil {
		c.Flows = func(string) (*Flow, bool) { return nil, false }
	}
	c.Concurrency = or(c.Concurrency, max(16, 4*runtime.NumCPU()))
	c.MaxParallelTasks = or(c.MaxParallelTasks, 8)
	c.PollTimeout = or(c.PollTimeout, time.Second)
	c.Lease = or(c.Lease, 30*time.Second)
	c.RunHeartbeat = or(c.RunHeartbeat, time.Second)
	c.WorkerHeartbeat = or(c.WorkerHeartbeat, 5*time.Second)
	c.AckProgress = or(c.AckProgress, 10*time.Second)
	c.CancelGrace = or(c.CancelGrace, 30*time.Second)
	c.DrainTimeout = or(c.DrainTimeout, 10*time.Second)
	c.ArtifactDir = or(c.ArtifactDir, "artifacts")
	c.ArtifactMaxAge = or(c.ArtifactMaxAge, 7*24*time.Hour)
	c.MaxSnapshotBytes = or(c.MaxSnapshotBytes, 256<<10)
	c.Log = logger(c.Log)
	var err error
	if c.Resources, err = c.Resources.WithDefaults(); err != nil {
		return c, err
	}
	c.AckProgress = min(c.AckProgress, c.Resources.AckWait/2)
	c.RunHeartbeat = min(c.RunHeartbeat, c.Lease/5)
	for i, tag := range c.Tags {
		if err := checkTag("Tags", tag); err != nil {
			return c, err
		}
		if slices.Contains(c.Tags[:i], tag) {
			return c, invalid("Tags", "%q stands twice", tag)
		}
	}
	switch {
	case validRunID(c.ID) == "":
		return c, invalid("ID", "must match [A-Za-z0-9_-]+, at most 200 characters, got %q", c.ID)
	case c.Concurrency < 1:
		return c, invalid("Concurrency", "must be at least 1, got %d", c.Concurrency)
	case c.MaxParallelTasks < 1:
		return c, invalid("MaxParallelTasks", "must be at least 1, got %d", c.MaxParallelTasks)
	case c.Lease < minLease || c.Lease > maxLease:
		return c, invalid("Lease", "must be %s to %s, got %s", minLease, maxLease, c.Lease)
	case c.MaxSnapshotBytes < 4<<10 || c.MaxSnapshotBytes > 900<<10:
		return c, invalid("MaxSnapshotBytes", "must be 4096 to 921600, got %d", c.MaxSnapshotBytes)
	}
	for _, wait := range []struct {
		field string
		time.Duration
	}{
		{"PollTimeout", c.PollTimeout}, {"RunHeartbeat", c.RunHeartbeat}, {"WorkerHeartbeat", c.WorkerHeartbeat},
		{"AckProgress", c.AckProgress}, {"CancelGrace", c.CancelGrace},
	} {
		if wait.Duration <= 0 {
			return c, invalid(wait.field, "must be above 0, got %s", wait.Duration)
		}
	}
	if c.Wheels, err = c.Wheels.withDefaults(); err != nil {
		return c, err
	}
	c.Python, err = c.Python.withDefaults(c)
	return c, err
}

// FlowMap is a resolver over flows made in Go, by their names. A nil flow is left out.
func FlowMap(flows ...*Flow) func(name string) (*Flow, bool) {
	byName := make(map[string]*Flow, len(flows))
	for _, f := range flows {
		if f != nil {
			byName[f.name] = f
		}
	}
	return func(name string) (*Flow, bool) {
		f, ok := byName[name]
		return f, ok
	}
}
