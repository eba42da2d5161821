// This file owns the worker: its configuration, and the order in which its parts start and stop.

package pyoco

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/jet"
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
	// MaxSnapshotBytes bounds a snapshot; over it, task records are dropped. Default 262,144.
	MaxSnapshotBytes int
	// NoExecutionErrorLetters leaves out the dead letter of a run that failed.
	NoExecutionErrorLetters bool
	// Resources are the names and settings shared with the gateway.
	Resources Resources
	// Log is the worker's log. Default: none.
	Log *slog.Logger
}

func (c WorkerConfig) withDefaults() (WorkerConfig, error) {
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
	c.DrainTimeout = max(0, or(c.DrainTimeout, 10*time.Second))
	c.MaxSnapshotBytes = or(c.MaxSnapshotBytes, 256<<10)
	c.Log = logger(c.Log).With("worker_id", c.ID)
	var err error
	if c.Resources, err = c.Resources.withDefaults(); err != nil {
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
	case min(c.PollTimeout, c.RunHeartbeat, c.WorkerHeartbeat, c.AckProgress, c.CancelGrace) <= 0:
		return c, invalid("WorkerConfig", "durations must be above 0")
	case c.MaxSnapshotBytes < 4<<10 || c.MaxSnapshotBytes > 900<<10:
		return c, invalid("MaxSnapshotBytes", "must be 4096 to 921600, got %d", c.MaxSnapshotBytes)
	}
	return c, nil
}

// FlowMap is a resolver over flows made in Go, by their names.
func FlowMap(flows ...*Flow) func(name string) (*Flow, bool) {
	byName := make(map[string]*Flow, len(flows))
	for _, f := range flows {
		byName[f.name] = f
	}
	return func(name string) (*Flow, bool) {
		f, ok := byName[name]
		return f, ok
	}
}

// Worker pulls the runs of its tags and executes them.
type Worker struct {
	cfg      WorkerConfig
	instance string
	jet      *jet.Jet

	runs   *runStore
	record *recordKeeper
	intake *jet.Intake
	held   chan struct{} // one element for each job that is kept without a slot
	now    func() time.Time
	base   context.Context // of the work; it ends when the drain has timed out
	taking context.Context // from base; it ends when nothing new is begun any more

	mu     sync.Mutex
	active map[string]*claimedRun
}

// maxHeld is how many jobs of runs that others may hold are kept without a slot.
const maxHeld = 100

// NewWorker makes a worker on a connection that stays the caller's. It does no I/O.
func NewWorker(nc *nats.Conn, cfg WorkerConfig) (*Worker, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	j, err := jet.New(nc)
	if err != nil {
		return nil, err
	}
	w := &Worker{
		cfg: cfg, instance: uuid.NewString(), jet: j, held: make(chan struct{}, maxHeld), now: time.Now,
		active: map[string]*claimedRun{},
	}
	w.runs = &runStore{bucket: j.Bucket(cfg.Resources.RunsBucket), maxSnapshot: cfg.MaxSnapshotBytes, log: cfg.Log}
	w.record = newRecordKeeper(w)
	consumers := make([]string, len(cfg.Tags))
	for i, tag := range cfg.Tags {
		consumers[i] = consumerName(tag)
	}
	return w, w.newIntake(consumers)
}

// errDrained ends the contexts of runs that are handed back.
var errDrained = errors.New("the worker is stopping")

// Run serves until ctx ends. Then it takes nothing new, gives running work DrainTimeout, cancels and hands back what is
// left, and returns nil when everything it started has ended. While NATS is away it waits and goes on by itself. It may
// be called once.
func (w *Worker) Run(ctx context.Context) error {
	if w.jet.Buffering() {
		w.cfg.Log.Warn("the NATS connection buffers writes while it is away: one that was given up may be applied later; use pyoco.ConnectOptions")
	}
	if !ensureResources(ctx, w.jet, w.cfg.Resources, w.cfg.Log) {
		return nil
	}
	base, endWork := context.WithCancelCause(context.WithoutCancel(ctx))
	defer endWork(nil)

	hints, err := w.jet.Conn().Subscribe(cancelHintSubject("*"), w.onCancelHint)
	if err != nil {
		return err
	}
	defer func() { _ = hints.Unsubscribe() }()

	recording, endRecord := context.WithCancel(context.WithoutCancel(ctx))
	var keeper sync.WaitGroup
	keeper.Go(func() { w.record.run(recording) })
	w.serve(ctx, base, endWork)
	endRecord()
	keeper.Wait()
	return nil
}

// serve takes jobs until ctx ends, then drains. base is the context of the work.
func (w *Worker) serve(ctx, base context.Context, endWork context.CancelCauseFunc) {
	taking, endTaking := context.WithCancelCause(base)
	defer endTaking(nil)
	w.base, w.taking = base, taking
	w.cfg.Log.Info("worker started", "tags", w.cfg.Tags, "concurrency", w.cfg.Concurrency)
	w.intake.Run(ctx)
	endTaking(errDrained)
	idle := make(chan struct{})
	go func() {
		w.intake.Wait()
		close(idle)
	}()
	timer := time.NewTimer(w.cfg.DrainTimeout)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
		w.cfg.Log.Warn("drain timeout, handing back what still runs", "timeout", w.cfg.DrainTimeout)
		endWork(errDrained)
		<-idle
	}
	w.cfg.Log.Info("worker stopped")
}

// ensureResources makes what is missing, trying until it has succeeded or ctx ends, which it says.
func ensureResources(ctx context.Context, j *jet.Jet, r Resources, log *slog.Logger) bool {
	for wait, told := 100*time.Millisecond, false; ; wait = min(2*wait, 2*time.Second) {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		letters, err := r.ensure(attempt, j)
		cancel()
		if err == nil {
			if letters != nil {
				log.Error("no room for dead letters: make room in the store, or lower their limits", "error", letters)
			}
			if told {
				log.Info("NATS is back")
			}
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if !told {
			told = true
			log.Error("NATS is not available, trying on: is the server running, with JetStream on, and is the URL right?",
				"error", err, "err_id", errNATSUnavailable)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}
