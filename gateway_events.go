// This file owns the event stream of everything: what has changed in the lists of runs and workers, for a dashboard.

package pyoco

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pyoco/pyoco/internal/httpedge"
	"github.com/pyoco/pyoco/internal/runindex"
)

const (
	// eventsPause is the least time between two batches of a stream: at most ten a second.
	eventsPause = 100 * time.Millisecond
	// maxEventsPending is how many runs may change between two batches; beyond, a client is told to list anew.
	maxEventsPending = 5000
)

// listStream is one client's stream of everything.
type listStream struct {
	gateway *Gateway
	caller  *caller
	tag     string
	status  Status
	feed    *runindex.Feed[*runSummary]
	stream  *liveStream
	workers map[string]*WorkerInfo // as they were last sent
	counts  bool                   // the numbers of runs are asked for, too
	counted map[Status]int         // as they were last sent
	sent    time.Time              // when the last batch was
}

// runsEvent is a batch of changes: the newest of each run. Removed are the runs that are gone, or that the filter no
// longer shows.
type runsEvent struct {
	Items   []*Run    `json:"items"`
	Removed []string  `json:"removed"`
	TS      Timestamp `json:"ts"`
}

// workersEvent are the workers that have changed; heartbeats alone are no change.
type workersEvent struct {
	Items   []*WorkerInfo `json:"items"`
	Removed []string      `json:"removed"`
	TS      Timestamp     `json:"ts"`
}

// getEvents sends an event open first: whoever lists after it misses nothing. Then runs and workers as they change, and
// reset where changes were lost and the lists have to be read anew.
func (g *Gateway) getEvents(w http.ResponseWriter, r *http.Request) error {
	q := httpedge.NewQuery(r)
	s := &listStream{gateway: g, caller: callerOf(r.Context()), tag: q.String("tag"), status: Status(q.String("status"))}
	s.counts = q.Bool("counts", false)
	limit := q.Int("timeout_sec", maxWatchSec, 1, maxWatchSec)
	if err := q.Err(errInvalidRequest); err != nil {
		return err
	}
	if err := g.whole(); err != nil {
		return answer(err, "")
	}
	stream, end, err := g.begin(w, r)
	if err != nil {
		return err
	}
	defer end()
	s.stream, s.feed = stream, g.index.Feed(maxEventsPending)
	defer s.feed.Close()
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(limit)*time.Second)
	defer cancel()
	return s.run(ctx)
}

func (s *listStream) run(ctx context.Context) error {
	s.workers = s.seen()
	if err := s.stream.emit("open", s.bare()); err != nil {
		return err
	}
	if err := s.tickCounts(); err != nil {
		return err
	}
	return s.gateway.follow(ctx, s.stream, s)
}

func (s *listStream) changed() <-chan struct{} { return s.feed.C() }

// happened sends one batch of runs, not too soon after the one before.
func (s *listStream) happened(ctx context.Context) error {
	timer := time.NewTimer(max(0, eventsPause-time.Since(s.sent)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return nil
	}
	s.sent = time.Now()
	changes, lost := s.feed.Take()
	if lost {
		return s.stream.emit("reset", s.bare())
	}
	batch := runsEvent{Items: []*Run{}, Removed: []string{}, TS: timestamp(s.gateway.now())}
	for _, u := range changes {
		switch summary := u.Entry.Value; {
		case !s.caller.sees(summary.TenantID):
		case u.Removed:
			batch.Removed = append(batch.Removed, u.Entry.Key)
		case s.tag != "" && summary.Tag != s.tag: // it was never shown: a run keeps its tag
		case s.status != "" && summary.Status != s.status:
			batch.Removed = append(batch.Removed, u.Entry.Key)
		default:
			batch.Items = append(batch.Items, summary.run(u.Entry.Revision))
		}
	}
	if len(batch.Items)+len(batch.Removed) == 0 {
		return nil
	}
	return s.stream.emit("runs", batch)
}

// countsEvent is how many runs there are of each status.
type countsEvent struct {
	Runs map[Status]int `json:"runs"`
	TS   Timestamp      `json:"ts"`
}

// tick sends the workers that have changed, and the numbers of runs.
func (s *listStream) tick(context.Context) error {
	if err := s.tickCounts(); err != nil {
		return err
	}
	before, now := s.workers, s.seen()
	event := workersEvent{Items: []*WorkerInfo{}, Removed: []string{}, TS: timestamp(s.gateway.now())}
	for id, info := range now {
		if was := before[id]; was == nil || !was.sameNews(info) {
			event.Items = append(event.Items, info)
		}
	}
	for id := range before {
		if now[id] == nil {
			event.Removed = append(event.Removed, id)
		}
	}
	s.workers = now
	if len(event.Items)+len(event.Removed) == 0 {
		return nil
	}
	slices.SortFunc(event.Items, func(a, b *WorkerInfo) int { return strings.Compare(a.ID, b.ID) })
	slices.Sort(event.Removed)
	return s.stream.emit("workers", event)
}

// tickCounts sends the numbers of runs where they were asked for and have changed.
func (s *listStream) tickCounts() error {
	if !s.counts {
		return nil
	}
	now := s.gateway.statusCounts(s.caller)
	if s.counted != nil && maps.Equal(now, s.counted) {
		return nil
	}
	s.counted = now
	return s.stream.emit("counts", countsEvent{Runs: now, TS: timestamp(s.gateway.now())})
}

// seen are the workers as they are now, by id.
func (s *listStream) seen() map[string]*WorkerInfo {
	workers := map[string]*WorkerInfo{}
	if !s.caller.may(ScopeWorkersRead) {
		return workers
	}
	for _, info := range s.gateway.workers.all() {
		if s.tag == "" || slices.Contains(info.Tags, s.tag) {
			workers[info.ID] = s.gateway.workerFor(s.caller, info)
		}
	}
	return workers
}

// sameNews says that nothing but signs of life came between two records.
func (i *WorkerInfo) sameNews(other *WorkerInfo) bool {
	return i.InstanceID == other.InstanceID && i.State == other.State && i.Hidden == other.Hidden &&
		i.LastRunID == other.LastRunID && i.CurrentRunID == other.CurrentRunID && i.Concurrency == other.Concurrency &&
		slices.Equal(i.CurrentRunIDs, other.CurrentRunIDs) && slices.Equal(i.Tags, other.Tags) &&
		maps.EqualFunc(i.extra, other.extra, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })
}

func (s *listStream) bare() any {
	return struct {
		TS Timestamp `json:"ts"`
	}{timestamp(s.gateway.now())}
}
