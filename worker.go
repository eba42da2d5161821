// This file owns the worker: the order in which its parts start and stop.

package pyoco

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/graph"
	"github.com/pyoco/pyoco/internal/jet"
)

// Worker pulls the runs of its tags and executes them.
type Worker struct {
	cfg      WorkerConfig
	instance string
	jet      *jet.Jet

	runs     *runStore
	texts    *flowTexts
	flows    *flowCache
	record   *recordKeeper
	intake   *jet.Intake
	ackWaits *ackWaits
	wheels   *wheelSyncer
	python   *pythons      // nil: Python tasks are off; from work
	held     chan struct{} // one element for each job that is kept without a slot
	now      func() time.Time
	base     context.Context // of the work; it ends when the drain has timed out
	taking   context.Context // from base; it ends when nothing new is begun any more

	mu     sync.Mutex
	active map[string][]*claimedRun // by run: who is to hear of its cancel
}

// maxHeld is how many jobs of runs that others may hold are kept without a slot.
const maxHeld = 100

// NewWorker makes a worker on a connection that stays the caller's. It does no I/O.
func NewWorker(nc *nats.Conn, cfg WorkerConfig) (*Worker, error) {
	cfg, err := cfg.WithDefaults()
	if err != nil {
		return nil, err
	}
	cfg.Log = cfg.Log.With("worker_id", cfg.ID)
	j, err := jet.New(nc)
	if err != nil {
		return nil, err
	}
	w := &Worker{
		cfg: cfg, instance: uuid.NewString(), jet: j, held: make(chan struct{}, maxHeld), now: time.Now,
		active: map[string][]*claimedRun{},
	}
	w.runs = &runStore{bucket: j.Bucket(cfg.Resources.RunsBucket), maxSnapshot: cfg.MaxSnapshotBytes, log: cfg.Log}
	w.flows = newFlowCache(graph.Limits{})
	w.texts = newFlowTexts(j.Bucket(cfg.Resources.FlowTextsBucket))
	w.ackWaits = newAckWaits(cfg.AckProgress)
	w.record = newRecordKeeper(w)
	w.wheels = newWheelSyncer(w)
	w.intake, err = w.newIntake(cfg.Concurrency)
	return w, err
}

// errDrained ends the contexts of runs that are handed back.
var errDrained = errors.New("the worker is stopping")

// Run serves until ctx ends. Then it takes nothing new, gives running work DrainTimeout, cancels and hands back what is
// left, and returns nil when everything it started has ended, but for tasks that ignored the end of their context for
// longer than CancelGrace: their runs keep their lease until it ends by itself. While NATS is away it waits and goes on by itself. It may
// be called once.
func (w *Worker) Run(ctx context.Context) error { return w.work(ctx, w.intake.Run) }

// RunOnce takes one job and carries it to its end, and says whether there was one: where none has come within
// PollTimeout, it returns (false, nil). It may be called again, one call after the other, but not beside Run. While NATS
// is away it waits. A ctx that ends while it waits is its error; one that ends later drains, as Run does.
func (w *Worker) RunOnce(ctx context.Context) (ran bool, err error) {
	if w.intake, err = w.newIntake(1); err != nil {
		return false, err
	}
	if err = w.work(ctx, func(ctx context.Context) { ran = w.intake.Once(ctx) }); err == nil && !ran {
		err = ctx.Err()
	}
	return ran, err
}

// work takes jobs as take does, with everything around them running.
func (w *Worker) work(ctx context.Context, take func(context.Context)) error {
	if w.jet.Buffering() {
		w.cfg.Log.Warn("the NATS connection buffers writes while it is away: one that was given up may be applied later; use pyoco.ConnectOptions")
	}
	if !ensureResources(ctx, w.jet, w.cfg.Resources, w.cfg.Log, false) {
		return nil
	}
	base, endWork := context.WithCancelCause(context.WithoutCancel(ctx))
	defer endWork(nil)

	hints, err := w.jet.Conn().Subscribe(cancelHintSubject("*"), w.onCancelHint)
	if err != nil {
		return err
	}
	defer func() { _ = hints.Unsubscribe() }()

	w.openPython()
	defer w.wheels.close()
	defer w.python.close()
	recording, endRecord := context.WithCancel(context.WithoutCancel(ctx))
	var keeper sync.WaitGroup
	keeper.Go(func() { w.record.run(recording) })
	keeper.Go(func() { w.tidyArtifacts(recording) })
	keeper.Go(func() { w.followAckWaits(recording) })
	if w.cfg.Wheels.Enabled {
		w.wheels.look(ctx)
		keeper.Go(func() { w.wheels.run(recording) })
	}
	w.serve(ctx, base, endWork, take)
	endRecord()
	keeper.Wait()
	return nil
}

// serve takes jobs until take returns and they are done, or drains once ctx has ended. base is the context of the work.
func (w *Worker) serve(ctx, base context.Context, endWork context.CancelCauseFunc, take func(context.Context)) {
	taking, endTaking := context.WithCancelCause(base)
	defer endTaking(nil)
	w.base, w.taking = base, taking
	w.cfg.Log.Info("worker started", "tags", w.cfg.Tags, "concurrency", w.cfg.Concurrency)
	take(ctx)
	idle := make(chan struct{})
	go func() {
		w.intake.Wait()
		close(idle)
	}()
	select {
	case <-idle:
	case <-ctx.Done():
	}
	endTaking(errDrained)
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
