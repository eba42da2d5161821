// This file owns what the gateway keeps of every run in memory, and how the runs bucket gets there.

package pyoco

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"github.com/pyoco/pyoco/internal/exactjson"
	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/runindex"
)

// runSummary is what lists show of a run.
type runSummary struct {
	*runOrigin `json:"-"` // never nil, and never changed: runs have it in common

	ID                string    `json:"-"`
	Status            Status    `json:"status"`
	UpdatedAt         Timestamp `json:"updated_at"`
	HeartbeatAt       Timestamp `json:"heartbeat_at"`
	EndTime           Timestamp `json:"end_time"`
	CancelRequestedAt Timestamp `json:"cancel_requested_at"`
	WorkerID          string    `json:"worker_id"`
	Error             string    `json:"error"`

	hold *runHold // nil where the run has ended
}

// runOrigin is where a run comes from, which it has in common with many.
type runOrigin struct {
	Flow           string   `json:"flow_name"`
	Tag            string   `json:"tag"`
	Tags           []string `json:"tags"`
	TenantID       string   `json:"tenant_id"`
	APIKeyID       string   `json:"api_key_id"`
	ScheduleID     string   `json:"schedule_id"`
	WorkflowSHA256 string   `json:"workflow_yaml_sha256"`
	FlowTextSHA256 string   `json:"flow_text_sha256"`
}

// runHold is what says who may be executing a run that has not ended.
type runHold struct {
	Attempt   int       `json:"attempt"`
	LeaseSec  float64   `json:"lease_sec"`
	JobSeq    uint64    `json:"job_seq"`
	StartTime Timestamp `json:"start_time"`
}

// summary is what lists show of the run.
func (r *Run) summary() *runSummary {
	s := &runSummary{
		runOrigin: &runOrigin{
			Flow: r.Flow, Tag: r.Tag, Tags: r.Tags, TenantID: r.TenantID, APIKeyID: r.APIKeyID, ScheduleID: r.ScheduleID,
			WorkflowSHA256: r.WorkflowSHA256, FlowTextSHA256: r.FlowTextSHA256,
		},
		ID: r.ID, Status: r.Status, UpdatedAt: r.UpdatedAt, HeartbeatAt: r.HeartbeatAt, EndTime: r.EndTime,
		CancelRequestedAt: r.CancelRequestedAt, WorkerID: r.WorkerID, Error: clip(r.Error, maxListedError),
	}
	if !r.Status.Terminal() {
		s.hold = &runHold{Attempt: r.Attempt, LeaseSec: r.LeaseSec, JobSeq: r.JobSeq, StartTime: r.StartTime}
	}
	return s
}

// maxListedError bounds the error that lists show, in bytes.
const maxListedError = 1 << 10

// run is the summary as a list shows it.
func (s *runSummary) run(revision uint64) *Run {
	return &Run{
		ID: s.ID, Flow: s.Flow, Tag: s.Tag, Tags: slices.Clone(s.Tags), TenantID: s.TenantID, APIKeyID: s.APIKeyID, Status: s.Status,
		ScheduleID: s.ScheduleID, UpdatedAt: s.UpdatedAt, HeartbeatAt: s.HeartbeatAt, WorkerID: s.WorkerID, Error: s.Error,
		Revision: revision,
	}
}

// overwritten says that the run has ended otherwise than a later record has it. Python workers write without
// compare-and-set and run a job again that comes again; the first end is the one that counts.
func (s *runSummary) overwritten(later Status) bool { return s.Status.Terminal() && later != s.Status }

// The facets of the index: what lists filter by and metrics count.
const (
	facetStatus   = "status"
	facetFlow     = "flow"
	facetTag      = "tag"
	facetSchedule = "schedule_id"
	facetWorkflow = "workflow_yaml_sha256"
	facetFlowText = "flow_text_sha256"
	facetWorker   = "worker_id"
	facetWaiting  = "waiting" // the tag of a run that is PENDING
	facetRunning  = "running" // the tag of one that is RUNNING or CANCELLING
)

// runFacets and entry name the facets in the same order.
var runFacets = []string{
	facetStatus, facetFlow, facetTag, facetSchedule, facetWorkflow, facetFlowText, facetWorker, facetWaiting, facetRunning,
}

func (s *runSummary) entry(revision uint64) runindex.Entry[*runSummary] {
	var waiting, running string
	switch s.Status {
	case StatusPending:
		waiting = s.Tag
	case StatusRunning, StatusCancelling:
		running = s.Tag
	}
	return runindex.Entry[*runSummary]{
		Key: s.ID, Revision: revision, Order: float64(s.UpdatedAt), Value: s,
		Facets: []string{
			string(s.Status), s.Flow, s.Tag, s.ScheduleID, s.WorkflowSHA256, s.FlowTextSHA256, s.WorkerID, waiting, running,
		},
	}
}

// summarise decodes only the summary's fields.
func summarise(key string, value []byte) (*runSummary, error) {
	var decoded struct {
		runOrigin
		runSummary
		runHold
	}
	decoded.ID = key
	if err := decodePart(value, &decoded); err != nil {
		return nil, err
	}
	s, hold := decoded.runSummary, decoded.runHold
	s.runOrigin = &decoded.runOrigin
	s.Error = clip(s.Error, maxListedError)
	if !s.Status.Terminal() {
		s.hold = &hold
	}
	return &s, nil
}

// decodePart reads those fields of a snapshot that v has. A field of another type than ours counts as absent.
func decodePart[T any](value []byte, v *T) error {
	err := exactjson.Unmarshal(finite(value), v)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return nil
	}
	return err
}

// noted puts a snapshot that this gateway has changed into the index at once, so that its readers see it.
func (g *Gateway) noted(r *Run) {
	payload, err := g.runs.encode(r)
	if err != nil {
		payload = nil // those who watch the run read it
	}
	g.follower.apply(g.entryOf(g.follower.shared.in(r.summary()), r.Revision), payload)
}

// notedNew is noted for a run that was just created, which nobody can be watching.
func (g *Gateway) notedNew(r *Run) {
	g.follower.apply(g.entryOf(g.follower.shared.in(r.summary()), r.Revision), nil)
}

// runFollower feeds the index from the watch. During a new reading of the bucket, readers keep the old content.
type runFollower struct {
	gateway *Gateway

	shared sharedTexts

	mu    sync.Mutex
	build *runindex.Build[*runSummary] // nil before the first reading; the same as the index once that is done
	whole bool                         // it is done; for the watch's goroutine
}

func newRunFollower(g *Gateway) *runFollower { return &runFollower{gateway: g} }

// Reset begins a new content.
func (f *runFollower) Reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.build, f.whole = f.gateway.index.Rebuild(), false
	f.gateway.recent.reset()
	f.gateway.sweeper.runs.reset()
	f.gateway.retained.markers.reset()
}

// Live shows the new content.
func (f *runFollower) Live(through uint64) {
	f.current().Swap()
	f.whole = true
	f.gateway.sweeper.runs.live()
	f.gateway.sweeper.runs.brought(through)
	f.gateway.live.open()
}

func (f *runFollower) current() *runindex.Build[*runSummary] {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.build
}

// apply takes an entry that the watch is yet to bring: readers see it at once, and also after the reading that is going on.
func (f *runFollower) apply(e runindex.Entry[*runSummary], payload []byte) {
	before, known := f.gateway.index.Get(e.Key)
	if f.gateway.index.Apply(e, payload) {
		f.gateway.sweeper.runs.observe(e.Value, e.Revision)
		if known {
			f.gateway.moved(before.Value, e.Value)
		}
	}
	if build := f.current(); build != nil {
		build.Apply(e, payload)
	}
}

// Entry takes one revision of a snapshot.
func (f *runFollower) Entry(e jet.Entry) {
	defer f.gateway.sweeper.runs.brought(e.Revision)
	if e.Deleted {
		f.current().Remove(e.Key, e.Revision)
		f.gateway.recent.put(e.Key, e.Revision, nil)
		f.gateway.repairs.forget(e.Key)
		f.gateway.sweeper.runs.forget(e.Key, e.Revision)
		if e.Lasting {
			f.gateway.retained.markers.marked(e.Revision)
		}
		return
	}
	seen, known := f.gateway.index.Get(e.Key)
	if f.whole && known && seen.Revision == e.Revision { // this gateway's own write, which its readers have seen
		f.gateway.recent.put(e.Key, e.Revision, e.Value)
		f.gateway.repairs.look(seen.Value)
		return
	}
	s, err := summarise(e.Key, e.Value)
	if err != nil {
		f.gateway.cfg.Log.Warn("snapshot not readable, left out of lists", "run_id", e.Key, "error", err)
		return
	}
	f.shared.in(s)
	payload := e.Value
	known = known && seen.Revision < e.Revision
	if known && seen.Value.overwritten(s.Status) {
		// A Python worker wrote over the end: what was seen stays, and readers of the record are given it too.
		s, payload = seen.Value, nil
	}
	if f.whole { // before the streams of the run are told
		f.gateway.recent.put(e.Key, e.Revision, payload)
	}
	if f.current().Apply(f.gateway.entryOf(s, e.Revision), payload) && known {
		f.gateway.moved(seen.Value, s)
	}
	f.gateway.repairs.look(s)
	f.gateway.sweeper.runs.observe(s, e.Revision)
}

// moved counts and times what the next snapshot of a run shows to be over.
func (g *Gateway) moved(before, now *runSummary) {
	g.instruments.moved(before, now)
	g.waits.moved(before, now, timestamp(g.now()))
}
