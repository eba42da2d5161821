// This file owns runs over HTTP: submission, single reads and cancel, and the same without HTTP.

package pyoco

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/pyoco/pyoco/internal/httpedge"
	"github.com/pyoco/pyoco/internal/jet"
)

func (g *Gateway) postRuns(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Flow   string          `json:"flow_name"`
		Params json.RawMessage `json:"params"`
		Tag    *string         `json:"tag"`
		Tags   []*string       `json:"tags"`
	}
	if err := httpedge.ReadJSON(w, r, int64(g.cfg.MaxBodyBytes), &body); err != nil {
		return err
	}
	s := Submission{Flow: body.Flow}
	for i, label := range body.Tags {
		if label == nil {
			return answer(invalid(fmt.Sprintf("tags[%d]", i), "must be a text, got null"), "")
		}
		s.Tags = append(s.Tags, *label)
	}
	if body.Params != nil {
		s.Params = body.Params
	}
	if body.Tag != nil {
		s.Tag = *body.Tag
	}
	return g.submitted(w, r, s)
}

func (g *Gateway) postRunsYAML(w http.ResponseWriter, r *http.Request) error {
	form, err := httpedge.ReadForm(w, r, httpedge.FormSpec{
		Files:   []httpedge.FilePart{{Name: "workflow", Max: int64(g.cfg.MaxWorkflowBytes), TooLargeErrID: errWorkflowTooLarge}},
		Texts:   []string{"flow_name", "tag", "params"},
		MaxText: int64(g.cfg.MaxBodyBytes), // params have their own limit, the same as in a JSON body
	})
	if err != nil {
		return err
	}
	s := Submission{Flow: form.Texts["flow_name"], Workflow: form.Files["workflow"], Tag: form.Texts["tag"]}
	if len(s.Workflow) == 0 {
		return answer(invalid("workflow", "is empty: a flow file has version, flow and tasks"), "")
	}
	if text := bytes.TrimSpace([]byte(form.Texts["params"])); len(text) > 0 {
		if !json.Valid(text) {
			return answer(invalid("params", "must be an object as JSON"), "")
		}
		s.Params = json.RawMessage(text)
	}
	q := httpedge.NewQuery(r)
	dry := q.Bool("dry_run", false)
	if err := q.Err(errInvalidRequest); err != nil {
		return err
	}
	if !dry {
		return g.submitted(w, r, s)
	}
	checked, err := g.Check(r.Context(), s)
	if err != nil {
		return answer(err, "")
	}
	return httpedge.WriteJSON(w, http.StatusOK, checked)
}

func (g *Gateway) submitted(w http.ResponseWriter, r *http.Request, s Submission) error {
	if keys := r.Header.Values(headerIdempotencyKey); len(keys) > 0 {
		if s.IdempotencyKey = keys[0]; s.IdempotencyKey == "" || len(keys) > 1 {
			return answer(invalid(headerIdempotencyKey, "must be one value of 1 to %d characters", maxIdempotencyKey), "")
		}
	}
	accepted, err := g.Submit(r.Context(), s)
	if err != nil {
		return answer(err, "")
	}
	return httpedge.WriteJSON(w, http.StatusOK, accepted)
}

// Get reads a run. A missing one is ErrNotFound.
func (g *Gateway) Get(ctx context.Context, id string) (*Run, error) {
	if err := g.up(ctx); err != nil {
		return nil, err
	}
	if validRunID(id) == "" {
		return nil, ErrNotFound
	}
	run, err := g.runs.get(ctx, id)
	if errors.Is(err, jet.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, unavailable("the run could not be read", err)
	}
	if !callerOf(ctx).sees(run.TenantID) {
		return nil, ErrNotFound
	}
	return g.ended(run), nil
}

// ended shows the end that was seen of a run whose record a Python worker has written over since. A record that was read
// before the end was written is no such run, and stays as it is.
func (g *Gateway) ended(run *Run) *Run {
	seen, ok := g.index.Get(run.ID)
	if !ok || seen.Revision > run.Revision || !seen.Value.overwritten(run.Status) {
		return run
	}
	run = run.clone()
	run.Status, run.EndTime, run.UpdatedAt = seen.Value.Status, seen.Value.EndTime, seen.Value.UpdatedAt
	run.Error = seen.Value.Error
	return run
}

func (g *Gateway) getRun(w http.ResponseWriter, r *http.Request) error {
	q := httpedge.NewQuery(r)
	_, records := included(q)
	if err := q.Err(errInvalidRequest); err != nil {
		return err
	}
	run, err := g.Get(r.Context(), httpedge.Param(r, "id"))
	if err != nil {
		return answer(err, errRunNotFound)
	}
	return httpedge.WriteJSON(w, http.StatusOK, g.explained(r.Context(), g.workers.beside(run.shown(records))))
}

// shown is the run as a caller asked for it.
func (r *Run) shown(records bool) *Run {
	if records {
		return r
	}
	short := r.clone()
	short.TaskRecords = nil
	return short
}

// RunTasks is what became of each task of a run.
type RunTasks struct {
	RunID                string                 `json:"run_id"`
	Flow                 string                 `json:"flow_name"`
	Status               Status                 `json:"status"`
	Tasks                map[string]TaskState   `json:"tasks"`
	TaskRecords          map[string]*TaskRecord `json:"task_records"`
	TaskRecordsTruncated bool                   `json:"task_records_truncated"`
}

func (g *Gateway) getRunTasks(w http.ResponseWriter, r *http.Request) error {
	run, err := g.Get(r.Context(), httpedge.Param(r, "id"))
	if err != nil {
		return answer(err, errRunNotFound)
	}
	tasks := RunTasks{
		RunID: run.ID, Flow: run.Flow, Status: run.Status, Tasks: run.Tasks, TaskRecords: run.TaskRecords,
		TaskRecordsTruncated: run.TaskRecordsTruncated,
	}
	if tasks.Tasks == nil {
		tasks.Tasks = map[string]TaskState{}
	}
	if tasks.TaskRecords == nil {
		tasks.TaskRecords = map[string]*TaskRecord{}
	}
	return httpedge.WriteJSON(w, http.StatusOK, tasks)
}
