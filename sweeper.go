// This file owns the sweeper: its period, and the order of what it looks at. It ends or queues anew every run that nobody
// would otherwise bring to its end. Any number of gateways may sweep: what each of them does is a compare-and-set, or is
// published under an id that the stream takes once.

package pyoco

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco/internal/jet"
)

// What the sweeper did, as its metric counts it.
const (
	actionRequeued      = "requeued"
	actionFailed        = "failed"
	actionCancelled     = "cancelled"
	actionBuried        = "buried"
	actionJobRemoved    = "job_removed"
	actionRunRemoved    = "run_removed"
	actionTextRemoved   = "text_removed"
	actionMarkerRemoved = "marker_removed"
)

// newActions counts what the sweeper and the retention do.
func newActions() *prometheus.CounterVec {
	actions := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "pyoco_sweeper_actions_total", Help: "What this gateway's sweeper has done, by action.",
	}, []string{"action"})
	for _, action := range []string{
		actionRequeued, actionFailed, actionCancelled, actionBuried, actionJobRemoved, actionRunRemoved, actionTextRemoved,
		actionMarkerRemoved,
	} {
		actions.WithLabelValues(action) // there from the start, so that a rate can be taken
	}
	return actions
}

// sweeper looks every period at the runs that have been silent for too long.
type sweeper struct {
	gateway *Gateway
	runs    *openRuns
	jobs    *jobBook
	spent   *spentJobs
	letters letterBox
	actions *prometheus.CounterVec
	log     *slog.Logger

	epoch atomic.Int64 // counts the times when the connection came back

	mu      sync.Mutex
	refused map[string]int // runs that this gateway is taking back, by how many submissions of them were refused

	// Of the goroutine of run:
	noStream bool                // the work stream was not there at the last look
	seen     map[uint64]strayJob // by sequence
	reread   time.Time           // when the queue was last read from the front for them
	troubled bool
}

func newSweeper(g *Gateway) *sweeper {
	return &sweeper{
		gateway: g, runs: newOpenRuns(), jobs: newJobBook(g.jet, g.cfg.Resources), spent: newSpentJobs(g),
		letters: letterBox{jet: g.jet, resources: g.cfg.Resources, log: g.cfg.Log},
		actions: newActions(), log: g.cfg.Log, refused: map[string]int{}, seen: map[uint64]strayJob{},
	}
}

// run sweeps until ctx ends, once everything has been read.
func (s *sweeper) run(ctx context.Context) {
	if s.gateway.Ready(ctx) != nil {
		return
	}
	nc := s.gateway.jet.Conn()
	connected := nc.StatusChanged(nats.CONNECTED)
	defer nc.RemoveStatusListener(connected)
	ticker := time.NewTicker(s.gateway.cfg.SweepPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-connected:
			s.forget()
			continue
		case <-ticker.C:
		}
		err := s.sweep(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !s.troubled { // while NATS is away, once
			s.log.Warn("sweep interrupted, trying again", "error", err, "err_id", errNATSUnavailable)
		}
		s.troubled = err != nil
	}
}

// forget drops what is remembered of what the server holds: one that lost its power may have lost what it had acknowledged.
func (s *sweeper) forget() {
	s.epoch.Add(1)
	s.jobs.reset()
	s.gateway.texts.forget()
}

// sweep looks once. Which runs are suspects is decided before the queue is looked at: a job that was published before that
// is then found.
func (s *sweeper) sweep(ctx context.Context) error {
	suspects := s.runs.due(s.gateway.cfg.SweepPeriod, s.gateway.cfg.RunLease)
	state, err := s.jobs.refresh(ctx, s.runs)
	if jet.NoStream(err) {
		return s.makeStream(ctx)
	}
	if err != nil {
		return err
	}
	s.noStream = false
	s.spent.forget(state)
	acts, err := s.plan(ctx, suspects)
	if err != nil {
		return err
	}
	strays, err := s.strays(ctx, state)
	if err != nil {
		return err
	}
	var group errgroup.Group // what fails for one run is no reason to leave the others
	group.SetLimit(8)
	for _, act := range append(acts, strays...) {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, actTime)
			defer cancel()
			return act(ctx)
		})
	}
	return group.Wait()
}

// actTime bounds one act: what the server doesn't answer is repeated as long, and then by another sweep.
const actTime = 5 * time.Second

// makeStream makes the work stream where it is missing for the second time in a row: workers make it too, but there may be
// none. The jobs that it held are queued anew by the next sweep.
func (s *sweeper) makeStream(ctx context.Context) error {
	if !s.noStream {
		s.noStream = true
		return nil
	}
	s.log.Error("the work stream is gone, making it anew", "stream", workStream)
	return s.gateway.cfg.Resources.ensureWork(ctx, s.gateway.jet)
}

// refusing keeps the sweeper from a run whose submission was refused, until done is called: it is being taken back.
func (s *sweeper) refusing(run string) (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[run]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.refused[run]--; s.refused[run] == 0 {
			delete(s.refused, run)
		}
	}
}

func (s *sweeper) isRefused(run string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, refused := s.refused[run]
	return refused
}

// did logs and counts what was done with a run.
func (s *sweeper) did(action, what string, run *Run, attrs ...any) {
	s.actions.WithLabelValues(action).Inc()
	s.log.Warn(what, append([]any{"run_id", run.ID, "flow_name", run.Flow, "tag", run.Tag, "attempt", run.Attempt}, attrs...)...)
}
