// This file owns workers over HTTP: their lists, and what belongs to the operator.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/httpedge"
	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/runindex"
)

// WorkerListOptions say which workers a list shows.
type WorkerListOptions struct {
	// All shows workers in any state; else only RUNNING and IDLE ones.
	All bool
	// State shows only workers in this state.
	State WorkerState
	// IncludeHidden shows hidden workers too.
	IncludeHidden bool
	// Limit is 1 to 500. Default 100.
	Limit int
}

// Workers lists workers, newest last_seen_at first.
func (g *Gateway) Workers(ctx context.Context, o WorkerListOptions) ([]*WorkerInfo, error) {
	o.Limit = or(o.Limit, 100)
	if o.Limit < 1 || o.Limit > 500 {
		return nil, invalid("limit", "must be 1 to 500, got %d", o.Limit)
	}
	if err := g.whole(); err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(g.workers.all(), func(i *WorkerInfo) bool {
		return !o.All && !i.State.alive() || o.State != "" && i.State != o.State || i.Hidden && !o.IncludeHidden
	})
	list = list[:min(len(list), o.Limit)]
	for i, info := range list {
		list[i] = g.workerFor(callerOf(ctx), info)
	}
	return list, nil
}

// WorkerDetail is a worker with the runs that it claimed last.
type WorkerDetail struct {
	*WorkerInfo
	// RecentRuns are in their short form, newest update first. Runs of Python workers are not among them: their records
	// name no worker.
	RecentRuns []*Run `json:"recent_runs"`
}

// MarshalJSON writes the worker's fields and the runs as one object.
func (d WorkerDetail) MarshalJSON() ([]byte, error) {
	runs, err := encode(d.RecentRuns)
	if err != nil {
		return nil, err
	}
	info := *d.WorkerInfo
	info.extra = maps.Clone(info.extra)
	if info.extra == nil {
		info.extra = map[string]json.RawMessage{}
	}
	info.extra["recent_runs"] = runs
	return info.MarshalJSON()
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *WorkerDetail) UnmarshalJSON(data []byte) error {
	d.WorkerInfo = &WorkerInfo{}
	if err := json.Unmarshal(data, d.WorkerInfo); err != nil {
		return err
	}
	runs := d.extra["recent_runs"]
	delete(d.extra, "recent_runs")
	if runs == nil {
		return nil
	}
	return json.Unmarshal(runs, &d.RecentRuns)
}

// maxRecentRuns is how many runs a worker is shown with.
const maxRecentRuns = 20

// Worker reads one worker, hidden or not. A missing one is ErrNotFound.
func (g *Gateway) Worker(ctx context.Context, id string) (*WorkerDetail, error) {
	if err := g.whole(); err != nil {
		return nil, err
	}
	info, ok := g.workers.get(id)
	if !ok {
		return nil, ErrNotFound
	}
	detail := &WorkerDetail{WorkerInfo: g.workerFor(callerOf(ctx), info), RecentRuns: []*Run{}}
	filter := callerOf(ctx).filter(map[string]string{facetWorker: id})
	for _, e := range g.index.Page(runindex.Query{Filter: filter, Limit: maxRecentRuns}) {
		detail.RecentRuns = append(detail.RecentRuns, e.Value.run(e.Revision))
	}
	return detail, nil
}

func (g *Gateway) getWorker(w http.ResponseWriter, r *http.Request) error {
	detail, err := g.Worker(r.Context(), httpedge.Param(r, "id"))
	if err != nil {
		return answer(err, errWorkerNotFound)
	}
	return httpedge.WriteJSON(w, http.StatusOK, detail)
}

func (g *Gateway) getWorkers(w http.ResponseWriter, r *http.Request) error {
	q := httpedge.NewQuery(r)
	o := WorkerListOptions{
		All: q.Word("scope", "active", "active", "all") == "all",
		State: WorkerState(q.Word("state", "", string(WorkerRunning), string(WorkerIdle), string(WorkerStopped),
			string(WorkerDisconnected))),
		IncludeHidden: q.Bool("include_hidden", false),
		Limit:         q.Int("limit", 100, 1, 500),
	}
	if err := q.Err(errInvalidWorkers); err != nil {
		return err
	}
	list, err := g.Workers(r.Context(), o)
	if err != nil {
		return answer(err, "")
	}
	return httpedge.WriteJSON(w, http.StatusOK, list)
}

// HideWorker hides a worker from lists, or shows it again. A missing one is ErrNotFound; one that could not be written
// within 3.5 s is ErrUnavailable.
func (g *Gateway) HideWorker(ctx context.Context, id string, hidden bool) (*WorkerInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := g.up(ctx); err != nil {
		return nil, err
	}
	if !validWorkerKey(id) {
		return nil, ErrNotFound
	}
	bucket := g.jet.Bucket(g.cfg.Resources.WorkersBucket)
	entry, err := bucket.Get(ctx, id)
	for err == nil {
		var data []byte
		if data, err = withHidden(entry.Value, hidden, timestamp(g.now())); err != nil {
			break
		}
		entry.Revision, err = bucket.Update(ctx, id, data, entry.Revision)
		if err == nil {
			g.workers.wrote(jet.Entry{Key: id, Value: data, Revision: entry.Revision})
			info := &WorkerInfo{}
			err = json.Unmarshal(data, info)
			info.ID = id
			return info, err
		}
		var conflict *jet.ConflictError
		if errors.As(err, &conflict) {
			entry, err = conflict.Current, nil
			if entry.Deleted {
				err = jet.ErrNotFound
			}
		}
	}
	if errors.Is(err, jet.ErrNotFound) {
		return nil, ErrNotFound
	}
	return nil, unavailable("the worker's record could not be written", err)
}

// withHidden is a worker's record with what an operator writes in it. All else stays as its worker has written it.
func withHidden(record []byte, hidden bool, now Timestamp) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(finite(record), &fields); err != nil {
		return nil, err
	}
	if fields == nil { // the record is null
		fields = map[string]json.RawMessage{}
	}
	for name, value := range map[string]any{"hidden": hidden, "updated_at": now} {
		data, err := encode(value)
		if err != nil {
			return nil, err
		}
		fields[name] = data
	}
	return encode(fields)
}

// validWorkerKey says that an id can be a key of the workers bucket (ADR-8). Python workers are free to use all of it.
func validWorkerKey(id string) bool {
	return id != "" && len(id) <= 200 && consistsOf(id, tagAlphabet+".=") && !strings.Contains("."+id+".", "..")
}

func (g *Gateway) patchWorker(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Hidden *bool `json:"hidden"`
	}
	if err := httpedge.ReadJSON(w, r, int64(g.cfg.MaxBodyBytes), &body); err != nil {
		var problem *httpedge.Problem
		if errors.As(err, &problem) {
			problem.ErrID = errInvalidWorkers
		}
		return err
	}
	if body.Hidden == nil {
		missing := invalid("hidden", "is required: true or false")
		missing.id = errInvalidWorkers
		return answer(missing, "")
	}
	info, err := g.HideWorker(r.Context(), httpedge.Param(r, "id"), *body.Hidden)
	if err != nil {
		return answer(err, errWorkerNotFound)
	}
	return httpedge.WriteJSON(w, http.StatusOK, struct {
		WorkerID  string    `json:"worker_id"`
		Hidden    bool      `json:"hidden"`
		UpdatedAt Timestamp `json:"updated_at"`
	}{info.ID, info.Hidden, info.UpdatedAt})
}
