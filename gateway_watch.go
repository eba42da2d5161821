// This file owns the event stream of a run.

package pyoco

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/pyoco/pyoco/internal/httpedge"
	"github.com/pyoco/pyoco/internal/runindex"
)

const defaultWatchSec = 60

// runStream is one client's stream of one run.
type runStream struct {
	gateway  *Gateway
	id       string
	records  bool
	since    Timestamp
	terminal bool // the stream ends after a terminal snapshot
	sent     uint64
	stream   *liveStream
	changes  *runindex.Subscription[*runSummary]
	owed     *runindex.Update[*runSummary] // the newest change, where it is still to be read and sent
}

func (g *Gateway) getRunWatch(w http.ResponseWriter, r *http.Request) error {
	q := httpedge.NewQuery(r)
	s := &runStream{
		gateway: g, id: httpedge.Param(r, "id"), terminal: q.Enum("until", "", "terminal") == "terminal",
	}
	_, s.records = included(q)
	since, _ := q.Float("since")
	s.since = Timestamp(since)
	limit := q.Int("timeout_sec", defaultWatchSec, 1, maxWatchSec)
	if err := q.Err(errInvalidRequest); err != nil {
		return err
	}
	if err := g.whole(); err != nil {
		return answer(err, "")
	}
	s.changes = g.index.Subscribe(s.id)
	defer s.changes.Close()
	// Event ids are revisions: a client that comes back has seen everything up to its last one.
	s.sent, _ = strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64)
	first, err := s.first(r.Context()) // after subscribing, so that no change is missed
	if err != nil {
		return answer(err, errRunNotFound)
	}
	if s.sent > first.run.Revision { // of a bucket that is no more
		s.sent = 0
	}
	stream, end, err := g.begin(w, r)
	if err != nil {
		return err
	}
	defer end()
	s.stream = stream
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(limit)*time.Second)
	defer cancel()
	return s.run(ctx, first)
}

// first is the snapshot that a stream begins with: as the watch has brought it last, where that is still at hand and the
// client has not seen a later one, or else as it is read.
func (s *runStream) first(ctx context.Context) (*snapshotView, error) {
	var brought runindex.Update[*runSummary]
	if e, known := s.gateway.index.Get(s.id); known && e.Revision >= s.sent && s.gateway.jet.Connected() {
		brought.Entry, brought.Payload = e, s.gateway.recent.at(s.id, e.Revision)
	}
	return s.gateway.changed(ctx, s.id, brought)
}

// run sends until the time is over, the client is gone, or the run's record is.
func (s *runStream) run(ctx context.Context, first *snapshotView) error {
	if err := s.send(first); err != nil {
		if errors.Is(err, errStreamDone) {
			return nil
		}
		return err
	}
	return s.gateway.follow(ctx, s.stream, s)
}

func (s *runStream) changed() <-chan struct{} { return s.changes.C() }

// tick sends what could not be read when it changed: it may be the run's end, which no other change follows.
func (s *runStream) tick(ctx context.Context) error {
	if s.owed == nil {
		return nil
	}
	return s.update(ctx, *s.owed)
}

func (s *runStream) happened(ctx context.Context) error {
	if update, ok := s.changes.Latest(); ok {
		return s.update(ctx, update)
	}
	return nil
}

// update sends the newest snapshot; a reader that is slow has skipped those between.
func (s *runStream) update(ctx context.Context, u runindex.Update[*runSummary]) error {
	s.owed = nil
	if u.Removed {
		return errStreamDone
	}
	view, err := s.gateway.changed(ctx, s.id, u)
	switch {
	case errors.Is(err, ErrNotFound):
		return errStreamDone
	case errors.Is(err, ErrUnavailable):
		s.owed = &u
		return nil
	case err != nil: // no snapshot: the next change brings one
		s.gateway.cfg.Log.Debug("change not readable", "run_id", s.id, "error", err)
		return nil
	}
	return s.send(view)
}

// changed is the snapshot of a change; one that came without its record is read.
func (g *Gateway) changed(ctx context.Context, id string, u runindex.Update[*runSummary]) (*snapshotView, error) {
	if u.Payload != nil {
		view, err := g.views.of(u.Payload, u.Entry.Revision)
		if err == nil && !callerOf(ctx).sees(view.run.TenantID) {
			return nil, ErrNotFound
		}
		return view, err
	}
	run, err := g.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return viewOf(run), nil
}

// send writes a snapshot event, if the client has not had it.
func (s *runStream) send(view *snapshotView) error {
	run := view.run
	if run.Revision > s.sent && run.UpdatedAt >= s.since {
		data, err := view.event(s.id, s.records, timestamp(s.gateway.now()))
		if err != nil {
			return err
		}
		if err := s.stream.emitData(strconv.FormatUint(run.Revision, 10), "snapshot", data); err != nil {
			return err
		}
		s.sent = run.Revision
	}
	if s.terminal && run.Status.Terminal() {
		return errStreamDone
	}
	return nil
}

// bare is a heartbeat, and the last event of a gateway that stops.
func (s *runStream) bare() any {
	return struct {
		RunID string    `json:"run_id"`
		TS    Timestamp `json:"ts"`
	}{s.id, timestamp(s.gateway.now())}
}
