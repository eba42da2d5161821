// This file owns what the tests of the sweeper share: gateways that sweep often, and runs as a process leaves them that
// dies in the middle.

package pyoco

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sweepPeriod is the period of the tests' gateways.
const sweepPeriod = 100 * time.Millisecond

// pythonLease is the lease that the tests' gateways give to runs that name none; it is shorter than one may be.
const pythonLease = 400 * time.Millisecond

// sweepResources let a job be spent within a test.
var sweepResources = Resources{AckWait: 300 * time.Millisecond, MaxDeliver: 2}

// rigGateway is a gateway that runs.
type rigGateway struct {
	*Gateway
	log  *rigLog
	stop func() // ends it and returns when it has ended
}

// sweep starts a gateway that sweeps; it ends with the test.
func (rig *workerRig) sweep(cfg GatewayConfig) *rigGateway {
	rig.t.Helper()
	log := &rigLog{}
	cfg.Resources, cfg.Log = rig.resources, log.logger()
	cfg.SweepPeriod = or(cfg.SweepPeriod, sweepPeriod)
	g, err := NewGateway(rig.server.Connect(rig.t), cfg)
	require.NoError(rig.t, err)
	if cfg.RunLease == 0 {
		g.cfg.RunLease = pythonLease
	}
	return rig.runGateway(g, log)
}

func (rig *workerRig) runGateway(g *Gateway, log *rigLog) *rigGateway {
	rig.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = g.Run(ctx) })
	stop := func() {
		cancel()
		running.Wait()
	}
	rig.t.Cleanup(stop)
	require.NoError(rig.t, g.Ready(rig.t.Context()))
	return &rigGateway{Gateway: g, log: log, stop: stop}
}

// swept waits until a gateway has swept a few times more.
func (g *rigGateway) swept(rig *workerRig) {
	rig.t.Helper()
	// The stream's state is asked for at the start of each sweep.
	asked, err := rig.jet.Conn().SubscribeSync("$JS.API.STREAM.INFO." + workStream)
	require.NoError(rig.t, err)
	defer func() { require.NoError(rig.t, asked.Unsubscribe()) }()
	for range 4 {
		_, err := asked.NextMsg(rigPatience)
		require.NoError(rig.t, err)
	}
}

// actions is how often the gateways together have done something.
func actions(t *testing.T, action string, gateways ...*rigGateway) int {
	t.Helper()
	sum := 0.0
	for _, g := range gateways {
		families, err := g.registry().Gather()
		require.NoError(t, err)
		for _, family := range families {
			if family.GetName() != "pyoco_sweeper_actions_total" {
				continue
			}
			for _, metric := range family.GetMetric() {
				if metric.GetLabel()[0].GetValue() == action {
					sum += metric.GetCounter().GetValue()
				}
			}
		}
	}
	return int(sum)
}

// acted waits until the gateways together have done something so often. What they did is seen before it is counted.
func acted(t *testing.T, want int, action string, gateways ...*rigGateway) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		assert.Equal(c, want, actions(t, action, gateways...), action)
	}, rigPatience, 5*time.Millisecond)
}

// job is a message of the work stream.
type rigJob struct {
	*job
	sequence uint64
	id       string
	header   map[string][]string
}

// queued are the jobs in the queue.
func (rig *workerRig) queued() []rigJob {
	rig.t.Helper()
	state, err := rig.jet.StreamState(rig.t.Context(), workStream)
	require.NoError(rig.t, err)
	var list []rigJob
	for sequence := state.First; sequence <= state.Last; sequence++ {
		msg, err := rig.jet.Message(rig.t.Context(), workStream, sequence)
		if err != nil {
			continue
		}
		j, err := decodeJob(msg.Data)
		require.NoError(rig.t, err)
		list = append(list, rigJob{job: j, sequence: sequence, id: msg.Header.Get("Nats-Msg-Id"), header: msg.Header})
	}
	return list
}

// left stores a run as a worker leaves it that has died with it.
func (rig *workerRig) left(change func(*Run)) *Run {
	rig.t.Helper()
	run := rig.newRun("main", `{"n": 1.0}`)
	run.Status, run.WorkerID, run.Attempt, run.LeaseSec = StatusRunning, "dead", 1, 1
	run.StartTime, run.HeartbeatAt = run.UpdatedAt, run.UpdatedAt
	run.Tasks = map[string]TaskState{"task": TaskRunning, "done": TaskSucceeded}
	run.TaskRecords = map[string]*TaskRecord{"task": {State: TaskRunning}, "done": {State: TaskSucceeded, Output: []byte("1")}}
	if change != nil {
		change(run)
	}
	return rig.store(run)
}

// pull asks the consumer of the default tag for what there is: with that the server finds a job spent.
func (rig *workerRig) pull() {
	rig.t.Helper()
	consumer, err := rig.jet.JetStream().Consumer(rig.t.Context(), workStream, consumerName("default"))
	require.NoError(rig.t, err)
	_, err = consumer.FetchNoWait(1)
	require.NoError(rig.t, err)
}

// spend has the job of a tag delivered until it is spent, by a worker that always dies.
func (rig *workerRig) spend(tag string) {
	rig.t.Helper()
	consumer, err := rig.jet.JetStream().Consumer(rig.t.Context(), workStream, consumerName(tag))
	require.NoError(rig.t, err)
	for range rig.resources.MaxDeliver {
		msg, err := consumer.Next()
		require.NoError(rig.t, err)
		require.NoError(rig.t, msg.Nak())
	}
}
