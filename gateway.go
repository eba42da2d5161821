// This file owns the gateway: its parts, and the order in which they start and stop.

package pyoco

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/dashboard"
	"github.com/pyoco/pyoco/internal/graph"
	"github.com/pyoco/pyoco/internal/httpedge"
	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/runindex"
)

// Gateway takes submissions, queues them, and shows what became of them. It is an http.Handler and has the Client's
// methods without HTTP. It is safe for concurrent use. Any number of gateways may serve one NATS.
type Gateway struct {
	cfg         GatewayConfig
	jet         *jet.Jet
	runs        *runStore
	texts       *flowTexts
	flows       *flowCache
	index       *runindex.Index[*runSummary]
	follower    *runFollower
	workers     *workerTable
	repairs     *repairer
	refused     *tidier
	probe       *probe
	sweeper     *sweeper
	retained    *retention
	letters     *letterIndex
	wheels      *wheelStore
	verifier    *verifier
	dashboard   *dashboard.Dashboard
	crossOrigin http.CrossOriginProtection
	router      *httpedge.Router
	recent      *recentRecords
	streams     *streamGate
	views       viewCache
	instruments *instruments
	waits       *waits
	now         func() time.Time

	started  chan struct{} // closed when everything in JetStream is there
	stopping chan struct{} // closed when Run's context has ended
	live     *latch        // the index is whole
}

// NewGateway makes a gateway on a connection that stays the caller's. It does no I/O: calls are answered with
// ErrUnavailable (503) until Run has made or found what it needs.
func NewGateway(nc *nats.Conn, cfg GatewayConfig) (*Gateway, error) {
	cfg, err := cfg.WithDefaults()
	if err != nil {
		return nil, err
	}
	j, err := jet.New(nc)
	if err != nil {
		return nil, err
	}
	g := &Gateway{cfg: cfg, jet: j, now: time.Now, started: make(chan struct{}), stopping: make(chan struct{}), live: newLatch()}
	g.index, g.follower = runindex.New[*runSummary](indexFacets(cfg.Auth.Mode == AuthAPIKey)...), newRunFollower(g)
	g.runs = &runStore{bucket: j.Bucket(cfg.Resources.RunsBucket), maxSnapshot: cfg.MaxSnapshotBytes, log: cfg.Log}
	g.flows = newFlowCache(graph.Limits{MaxNodes: cfg.MaxGraphNodes})
	g.texts = newFlowTexts(j.Bucket(cfg.Resources.FlowTextsBucket))
	g.instruments, g.waits = newInstruments(), newWaits()
	g.recent = newRecentRecords()
	g.streams = newStreamGate(cfg.MaxStreams, cfg.MaxStreamsPerKey)
	g.workers = newWorkerTable(cfg.WorkerDisconnectTimeout)
	g.repairs = newRepairer(g)
	g.refused, g.probe = newTidier(g), newProbe(g)
	g.sweeper = newSweeper(g)
	g.retained = newRetention(g)
	g.letters = newLetterIndex(j, cfg.Resources)
	g.wheels = newWheelStore(g)
	g.verifier = newVerifier(&Keys{jet: j, resources: cfg.Resources, pepper: cfg.Auth.Pepper, now: g.now})
	if g.dashboard, err = newDashboard(cfg); err != nil {
		return nil, err
	}
	g.router, err = httpedge.NewRouter(g.guarded(g.routes()), httpedge.Config{Log: cfg.HTTPLog, Observe: g.instruments.answered})
	return g, err
}

// Run serves until ctx ends, and returns nil when everything it started has ended. While NATS is away it waits and goes
// on by itself. It may be called once.
func (g *Gateway) Run(ctx context.Context) error {
	if g.jet.Buffering() {
		g.cfg.Log.Warn("the NATS connection buffers writes while it is away: one that was given up may be applied later; use pyoco.ConnectOptions")
	}
	if !ensureResources(ctx, g.jet, g.cfg.Resources, g.cfg.Log, true) {
		return nil
	}
	close(g.started)
	var parts sync.WaitGroup
	defer parts.Wait()
	parts.Go(func() { g.watch(ctx, g.cfg.Resources.RunsBucket, g.follower) })
	parts.Go(func() { g.watch(ctx, g.cfg.Resources.WorkersBucket, g.workers) })
	if g.cfg.Auth.Mode == AuthAPIKey {
		parts.Go(func() { g.watch(ctx, g.cfg.Resources.AuthBucket, g.verifier) })
	}
	parts.Go(func() { g.repairs.run(ctx) })
	parts.Go(func() { g.refused.run(ctx) }) // waits for submissions that are in flight
	parts.Go(func() { g.probe.run(ctx) })
	parts.Go(func() { g.sweeper.run(ctx) })
	parts.Go(func() { g.retained.run(ctx) })
	parts.Go(func() { g.wheels.run(ctx) })
	<-ctx.Done()
	close(g.stopping)
	return nil
}

// watch feeds one bucket to its follower.
func (g *Gateway) watch(ctx context.Context, name string, f jet.Follower) {
	bucket := g.jet.Bucket(name)
	ensure := func(ctx context.Context) error {
		_, err := g.cfg.Resources.ensureBucket(ctx, g.jet, name)
		return err
	}
	if err := bucket.Watch(ctx, f, ensure, g.cfg.Log); ctx.Err() == nil {
		g.cfg.Log.Error("watch ended", "bucket", name, "error", err)
	}
}

// ServeHTTP answers the calls of the HTTP interface.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.router.ServeHTTP(w, r) }

// Ready returns when the gateway takes submissions and its lists are whole, or with ctx's error.
func (g *Gateway) Ready(ctx context.Context) error {
	for _, part := range []*latch{g.live, g.workers.live} {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-part.opened:
		}
	}
	return nil
}

// latch opens once and stays open.
type latch struct {
	opened chan struct{}
	open   func()
}

func newLatch() *latch {
	opened := make(chan struct{})
	return &latch{opened: opened, open: sync.OnceFunc(func() { close(opened) })}
}

func (l *latch) isOpen() bool {
	select {
	case <-l.opened:
		return true
	default:
		return false
	}
}

func (g *Gateway) isStopping() bool {
	select {
	case <-g.stopping:
		return true
	default:
		return false
	}
}

// errStopping refuses new work once Run's context has ended.
var errStopping = unavailable("the gateway is stopping", nil)

// startWait is how long a call waits for a gateway that has just been started.
const startWait = time.Second

// up waits until the resources are there, at most a moment.
func (g *Gateway) up(ctx context.Context) error {
	if g.isStopping() {
		return errStopping
	}
	select {
	case <-g.started:
		return nil
	default:
	}
	timer := time.NewTimer(startWait)
	defer timer.Stop()
	select {
	case <-g.started:
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	return unavailable("the gateway has not reached NATS yet", nil)
}
