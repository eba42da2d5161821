// This file owns the rig of the worker's tests: a server, workers on connections of their own, runs that are queued as a
// gateway queues them, and one watch that tells what became of them.

package pyoco

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

// rigPatience is how long a test waits for what must come.
const rigPatience = 20 * time.Second

// workerRig is one NATS with everything that runs need in it.
type workerRig struct {
	t         *testing.T
	server    *natstest.Server
	resources Resources
	jet       *jet.Jet
	runs      *runStore

	mu      sync.Mutex
	seen    map[string][]*Run // every revision that the watch told
	changed chan struct{}     // closed at the next revision
}

func newWorkerRig(t *testing.T, resources Resources) *workerRig {
	t.Helper()
	resources.DeadLetterMaxBytes = or(resources.DeadLetterMaxBytes, 1<<20)
	complete, err := resources.WithDefaults()
	require.NoError(t, err)
	rig := &workerRig{
		t: t, server: natstest.Start(t), resources: complete,
		seen: map[string][]*Run{}, changed: make(chan struct{}),
	}
	rig.jet, err = jet.New(rig.server.Connect(t))
	require.NoError(t, err)
	letters, err := complete.ensure(t.Context(), rig.jet, true)
	require.NoError(t, err)
	require.NoError(t, letters)
	require.NoError(t, complete.ensureConsumer(t.Context(), rig.jet, consumerName("default")))
	rig.runs = &runStore{bucket: rig.jet.Bucket(complete.RunsBucket), maxSnapshot: 900 << 10, log: logger(nil)}

	watching, stop := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	live := make(chan struct{})
	watch.Go(func() {
		ensure := func(context.Context) error { return nil }
		_ = rig.runs.bucket.Watch(watching, &rigFollower{rig: rig, live: live}, ensure, logger(nil))
	})
	t.Cleanup(func() {
		stop()
		watch.Wait()
	})
	<-live
	return rig
}

type rigFollower struct {
	rig  *workerRig
	live chan struct{}
	once sync.Once
}

func (f *rigFollower) Reset()      {}
func (f *rigFollower) Live(uint64) { f.once.Do(func() { close(f.live) }) }
func (f *rigFollower) Entry(e jet.Entry) {
	run, err := decodeRun(e.Value, e.Revision)
	if err != nil {
		run = &Run{ID: e.Key}
	}
	f.rig.mu.Lock()
	defer f.rig.mu.Unlock()
	f.rig.seen[e.Key] = append(f.rig.seen[e.Key], run)
	close(f.rig.changed)
	f.rig.changed = make(chan struct{})
}

// wait returns the first revision of the run that is as it should be, from those that were seen on.
func (rig *workerRig) wait(id string, is func(*Run) bool) *Run {
	rig.t.Helper()
	timeout := time.NewTimer(rigPatience)
	defer timeout.Stop()
	for next := 0; ; {
		rig.mu.Lock()
		seen, changed := rig.seen[id], rig.changed
		rig.mu.Unlock()
		for ; next < len(seen); next++ {
			if is(seen[next]) {
				return seen[next]
			}
		}
		select {
		case <-changed:
		case <-timeout.C:
			require.FailNow(rig.t, "the run did not get there", "last: %+v", rig.read(id))
		}
	}
}

func (rig *workerRig) waitStatus(id string, status Status) *Run {
	rig.t.Helper()
	return rig.wait(id, func(r *Run) bool { return r.Status == status })
}

// lastSeen is the newest revision that the watch has told.
func (rig *workerRig) lastSeen(id string) *Run {
	rig.mu.Lock()
	defer rig.mu.Unlock()
	return rig.seen[id][len(rig.seen[id])-1]
}

// ends waits for the run's end and for the removal of its job, and gives the run as it is then.
func (rig *workerRig) ends(id string, status Status) *Run {
	rig.t.Helper()
	rig.wait(id, func(r *Run) bool { return r.Status.Terminal() })
	rig.waitJobs(0)
	run := rig.read(id)
	require.Equal(rig.t, status, run.Status, run.Error)
	return run
}

func (rig *workerRig) read(id string) *Run {
	rig.t.Helper()
	run, err := rig.runs.get(context.Background(), id)
	require.NoError(rig.t, err)
	return run
}

// revisions is how often anything was written into the runs bucket.
func (rig *workerRig) revisions() uint64 {
	rig.t.Helper()
	stream, err := rig.jet.JetStream().Stream(rig.t.Context(), "KV_"+rig.resources.RunsBucket)
	require.NoError(rig.t, err)
	return stream.CachedInfo().State.LastSeq
}

// eventually asks until the answer is yes. It is for what sends no event.
func (rig *workerRig) eventually(what string, is func() bool) {
	rig.t.Helper()
	ticker, timeout := time.NewTicker(5*time.Millisecond), time.NewTimer(rigPatience)
	defer ticker.Stop()
	defer timeout.Stop()
	for !is() {
		select {
		case <-ticker.C:
		case <-timeout.C:
			require.FailNow(rig.t, "it did not happen", what)
		}
	}
}

func (rig *workerRig) waitJobs(want uint64) {
	rig.t.Helper()
	rig.eventually("jobs in the queue", func() bool {
		n, err := rig.jet.StreamMessages(rig.t.Context(), workStream)
		return err == nil && n == want
	})
}

// consumer is what the server knows of the consumer of a tag.
func (rig *workerRig) consumer(tag string) *jetstream.ConsumerInfo {
	rig.t.Helper()
	consumer, err := rig.jet.JetStream().Consumer(rig.t.Context(), workStream, consumerName(tag))
	require.NoError(rig.t, err)
	return consumer.CachedInfo()
}

// newRun is a PENDING run that is not stored yet.
func (rig *workerRig) newRun(flow string, params string) *Run {
	return &Run{
		ID: uuid.NewString(), Flow: flow, Tag: "default", Status: StatusPending, Params: json.RawMessage(params),
		UpdatedAt: timestamp(time.Now()),
	}
}

// store writes a run as its first revision.
func (rig *workerRig) store(r *Run) *Run {
	rig.t.Helper()
	require.NoError(rig.t, rig.runs.create(rig.t.Context(), r))
	return r
}

// queue publishes the job of a stored run; with header, as the job that holds the whole snapshot.
func (rig *workerRig) queue(r *Run, workflow string, header bool, msgID string) {
	rig.t.Helper()
	data, err := encode(jobOf(r, workflow))
	require.NoError(rig.t, err)
	msg := &nats.Msg{Subject: rig.resources.subject(r.Tag), Data: data, Header: nats.Header{}}
	if header {
		msg.Header.Set(headerRunRevision, strconv.FormatUint(r.Revision, 10))
	}
	_, err = rig.jet.Publish(rig.t.Context(), msg, msgID)
	require.NoError(rig.t, err)
}

// submit stores and queues a run as a gateway does, and gives its id.
func (rig *workerRig) submit(flow, params string) string {
	rig.t.Helper()
	run := rig.store(rig.newRun(flow, params))
	rig.queue(run, "", true, run.ID)
	return run.ID
}

// submitFile is submit with the text of a flow file.
func (rig *workerRig) submitFile(workflow, params string) string {
	rig.t.Helper()
	run := rig.store(rig.newRun("main", params))
	rig.queue(run, workflow, true, run.ID)
	return run.ID
}

// publish sends any payload to a tag.
func (rig *workerRig) publish(tag, payload string) {
	rig.t.Helper()
	_, err := rig.jet.JetStream().Publish(rig.t.Context(), rig.resources.subject(tag), []byte(payload))
	require.NoError(rig.t, err)
}

// cancel asks for a run's end as a gateway does.
func (rig *workerRig) cancel(id string) {
	rig.t.Helper()
	_, err := rig.runs.update(rig.t.Context(), rig.read(id), func(r *Run) error {
		if !r.requestCancel("test", time.Now()) {
			return errUnchanged
		}
		return nil
	})
	require.NoError(rig.t, err)
	require.NoError(rig.t, rig.jet.Conn().Publish(cancelHintSubject(id), nil))
}

// rewrite changes a snapshot by hand.
func (rig *workerRig) rewrite(id string, change func(*Run)) *Run {
	rig.t.Helper()
	run, err := rig.runs.update(rig.t.Context(), rig.read(id), func(r *Run) error {
		change(r)
		return nil
	})
	require.NoError(rig.t, err)
	return run
}

// refuseWrites lets the server refuse every snapshot, at once and not as a conflict; again takes them anew.
func (rig *workerRig) refuseWrites() (again func()) {
	rig.t.Helper()
	return rig.limitSnapshots(1, func() { rig.limitSnapshots(-1, nil) })
}

func (rig *workerRig) limitSnapshots(bytes int32, again func()) func() {
	rig.t.Helper()
	stream, err := rig.jet.JetStream().Stream(rig.t.Context(), "KV_"+rig.resources.RunsBucket)
	require.NoError(rig.t, err)
	config := stream.CachedInfo().Config
	config.MaxMsgSize = bytes
	_, err = rig.jet.JetStream().UpdateStream(rig.t.Context(), config)
	require.NoError(rig.t, err)
	return again
}

// answers listens to what is answered to JetStream about jobs: naks, acks, signs of life.
func (rig *workerRig) answers() *nats.Subscription {
	rig.t.Helper()
	answers, err := rig.jet.Conn().SubscribeSync("$JS.ACK." + workStream + ".>")
	require.NoError(rig.t, err)
	require.NoError(rig.t, rig.jet.Conn().Flush())
	return answers
}

// letters are the first n dead letters.
func (rig *workerRig) letters(n int) []map[string]any {
	rig.t.Helper()
	stream, err := rig.jet.JetStream().Stream(rig.t.Context(), rig.resources.DeadLetterStream)
	require.NoError(rig.t, err)
	rig.eventually("dead letters", func() bool {
		info, err := stream.Info(rig.t.Context())
		return err == nil && info.State.Msgs >= uint64(n)
	})
	list := make([]map[string]any, n)
	for i := range list {
		msg, err := stream.GetMsg(rig.t.Context(), uint64(i+1))
		require.NoError(rig.t, err)
		require.NoError(rig.t, json.Unmarshal(msg.Data, &list[i]))
		list[i]["on"] = msg.Subject
	}
	return list
}

// rigWorker is a worker that runs.
type rigWorker struct {
	*Worker
	nc   *nats.Conn
	stop func() // ends it and returns when it has ended
}

// start runs a worker on a connection of its own; it ends with the test.
func (rig *workerRig) start(cfg WorkerConfig, opts ...nats.Option) *rigWorker {
	rig.t.Helper()
	cfg.Resources = rig.resources
	cfg.DrainTimeout = or(cfg.DrainTimeout, -1)
	nc := rig.server.Connect(rig.t, opts...)
	w, err := NewWorker(nc, cfg)
	require.NoError(rig.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	stop := func() {
		cancel()
		running.Wait()
	}
	rig.t.Cleanup(stop)
	return &rigWorker{Worker: w, nc: nc, stop: stop}
}

// rigFlow is a flow of one task, named task.
func rigFlow(t *testing.T, name string, fn any) *Flow {
	t.Helper()
	b := NewFlow(name)
	b.Task("task", Func(fn))
	flow, err := b.Build()
	require.NoError(t, err)
	return flow
}

// gate is a task that tells when it has started and returns when it is told, or when its context ends.
type gate struct {
	started chan context.Context
	release chan struct{}
}

func newGate() *gate {
	return &gate{started: make(chan context.Context, 1000), release: make(chan struct{}, 1000)}
}

func (g *gate) run(ctx context.Context) (string, error) {
	g.started <- ctx
	select {
	case <-g.release:
		return "done", nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// next waits for the next start.
func (g *gate) next(t *testing.T) context.Context {
	t.Helper()
	return rigReceive(t, g.started)
}

// rigReceive waits for a value.
func rigReceive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	timeout := time.NewTimer(rigPatience)
	defer timeout.Stop()
	select {
	case v := <-from:
		return v
	case <-timeout.C:
	}
	require.FailNow(t, "nothing came")
	panic("unreachable")
}

// rigLog is a log that can be searched while it is written.
type rigLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *rigLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *rigLog) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Contains(l.buf.Bytes(), []byte(text))
}

func (l *rigLog) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
