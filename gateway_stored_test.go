// This file owns the tests of what a submission leaves in NATS, field by field, and of the resources that a gateway makes.

package pyoco_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// queued is the newest job in the work stream.
func (r *gatewayRig) queued(t testing.TB) *jetstream.RawStreamMsg {
	t.Helper()
	stream, err := r.js.Stream(t.Context(), "PYOCO_WORK")
	require.NoError(t, err)
	msg, err := stream.GetMsg(t.Context(), stream.CachedInfo().State.LastSeq)
	require.NoError(t, err)
	return msg
}

func TestASubmissionByNameStoresWhatPythonProcessesRead(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.gateway.DefaultTag = "plain" })
	for name, c := range map[string]struct {
		body   string
		tag    string
		tags   []any
		params string
	}{
		"the least": {`{"flow_name":"f"}`, "plain", []any{}, `{}`},
		"all fields": {
			`{"flow_name":"f <&>","tag":"gpu_1-A","tags":["l1",""],"params":{"a":{"b":[1.0,1e400,12345678901234567890,"<>&\u2028"]},"ctx":null}}`,
			"gpu_1-A", []any{"l1", ""}, `{"a":{"b":[1.0,1e400,12345678901234567890,"<>&\u2028"]},"ctx":null}`,
		},
	} {
		// One after the other, so that the newest job is the case's own.
		began := float64(time.Now().UnixMicro()) / 1e6
		id := rig.submit(t, c.body)
		msg := rig.queued(t)
		require.Equal(t, "pyoco.work."+c.tag, msg.Subject, name)
		require.Equal(t, id, msg.Header.Get(nats.MsgIdHdr))
		require.Contains(t, string(msg.Data), `"params":`+c.params, "numbers and texts pass through exactly")

		entry, err := rig.bucket(t, "pyoco_runs").Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, strconv.FormatUint(entry.Revision(), 10), msg.Header.Get("Pyoco-Run-Revision"))
		require.Contains(t, string(entry.Value()), `"params":`+c.params)

		var request map[string]any
		require.NoError(t, json.Unmarshal([]byte(strings.ReplaceAll(c.body, "1e400", "0")), &request))
		job := httpAnswer{body: strings.ReplaceAll(string(msg.Data), "1e400", "0")}.object(t)
		submitted, ok := job["submitted_at"].(float64)
		require.True(t, ok, "submitted_at is a number")
		require.InDelta(t, began, submitted, 5)
		params, _ := request["params"].(map[string]any)
		if params == nil {
			params = map[string]any{}
		}
		require.Equal(t, map[string]any{
			"run_id": id, "flow_name": request["flow_name"], "tag": c.tag, "tags": c.tags, "params": params, "submitted_at": submitted,
		}, job)

		want := map[string]any{
			"run_id": id, "flow_name": request["flow_name"], "tag": c.tag, "params": params, "status": "PENDING", "updated_at": submitted,
		}
		if len(c.tags) > 0 {
			want["tags"] = c.tags
		}
		require.Equal(t, want, httpAnswer{body: strings.ReplaceAll(string(entry.Value()), "1e400", "0")}.object(t))
	}
}

func TestASubmissionOfAFlowFileStoresItsTextAndItsHash(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	const text = "version: 1\r\nflow: {graph: \"a >> b\", defaults: {n: 1.0, keep: 2}}\ntasks: {a: {}, b: {}} # é\n"
	answer := rig.postForm(t, "/runs/yaml", formPart{"workflow", text, true}, formPart{"flow_name", "f", false},
		formPart{"tag", "x", false}, formPart{"params", `{"n": 3, "more": [1.0]}`, false})
	require.Equal(t, 200, answer.status, answer.body)
	id := answer.object(t)["run_id"].(string)
	sum := sha256.Sum256([]byte(text))
	common := map[string]any{
		"run_id": id, "flow_name": "f", "tag": "x", "params": map[string]any{"n": 3.0, "keep": 2.0, "more": []any{1.0}},
		"workflow_yaml_sha256": hex.EncodeToString(sum[:]), "workflow_yaml_bytes": float64(len(text)),
	}
	msg := rig.queued(t)
	require.Contains(t, string(msg.Data), `"a >> b\"`, "no HTML escapes")
	job := httpAnswer{body: string(msg.Data)}.object(t)
	want := maps.Clone(common)
	want["tags"], want["workflow_yaml"], want["submitted_at"] = []any{}, text, job["submitted_at"]
	require.Equal(t, want, job)
	want = maps.Clone(common)
	want["status"], want["updated_at"] = "PENDING", job["submitted_at"]
	require.Equal(t, want, rig.stored(t, id))
}

func TestResourcesAreMadeAsTheContractHasThem(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	config := func(name string) jetstream.StreamConfig {
		stream, err := rig.js.Stream(t.Context(), name)
		require.NoError(t, err)
		return stream.CachedInfo().Config
	}
	work := config("PYOCO_WORK")
	require.Equal(t, []string{"pyoco.work.>"}, work.Subjects)
	require.Equal(t, jetstream.WorkQueuePolicy, work.Retention)
	require.Equal(t, jetstream.FileStorage, work.Storage)
	require.Equal(t, 100_000, work.MaxConsumers)
	require.Equal(t, 1, work.Replicas)
	require.EqualValues(t, -1, work.MaxMsgs)
	require.EqualValues(t, -1, work.MaxBytes)
	require.Zero(t, work.MaxAge)

	letters := config("PYOCO_DLQ")
	require.Equal(t, []string{"pyoco.dlq.>"}, letters.Subjects)
	require.Equal(t, jetstream.LimitsPolicy, letters.Retention)
	require.Equal(t, 7*24*time.Hour, letters.MaxAge)
	require.EqualValues(t, 100_000, letters.MaxMsgs)
	require.EqualValues(t, 512<<20, letters.MaxBytes)

	for _, name := range []string{"pyoco_runs", "pyoco_workers"} {
		status, err := rig.bucket(t, name).Status(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, status.History(), name)
		require.Zero(t, status.TTL(), name)
		require.Equal(t, jetstream.FileStorage, config("KV_"+name).Storage)
	}
}

func TestResourcesThatExistKeepTheirSettings(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) {
		c.before = func(js jetstream.JetStream) {
			for _, kv := range []jetstream.KeyValueConfig{{Bucket: "pyoco_runs", History: 3}, {Bucket: "pyoco_workers", TTL: 15 * time.Second}} {
				_, err := js.CreateKeyValue(t.Context(), kv)
				require.NoError(t, err)
			}
			for _, stream := range []jetstream.StreamConfig{
				{Name: "PYOCO_WORK", Subjects: []string{"pyoco.work.>"}, Retention: jetstream.WorkQueuePolicy, MaxMsgs: 7, Description: "tuned"},
				{Name: "PYOCO_DLQ", Subjects: []string{"pyoco.dlq.>"}, MaxMsgs: 5},
			} {
				_, err := js.CreateStream(t.Context(), stream)
				require.NoError(t, err)
			}
		}
	})
	stream, err := rig.js.Stream(t.Context(), "PYOCO_WORK")
	require.NoError(t, err)
	require.EqualValues(t, 7, stream.CachedInfo().Config.MaxMsgs)
	require.Equal(t, "tuned", stream.CachedInfo().Config.Description)
	require.Equal(t, 100_000, stream.CachedInfo().Config.MaxConsumers, "the one setting that is raised")
	stream, err = rig.js.Stream(t.Context(), "PYOCO_DLQ")
	require.NoError(t, err)
	require.EqualValues(t, 5, stream.CachedInfo().Config.MaxMsgs)
	require.Zero(t, stream.CachedInfo().Config.MaxAge)
	runs, err := rig.bucket(t, "pyoco_runs").Status(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3, runs.History())
	workers, err := rig.bucket(t, "pyoco_workers").Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, 15*time.Second, workers.TTL())

	id := rig.submit(t, `{"flow_name":"f"}`)
	require.Equal(t, "PENDING", rig.get(t, "/runs/"+id).object(t)["status"])
}

func TestResourcesTakeTheNamesTheyAreGiven(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) {
		c.gateway.Resources = pyoco.Resources{
			RunsBucket: "r", WorkersBucket: "w", WorkSubjectPrefix: "my.work", DeadLetterStream: "LETTERS",
			DeadLetterSubjectPrefix: "my.dlq", DeadLetterMaxBytes: 1 << 20,
		}
	})
	id := rig.submit(t, `{"flow_name":"f","tag":"x"}`)
	require.Equal(t, "my.work.x", rig.queued(t).Subject)
	_, err := rig.bucket(t, "r").Get(t.Context(), id)
	require.NoError(t, err)
	_, err = rig.js.Stream(t.Context(), "LETTERS")
	require.NoError(t, err)
	for _, config := range []pyoco.GatewayConfig{
		{DefaultTag: "a.b"}, {MaxWorkflowBytes: -1}, {MaxSnapshotBytes: 1}, {MaxSnapshotBytes: 1 << 20}, {WorkerDisconnectTimeout: -1},
		{Resources: pyoco.Resources{Replicas: 6}}, {Resources: pyoco.Resources{AckWait: 1}}, {Resources: pyoco.Resources{MaxDeliver: -1}},
		{Resources: pyoco.Resources{MaxAckPending: -1}}, {SweepPeriod: 1}, {RunLease: 1}, {RunLease: 2 * time.Hour}, {RunRetention: -1}, {MaxRunsKept: -1},
	} {
		_, err := pyoco.NewGateway(rig.nats.Connect(t), config)
		require.ErrorIs(t, err, pyoco.ErrInvalid, "%+v", config)
	}
	_, err = pyoco.NewGateway(nil, pyoco.GatewayConfig{})
	require.Error(t, err)
}

func TestAWorkersConsumerHasExactlyTheListedSettings(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	worker, err := pyoco.NewWorker(rig.nats.Connect(t), pyoco.WorkerConfig{Tags: []string{"gpu_1"}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	defer func() {
		cancel()
		require.NoError(t, <-ended)
	}()
	var config jetstream.ConsumerConfig
	require.Eventually(t, func() bool {
		consumer, err := rig.js.Consumer(t.Context(), "PYOCO_WORK", "pyoco_workers_gpu_1")
		if err == nil {
			config = consumer.CachedInfo().Config
		}
		return err == nil
	}, 10*time.Second, 5*time.Millisecond)
	require.Equal(t, jetstream.ConsumerConfig{
		Durable: "pyoco_workers_gpu_1", Name: "pyoco_workers_gpu_1", FilterSubject: "pyoco.work.gpu_1",
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: 30 * time.Second, MaxDeliver: 20, MaxAckPending: 200,
		// The server's defaults; a Python worker crashes on other ones.
		DeliverPolicy: jetstream.DeliverAllPolicy, ReplayPolicy: jetstream.ReplayInstantPolicy, MaxWaiting: 512,
		Metadata: config.Metadata,
	}, config)
}
