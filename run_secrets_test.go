// This file owns the test that no parameter of a run that fails leaves the run's own record.

package pyoco_test

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// secretFlows fail on their params, each in its own way.
var secretFlows = map[string]string{
	"a switch":      `switch("$ctx.params.word")["A" >> text]`,
	"a number":      `switch(on={{params.pin}}){ 1: text }`,
	"a repeat":      `text["$ctx.params.word"]`,
	"less than 0":   `text["0 - $ctx.params.count"]`,
	"a foreach":     `text["$ctx.params.word as it"]`,
	"an until":      `text % "$ctx.params.word > 1"`,
	"an operator":   `text % "$ctx.params.word - $ctx.params.pin"`,
	"a path":        `text["$ctx.params.word.x as it"]`,
	"an index":      `text["$ctx.params.list.7 as it"]`,
	"too many":      `text["$ctx.params.count"]`,
	"a text":        `number`,
	"a whole":       `whole`,
	"a time":        `moment`,
	"one's own":     `address`,
	"a list":        `list`,
	"a bad struct":  `nested`,
	"a lost output": `output`,
}

func TestNoParameterAppearsInALogOrAnErrorOfARun(t *testing.T) {
	t.Parallel()
	r := startSecrets(t)
	tasks := pyoco.NewTasks()
	for name, fn := range map[string]any{
		"text": func(context.Context, struct{}) error { return nil },
		"number": func(context.Context, struct {
			Word float64 `json:"word"`
		}) error {
			return nil
		},
		"whole": func(context.Context, struct {
			Pin int `json:"pin"`
		}) error {
			return nil
		},
		"moment": func(context.Context, struct {
			Word time.Time `json:"word"`
		}) error {
			return nil
		},
		"address": func(context.Context, struct {
			Word netip.Addr `json:"word"`
		}) error {
			return nil
		},
		"list": func(context.Context, struct {
			Word []string `json:"word"`
		}) error {
			return nil
		},
		"nested": func(context.Context, struct {
			Map struct {
				Pin int `json:"pin"`
			} `json:"map"`
		}) error {
			return nil
		},
		"output": func(context.Context, struct{}) (any, error) { return func() {}, nil },
	} {
		require.NoError(t, tasks.Register("t:"+name, pyoco.Func(fn)))
	}
	w, err := pyoco.NewWorker(r.nats.Connect(t), pyoco.WorkerConfig{ID: "w", Tags: []string{"x"}, Log: r.log, Tasks: tasks, Concurrency: 4})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() { defer close(ended); _ = w.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })

	params := `{"word":"` + mark + `","pin":` + secretNumber + `,"count":90210771,"list":["` + mark + `"],"map":{"pin":"` + mark + `"}}`
	runs := map[string]string{}
	for name, graph := range secretFlows {
		file := "version: 1\nflow:\n  graph: |\n    " + graph + "\ntasks:\n"
		for _, task := range []string{"text", "number", "whole", "moment", "address", "list", "nested", "output"} {
			if strings.Contains(graph, task) {
				file += "  " + task + ": {callable: \"t:" + task + "\"}\n"
			}
		}
		answer := r.postFormWith(t, "/runs/yaml", []string{"X-API-Key", r.key.Text}, formPart{"workflow", file, true},
			formPart{"flow_name", "main", false}, formPart{"tag", "x", false}, formPart{"params", params, false})
		require.Equal(t, http.StatusOK, answer.status, answer.body)
		runs[name] = answer.object(t)["run_id"].(string)
	}
	require.Equal(t, http.StatusOK, r.with(t, r.key.Text, http.MethodPost, "/runs", `{"flow_name":"nosuch","tag":"x","params":`+params+`}`).status)
	for _, job := range []string{mark + " is no job", `{"run_id":"r","params":"` + mark + `"}`, `{"run_id":"r","flow_name":"f","tag":"x","params":"` + mark + `"}`} {
		_, err := r.js.Publish(t.Context(), "pyoco.work.x", []byte(job))
		require.NoError(t, err)
	}
	var texts []string
	for name, id := range runs {
		run := r.listedRun(t, id, func(run *pyoco.Run) bool { return run.Status.Terminal() })
		if name != "a lost output" {
			require.Equal(t, pyoco.StatusFailed, run.Status, name)
		}
		whole, err := r.gw.Get(t.Context(), id)
		require.NoError(t, err)
		texts = append(texts, run.Error)
		for task, record := range whole.TaskRecords {
			texts = append(texts, task+" "+record.Error+" "+record.Traceback)
		}
	}
	failed := len(secretFlows) - 1 + 1 // all but the lost output, and the flow that is not there
	require.Eventually(t, func() bool {
		page, err := r.gw.DeadLetters(t.Context(), pyoco.DeadLetterOptions{Limit: 200})
		return err == nil && len(page.Items) == failed+3
	}, 20*time.Second, 5*time.Millisecond)
	page, err := r.gw.DeadLetters(t.Context(), pyoco.DeadLetterOptions{Limit: 200})
	require.NoError(t, err)
	for _, letter := range page.Items {
		texts = append(texts, letter.Error)
		if letter.Reason != "invalid_job" {
			require.Empty(t, letter.Payload)
		}
	}
	stop()
	<-ended
	texts = append(texts, r.with(t, r.admin.Text, http.MethodGet, "/metrics", "").body, r.with(t, r.admin.Text, http.MethodGet, "/workers?scope=all", "").body)
	r.stop()
	require.Equal(t, failed, strings.Count(r.logs.String(), `"msg":"run failed"`))
	r.hides(t, texts...)
}
