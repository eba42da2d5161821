// This file owns the tests of jobs that can't be run: foreign payloads, unknown flows and callables, and letters that
// nothing keeps.

package pyoco

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAForeignPayloadIsBuriedAndItsRunFails(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	rig.start(WorkerConfig{Flows: FlowMap(rigFlow(t, "main", func(context.Context) error { return nil })), Concurrency: 1})
	cases := []struct{ name, payload, kind string }{ // RUN stands for the id of a stored run
		{"empty", "", "invalid_json"},
		{"no JSON", "hello", "invalid_json"},
		{"cut off", `{"run_id": "RUN", "flow_name": "ma`, "invalid_json"},
		{"two documents", `{} {}`, "invalid_json"},
		{"not UTF-8", "\xff\xfe\x00", "invalid_json"},
		{"deep", strings.Repeat("[", 20_000), "invalid_json"},
		{"a list", `[{"run_id": "RUN"}]`, "invalid_schema"},
		{"a text", `"RUN"`, "invalid_schema"},
		{"null", `null`, "invalid_schema"},
		{"empty object", `{}`, "missing_fields"},
		{"no run", `{"flow_name": "main"}`, "missing_fields"},
		{"no flow", `{"run_id": "RUN"}`, "missing_fields"},
		{"null flow", `{"run_id": "RUN", "flow_name": null}`, "missing_fields"},
		{"run of another type", `{"run_id": 7, "flow_name": "main"}`, "invalid_schema"},
		{"run that is no key", `{"run_id": "a.b.>", "flow_name": "main"}`, "invalid_schema"},
		{"run that is too long", `{"run_id": "` + strings.Repeat("a", 201) + `", "flow_name": "main"}`, "invalid_schema"},
		{"flow of another type", `{"flow_name": ["main"], "run_id": "RUN"}`, "invalid_schema"},
		{"tags of another type", `{"tags": "a", "run_id": "RUN", "flow_name": "main"}`, "invalid_schema"},
		{"params of another type", `{"params": [1], "run_id": "RUN", "flow_name": "main"}`, "invalid_schema"},
		{"time of another type", `{"submitted_at": "now", "run_id": "RUN", "flow_name": "main"}`, "invalid_schema"},
		{"count with a fraction", `{"workflow_yaml_bytes": 1.5, "run_id": "RUN", "flow_name": "main"}`, "invalid_schema"},
		{"huge", `{"run_id": "RUN", "x": "` + strings.Repeat("ü", 300_000) + `"}`, "missing_fields"},
	}
	for i, c := range cases {
		run := rig.store(rig.newRun("main", "{}"))
		payload := strings.ReplaceAll(c.payload, "RUN", run.ID)
		rig.publish("default", payload)
		letter := rig.letters(i + 1)[i]
		rig.waitJobs(0)
		require.Equal(t, "invalid_job", letter["reason"], c.name)
		require.Equal(t, c.kind, letter["error"], c.name)
		require.Equal(t, "pyoco.work.default", letter["subject"], c.name)
		require.EqualValues(t, 1, letter["num_delivered"], c.name)
		require.NotContains(t, letter, "run_id", c.name)
		if kept, _ := letter["payload"].(string); len(payload) > 0 && c.name != "not UTF-8" {
			require.LessOrEqual(t, len(kept), 4<<10, c.name)
			require.NotEmpty(t, kept, c.name)
			require.True(t, strings.HasPrefix(payload, kept), c.name)
		}
		known := c.kind != "invalid_json" && strings.Contains(c.payload, `"run_id": "RUN"`) && c.name != "a list"
		if !known {
			require.Equal(t, StatusPending, rig.read(run.ID).Status, c.name)
			continue
		}
		failed := rig.read(run.ID)
		require.Equal(t, StatusFailed, failed.Status, c.name)
		require.True(t, strings.HasPrefix(failed.Error, "invalid_job: "+c.kind), failed.Error)
		require.Positive(t, failed.EndTime, c.name)
	}
	rig.ends(rig.submit("main", "{}"), StatusCompleted) // the worker lives
}

func TestAForeignPayloadDoesNotEndARunThatSomebodyHolds(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	rig.start(WorkerConfig{})
	for i, status := range []Status{StatusRunning, StatusCancelling, StatusCompleted} {
		run := rig.newRun("main", "{}")
		run.Status, run.WorkerID, run.Attempt = status, "other", 1
		rig.store(run)
		rig.publish("default", `{"run_id": "`+run.ID+`"}`)
		rig.letters(i + 1)
		rig.waitJobs(0)
		require.Equal(t, run.Revision, rig.read(run.ID).Revision)
	}
	run := rig.newRun("main", "{}")
	run.Status = StatusCancelling
	rig.store(run)
	rig.publish("default", `{"run_id": "`+run.ID+`"}`)
	rig.ends(run.ID, StatusCancelled) // its only job is gone: nobody else would end it
}

func TestWhatCannotBeExecutedFailsWithItsReason(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	tasks := NewTasks()
	require.NoError(t, tasks.Register("shop:charge", Func(func(context.Context) error { return errors.New("no money") })))
	rig.start(WorkerConfig{ID: "w1", Tasks: tasks})
	const file = "version: 1\nflow:\n  graph: |\n    a\ntasks:\n  a:\n    callable: CALLABLE\n"
	cases := []struct{ name, workflow, reason, text string }{
		{"no such flow", "", "flow_not_found", `flow_not_found: worker w1 has no flow named "main"`},
		{"no flow file", "version: [", "invalid_workflow", "invalid_workflow: "},
		{"bad graph", strings.Replace(file, "    a\n", "    a >>\n", 1), "invalid_workflow", "invalid_workflow: "},
		{"no such callable", strings.Replace(file, "CALLABLE", "shop:chargé", 1), "invalid_workflow", "nearest: shop:charge"},
		{"a task failed", strings.Replace(file, "CALLABLE", "shop:charge", 1), "execution_error", "no money"},
	}
	for i, c := range cases {
		id := rig.submit("main", "{}")
		if c.workflow != "" {
			rig.ends(id, StatusFailed)
			id = rig.submitFile(c.workflow, "{}")
		}
		run := rig.ends(id, StatusFailed)
		require.Contains(t, run.Error, c.text, c.name)
		n := max(1, 2*i+1)
		letter := rig.letters(n)[n-1]
		require.Equal(t, c.reason, letter["reason"], c.name)
		require.Equal(t, run.Error, letter["error"], c.name)
		require.Equal(t, id, letter["run_id"], c.name)
		require.Equal(t, "w1", letter["worker_id"], c.name)
		require.NotContains(t, letter, "payload", c.name)
		require.NotContains(t, letter, "num_delivered", c.name)
		require.Equal(t, 1, run.Attempt, c.name)
	}
}

func TestLettersOfFailedRunsCanBeLeftOut(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	flow := rigFlow(t, "main", func(context.Context) error { return errors.New("broken") })
	rig.start(WorkerConfig{Flows: FlowMap(flow), NoExecutionErrorLetters: true})
	rig.ends(rig.submit("main", "{}"), StatusFailed)
	id := rig.submit("other", "{}")
	rig.ends(id, StatusFailed)
	require.Equal(t, id, rig.letters(1)[0]["run_id"], "what could not be run at all is kept")
}

func TestARunEndsSoonWhereNothingKeepsDeadLetters(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	log := &rigLog{}
	rig.start(WorkerConfig{Log: log.logger()})
	rig.ends(rig.submit("main", "{}"), StatusFailed)
	require.NoError(t, rig.jet.JetStream().DeleteStream(t.Context(), rig.resources.DeadLetterStream))
	began := time.Now()
	rig.ends(rig.submit("main", "{}"), StatusFailed)
	require.Less(t, time.Since(began), 10*time.Second)
	require.True(t, log.has("dead letter not published"))
}
