// This file owns the table of what happens to a job that a worker can't do: what becomes of its run, of the job, and which
// dead letter it leaves. Those whose deliveries are spent are the sweeper's: see sweeper_dead_test.go.

package pyoco

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEveryFailureOfAJobHasItsDisposition(t *testing.T) {
	t.Parallel()
	const file = "version: 1\nflow: {graph: a}\ntasks: {a: {callable: \"t:fails\"}}\n"
	runLetter := func(run *Run, reason, text string) map[string]any {
		return map[string]any{
			"on": "pyoco.dlq.default", "reason": reason, "error": text, "run_id": run.ID, "flow_name": "main", "tag": "default",
			"tags": []any{"l"}, "tenant_id": "t1", "api_key_id": "k1", "worker_id": "w1",
		}
	}
	invalidLetter := func(kind, payload string) map[string]any {
		return map[string]any{
			"on": "pyoco.dlq.default", "reason": "invalid_job", "error": kind, "subject": "pyoco.work.default", "num_delivered": 1.0,
			"payload": payload,
		}
	}
	queueFile := func(text string) func(*workerRig, *Run) {
		return func(rig *workerRig, run *Run) { rig.queue(rig.store(run), text, false, run.ID) }
	}
	for name, c := range map[string]struct {
		queue  func(rig *workerRig, run *Run)
		worker func(*WorkerConfig)
		status Status // "": there is no snapshot
		text   string // how the run's error begins
		letter func(run *Run) map[string]any
	}{
		"no JSON": {
			queue:  func(rig *workerRig, _ *Run) { rig.publish("default", "{") },
			letter: func(*Run) map[string]any { return invalidLetter("invalid_json", "{") },
		},
		"nothing at all": {
			queue:  func(rig *workerRig, _ *Run) { rig.publish("default", "") },
			letter: func(*Run) map[string]any { return invalidLetter("invalid_json", "") },
		},
		"no object": {
			queue:  func(rig *workerRig, _ *Run) { rig.publish("default", "[1]") },
			letter: func(*Run) map[string]any { return invalidLetter("invalid_schema", "[1]") },
		},
		"a large payload": {
			queue: func(rig *workerRig, _ *Run) { rig.publish("default", strings.Repeat("x", 10_000)) },
			letter: func(*Run) map[string]any {
				return invalidLetter("invalid_json", strings.Repeat("x", 4096))
			},
		},
		"a wrong type, of a known run": {
			queue: func(rig *workerRig, run *Run) {
				rig.store(run)
				rig.publish("default", `{"run_id":"`+run.ID+`","flow_name":"main","tags":"x"}`)
			},
			status: StatusFailed, text: "invalid_job: invalid_schema: tags: must be ",
			letter: func(run *Run) map[string]any {
				return invalidLetter("invalid_schema", `{"run_id":"`+run.ID+`","flow_name":"main","tags":"x"}`)
			},
		},
		"a field missing, of a known run": {
			queue: func(rig *workerRig, run *Run) {
				rig.store(run)
				rig.publish("default", `{"run_id":"`+run.ID+`"}`)
			},
			status: StatusFailed, text: "invalid_job: missing_fields: run_id and flow_name are required",
			letter: func(run *Run) map[string]any { return invalidLetter("missing_fields", `{"run_id":"`+run.ID+`"}`) },
		},
		"no such flow": {
			queue:  queueFile(""),
			status: StatusFailed, text: `flow_not_found: worker w1 has no flow named "main"`,
			letter: func(run *Run) map[string]any {
				return runLetter(run, "flow_not_found", `flow_not_found: worker w1 has no flow named "main"`)
			},
		},
		"an invalid flow file": {
			queue:  queueFile("version: ["),
			status: StatusFailed, text: "invalid_workflow: ",
			letter: func(run *Run) map[string]any { return runLetter(run, "invalid_workflow", run.Error) },
		},
		"an unknown callable": {
			queue:  queueFile(strings.Replace(file, "t:fails", "t:nosuch", 1)),
			status: StatusFailed, text: `invalid_workflow: task "a": no function is registered as "t:nosuch"`,
			letter: func(run *Run) map[string]any { return runLetter(run, "invalid_workflow", run.Error) },
		},
		"a task that fails": {
			queue:  queueFile(file),
			status: StatusFailed, text: "task a failed: broken",
			letter: func(run *Run) map[string]any { return runLetter(run, "execution_error", run.Error) },
		},
		"a task that fails, where letters of those are left out": {
			queue:  queueFile(file),
			worker: func(c *WorkerConfig) { c.NoExecutionErrorLetters = true },
			status: StatusFailed, text: "task a failed: broken",
		},
		"no snapshot of the run": {
			queue:  func(rig *workerRig, run *Run) { rig.queue(run, "", false, run.ID) },
			letter: func(run *Run) map[string]any { return runLetter(run, "run_not_found", "the run has no snapshot") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newWorkerRig(t, Resources{})
			run := rig.newRun("main", "{}")
			run.Tags, run.TenantID, run.APIKeyID = []string{"l"}, "t1", "k1"
			c.queue(rig, run)
			tasks := NewTasks()
			require.NoError(t, tasks.Register("t:fails", Func(func(context.Context) error { return errors.New("broken") })))
			cfg := WorkerConfig{ID: "w1", Tasks: tasks}
			if c.worker != nil {
				c.worker(&cfg)
			}
			rig.start(cfg)
			rig.waitJobs(0)
			if c.status == "" {
				require.Zero(t, rig.revisions(), "no snapshot is made")
			} else {
				run = rig.read(run.ID)
				require.Equal(t, c.status, run.Status)
				require.True(t, strings.HasPrefix(run.Error, c.text), run.Error)
			}
			letters, err := rig.jet.StreamMessages(t.Context(), rig.resources.DeadLetterStream)
			require.NoError(t, err)
			if c.letter == nil {
				require.Zero(t, letters)
				return
			}
			letter := rig.letters(1)[0]
			require.InDelta(t, float64(timestamp(time.Now())), letter["timestamp"], 60)
			delete(letter, "timestamp")
			require.Equal(t, c.letter(run), letter)
		})
	}
}

func TestAJobThatNATSTroubleKeepsFromBeingClaimedComesAgain(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	js := rig.jet.JetStream()
	stream, err := js.Stream(t.Context(), "KV_"+rig.resources.RunsBucket)
	require.NoError(t, err)
	limit := func(bytes int32) {
		cfg := stream.CachedInfo().Config
		cfg.MaxMsgSize = bytes
		_, err := js.UpdateStream(t.Context(), cfg)
		require.NoError(t, err)
	}
	id := rig.submit("main", "{}")
	created := rig.read(id)
	limit(1) // the server takes no snapshot
	log := &rigLog{}
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", func(context.Context) error { return nil })), Log: log.logger()})
	rig.eventually("refused", func() bool { return log.has("run not claimed") })
	refused := time.Now()
	require.Equal(t, created, rig.read(id), "the snapshot is as it was")
	limit(-1)
	ended := rig.ends(id, StatusCompleted)
	require.GreaterOrEqual(t, time.Since(refused), 1500*time.Millisecond, "after 2 s")
	require.Equal(t, 1, ended.Attempt)
	require.EqualValues(t, 2, rig.consumer("default").Delivered.Consumer)
	letters, err := rig.jet.StreamMessages(t.Context(), rig.resources.DeadLetterStream)
	require.NoError(t, err)
	require.Zero(t, letters)
}
