// This file owns dropping the texts of flow files that no kept run names. Why that takes no text from a submission that is
// under way stands in flow_texts.go.

package pyoco

import (
	"context"
	"errors"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// textPeriod is the time between two looks at the texts.
const textPeriod = 10 * time.Minute

// textSweeper knows the texts that no run names, and since when. It is for one goroutine.
type textSweeper struct {
	gateway       *Gateway
	period, grace time.Duration
	last          time.Time
	unused        map[string]unusedText
}

// unusedText is a text at a revision at which it has been named by no run since a time.
type unusedText struct {
	revision uint64
	since    time.Time
}

func newTextSweeper(g *Gateway) *textSweeper {
	return &textSweeper{gateway: g, period: textPeriod, grace: textGrace, unused: map[string]unusedText{}}
}

// sweep drops the texts that have been unused for textGrace. A run that names one may have been made without this process
// having seen it, so it looks again once the watch has brought all that the runs' stream then held.
func (t *textSweeper) sweep(ctx context.Context) error {
	if time.Since(t.last) < t.period {
		return nil
	}
	t.last = time.Now()
	names, err := t.gateway.texts.bucket.Keys(ctx)
	if err != nil {
		return err
	}
	still := map[string]unusedText{}
	for _, sha := range names {
		if t.named(sha) {
			continue
		}
		entry, err := t.gateway.texts.bucket.Latest(ctx, sha)
		if errors.Is(err, jet.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		switch known := t.unused[sha]; {
		case known.revision != entry.Revision:
			still[sha] = unusedText{revision: entry.Revision, since: time.Now()}
			continue
		case time.Since(known.since) < t.grace:
			still[sha] = known
			continue
		}
		if err := t.drop(ctx, sha, entry); err != nil {
			return err
		}
	}
	t.unused = still
	return nil
}

// named says that a run names the text.
func (t *textSweeper) named(sha string) bool {
	index := t.gateway.index
	return index.Count(facetWorkflow, sha) > 0 || index.Count(facetFlowText, sha) > 0
}

func (t *textSweeper) drop(ctx context.Context, sha string, entry jet.Entry) error {
	ctx, cancel := context.WithTimeout(ctx, actTime)
	defer cancel()
	bucket := t.gateway.texts.bucket
	if entry.Deleted {
		if !entry.Lasting {
			return nil
		}
		_, err := bucket.RemoveMarker(ctx, entry.Revision)
		return err
	}
	state, err := t.gateway.jet.StreamState(ctx, t.gateway.runs.bucket.Stream())
	if err != nil {
		return err
	}
	if err := t.gateway.sweeper.runs.await(ctx, state.Last); err != nil {
		return err
	}
	if t.named(sha) {
		return nil
	}
	err = bucket.Purge(ctx, sha, entry.Revision)
	if errors.As(err, new(*jet.ConflictError)) { // a submission has written it since
		return nil
	}
	if err == nil {
		t.gateway.cfg.Log.Info("text of a flow file dropped: no run names it", "flow_text_sha256", sha)
		t.gateway.sweeper.actions.WithLabelValues(actionTextRemoved).Inc()
	}
	return err
}
