// This file owns the gateway: its configuration, and the order in which its parts start and stop.

package pyoco

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/httpedge"
	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/runindex"
)

// GatewayConfig says how a Gateway works. The zero value of every field works.
type GatewayConfig struct {
	// DefaultTag is the tag of a submission that names none. Default: default.
	DefaultTag string
	// MaxWorkflowBytes bounds a flow file. Default 262,144.
	MaxWorkflowBytes int
	// MaxSnapshotBytes bounds a snapshot; over it, task records are dropped. Default 262,144.
	MaxSnapshotBytes int
	// WorkerDisconnectTimeout is how long a worker's record may stay unchanged before it counts as DISCONNECTED.
	// Default 20 s.
	WorkerDisconnectTimeout time.Duration
	// SweepPeriod is the time between two looks at runs that nobody seems to bring to their end. A run that no worker holds
	// counts as lost when it has stayed as it is, without a job, for as long. Default 5 s, at least 10 ms.
	SweepPeriod time.Duration
	// RunLease is how long a run may stay unwritten whose worker names no lease, as Python ones do; then it counts as
	// abandoned. Default 30 s; 1 s to 1 h.
	RunLease time.Duration
	// RunRetention is how long a run is kept after its end. Default: for ever.
	RunRetention time.Duration
	// MaxRunsKept is how many runs are kept: over it, those that ended first are removed. Default: all.
	MaxRunsKept int
	// MaxStreams is how many event streams may be open at once, and MaxStreamsPerKey how many of one API key; those
	// without a key count together. Defaults: 10,000 and 2,000.
	MaxStreams       int
	MaxStreamsPerKey int
	// Auth says whether callers over HTTP need a key. Default: they need none.
	Auth AuthConfig
	// Resources are the names and settings shared with the workers.
	Resources Resources
	// Log is the gateway's log. Default: none.
	Log *slog.Logger
	// HTTPLog gets a line for each request at debug level, and above it what went wrong with one. Default: Log.
	HTTPLog *slog.Logger
}

// WithDefaults is the configuration that a gateway of c works with: c with its gaps filled. The error is an *InvalidError
// that names the first field that can't be used.
func (c GatewayConfig) WithDefaults() (GatewayConfig, error) {
	c.DefaultTag = or(c.DefaultTag, "default")
	c.MaxWorkflowBytes = or(c.MaxWorkflowBytes, maxWorkflowBytes)
	c.MaxSnapshotBytes = or(c.MaxSnapshotBytes, 256<<10)
	c.WorkerDisconnectTimeout = or(c.WorkerDisconnectTimeout, 20*time.Second)
	c.SweepPeriod = or(c.SweepPeriod, 5*time.Second)
	c.RunLease = or(c.RunLease, 30*time.Second)
	c.MaxStreams = or(c.MaxStreams, 10_000)
	c.MaxStreamsPerKey = or(c.MaxStreamsPerKey, 2000)
	c.Log = logger(c.Log)
	c.HTTPLog = or(c.HTTPLog, c.Log)
	var err error
	if c.Resources, err = c.Resources.WithDefaults(); err != nil {
		return c, err
	}
	if c.Auth, err = c.Auth.withDefaults(); err != nil {
		return c, err
	}
	if err := checkTag("DefaultTag", c.DefaultTag); err != nil {
		return c, err
	}
	switch {
	case c.MaxWorkflowBytes < 1:
		return c, invalid("MaxWorkflowBytes", "must be at least 1, got %d", c.MaxWorkflowBytes)
	case c.MaxSnapshotBytes < 4<<10 || c.MaxSnapshotBytes > 900<<10:
		return c, invalid("MaxSnapshotBytes", "must be 4096 to 921600, got %d", c.MaxSnapshotBytes)
	case c.MaxStreams < 1:
		return c, invalid("MaxStreams", "must be at least 1, got %d", c.MaxStreams)
	case c.MaxStreamsPerKey < 1:
		return c, invalid("MaxStreamsPerKey", "must be at least 1, got %d", c.MaxStreamsPerKey)
	case c.WorkerDisconnectTimeout < 0:
		return c, invalid("WorkerDisconnectTimeout", "must be above 0, got %s", c.WorkerDisconnectTimeout)
	case c.SweepPeriod < 10*time.Millisecond:
		return c, invalid("SweepPeriod", "must be at least 10ms, got %s", c.SweepPeriod)
	case c.RunLease < minLease || c.RunLease > maxLease:
		return c, invalid("RunLease", "must be %s to %s, got %s", minLease, maxLease, c.RunLease)
	case c.RunRetention < 0:
		return c, invalid("RunRetention", "must be at least 0 (keep for ever), got %s", c.RunRetention)
	case c.MaxRunsKept < 0:
		return c, invalid("MaxRunsKept", "must be at least 0 (keep all), got %d", c.MaxRunsKept)
	}
	return c, nil
}

// Gateway takes submissions, queues them, and shows what became of them. It is an http.Handler and has the Client's
// methods without HTTP. It is safe for concurrent use. Any number of gateways may serve one NATS.
type Gateway struct {
	cfg         GatewayConfig
	jet         *jet.Jet
	runs        *runStore
	texts       *flowTexts
	index       *runindex.Index[*runSummary]
	follower    *runFollower
	workers     *workerTable
	repairs     *repairer
	sweeper     *sweeper
	retained    *retention
	letters     *letterIndex
	verifier    *verifier
	router      *httpedge.Router
	streams     *streamGate
	instruments *instruments
	now         func() time.Time

	started  chan struct{} // closed when everything in JetStream is there
	stopping chan struct{} // closed when Run's context has ended
	live     *latch        // the index is whole
	tidying  sync.WaitGroup
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
	g.texts = newFlowTexts(j.Bucket(cfg.Resources.FlowTextsBucket))
	g.instruments = newInstruments()
	g.streams = newStreamGate(cfg.MaxStreams, cfg.MaxStreamsPerKey)
	g.workers = newWorkerTable(cfg.WorkerDisconnectTimeout)
	g.repairs = newRepairer(g)
	g.sweeper = newSweeper(g)
	g.retained = newRetention(g)
	g.letters = newLetterIndex(j, cfg.Resources)
	g.verifier = newVerifier(&Keys{jet: j, resources: cfg.Resources, pepper: cfg.Auth.Pepper, now: g.now})
	g.router, err = httpedge.NewRouter(g.guarded(g.routes()), httpedge.Config{Log: cfg.HTTPLog, Observe: g.instruments.answered})
	return g, err
}

// Run serves until ctx ends, and returns nil when everything it started has ended. While NATS is away it waits and goes
// on by itself. It may be called once.
func (g *Gateway) Run(ctx context.Context) error {
	if g.jet.Buffering() {
		g.cfg.Log.Warn("the NATS connection buffers writes while it is away: one that was given up may be applied later; use pyoco.ConnectOptions")
	}
	if !ensureResources(ctx, g.jet, g.cfg.Resources, g.cfg.Log) {
		return nil
	}
	close(g.started)
	defer g.tidying.Wait()
	var parts sync.WaitGroup
	defer parts.Wait()
	parts.Go(func() { g.watch(ctx, g.cfg.Resources.RunsBucket, g.follower) })
	parts.Go(func() { g.watch(ctx, g.cfg.Resources.WorkersBucket, g.workers) })
	if g.cfg.Auth.Mode == AuthAPIKey {
		parts.Go(func() { g.watch(ctx, g.cfg.Resources.AuthBucket, g.verifier) })
	}
	parts.Go(func() { g.repairs.run(ctx) })
	parts.Go(func() { g.sweeper.run(ctx) })
	parts.Go(func() { g.retained.run(ctx) })
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
