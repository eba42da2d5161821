//go:build unix

// This file owns the system under test: which processes it has, and the way in which each starts, dies and ends.

package chaos

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

const (
	slots     = 8
	startTime = 20 * time.Second // for a process to be ready, on a machine that is busy
	endTime   = 20 * time.Second // for a process to end when it is asked to
)

// unit is a place in the system that one process after the other takes. Who injures it holds it meanwhile.
type unit struct {
	held sync.Mutex // by an actor, over everything that it does to the unit

	system     *system
	part       part
	wire       *wire // to NATS; nil for NATS itself, and for who has several servers to go to
	generation int
	process    *process
}

// start starts the next generation and returns when it is ready.
func (u *unit) start(ctx context.Context) error {
	u.generation++
	p := u.part
	p.Process = fmt.Sprintf("%s.%d", p.Name, u.generation)
	c, err := launch(u.system.dir, p)
	if err != nil {
		return err
	}
	u.process = c
	u.system.log.Info("started", "process", p.Process, "pid", c.life.PID)
	timer := time.NewTimer(startTime)
	defer timer.Stop()
	select {
	case <-c.ready:
		return nil
	case <-c.ended:
		return fmt.Errorf("%s ended before it was ready", p.Process)
	case <-timer.C:
		return fmt.Errorf("%s was not ready within %s", p.Process, startTime)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// kill ends the process as a crash does. It is recorded.
func (u *unit) kill() {
	u.system.log.Info("kill", "process", u.process.life.Process)
	u.process.kill()
	u.system.journal.lived(u.process.life)
}

// pause stops the process for a time, or until ctx ends. It is recorded.
func (u *unit) pause(ctx context.Context, length time.Duration) span {
	u.system.log.Info("pause", "process", u.process.life.Process, "length", length)
	paused := u.process.pause()
	pause(ctx, length)
	return u.process.resume(paused)
}

// cut takes NATS away from the process alone, for a time or until ctx ends: its connections are torn, or what it sends
// and is sent comes later. It is recorded.
func (u *unit) cut(ctx context.Context, length time.Duration, torn bool) {
	u.system.log.Info("cut", "process", u.process.life.Process, "length", length, "torn", torn)
	alone := span{From: now()}
	if torn {
		u.wire.tear()
	} else {
		u.wire.hold()
	}
	pause(ctx, length)
	u.wire.heal()
	alone.To = now()
	u.process.life.Cuts = append(u.process.life.Cuts, alone)
}

// end ends the process cleanly. It is recorded.
func (u *unit) end() {
	if u.process == nil {
		return
	}
	u.system.log.Info("end", "process", u.process.life.Process)
	u.process.end(endTime)
	u.system.journal.lived(u.process.life)
	u.process = nil
}

// system is NATS, two gateways and four workers.
type system struct {
	dir     string
	url     string // of NATS; several are a comma list
	log     *slog.Logger
	journal *journal

	nats     *unit   // nil where there are nodes
	nodes    []*node // of a cluster
	gateways []*unit
	workers  []*unit
	servers  []string // URLs of the gateways
}

// workerTags are the tags of each worker: every tag has several.
var workerTags = [][]string{{"red", "green"}, {"green", "blue"}, {"blue", "red"}, {"red", "green", "blue"}}

// startSystem starts everything, with the bucket made beforehand. nats says how NATS is to be run.
func startSystem(t *testing.T, dir string, log *slog.Logger, nats part) *system {
	t.Helper()
	s := newSystem(dir, log)
	port := natstest.FreePort(t)
	s.url = fmt.Sprintf("nats://127.0.0.1:%d", port)
	nats.Role, nats.Name, nats.Port = roleNATS, "nats", port
	s.nats = &unit{system: s, part: nats}
	require.NoError(t, s.nats.start(t.Context()))
	t.Cleanup(s.nats.end)
	s.startParts(t, 1)
	return s
}

func newSystem(dir string, log *slog.Logger) *system {
	s := &system{dir: dir, log: log, journal: &journal{}}
	s.journal.h = history{Lease: lease, Slots: slots, MaxDeliver: resources().MaxDeliver, Flows: flowKinds}
	return s
}

// startParts starts what is beside NATS. Everything that is made in it has so many replicas.
func (s *system) startParts(t *testing.T, replicas int) {
	t.Helper()
	s.withJetStream(t, func(js jetstream.JetStream) { require.NoError(t, makeBucket(t.Context(), js, replicas)) })
	for i := range 2 {
		listen := fmt.Sprintf("127.0.0.1:%d", natstest.FreePort(t))
		s.gateways = append(s.gateways, s.newUnit(t, part{
			Role: roleGateway, Name: fmt.Sprintf("gateway-%d", i+1), Listen: listen, Replicas: replicas,
		}))
		s.servers = append(s.servers, "http://"+listen)
	}
	for i, tags := range workerTags {
		s.workers = append(s.workers, s.newUnit(t, part{
			Role: roleWorker, Name: fmt.Sprintf("worker-%d", i+1), Dir: s.dir, Tags: tags, Slots: slots, Replicas: replicas,
		}))
	}
	for _, u := range s.parts() {
		require.NoError(t, u.start(t.Context()))
		t.Cleanup(u.end)
	}
}

// newUnit is a unit with a wire of its own, where it has one server to go to.
func (s *system) newUnit(t *testing.T, p part) *unit {
	t.Helper()
	if p.NATS = s.url; len(s.nodes) > 0 {
		return &unit{system: s, part: p}
	}
	w := newWire(t, strings.TrimPrefix(s.url, "nats://"))
	p.NATS = w.url()
	return &unit{system: s, part: p, wire: w}
}

// all are the units in the order in which they start.
func (s *system) all() []*unit { return slices.Concat([]*unit{s.nats}, s.parts()) }

// parts are the units beside NATS.
func (s *system) parts() []*unit { return slices.Concat(s.gateways, s.workers) }

func (s *system) endNATS(t *testing.T) {
	t.Helper()
	if s.nats != nil {
		s.nats.end()
	}
	for _, n := range s.nodes {
		n.end(t)
	}
}

// withJetStream lends a connection of the driver's own.
func (s *system) withJetStream(t *testing.T, use func(jetstream.JetStream)) {
	t.Helper()
	nc, err := nats.Connect(s.url, pyoco.ConnectOptions("driver", s.log)...)
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	use(js)
}
