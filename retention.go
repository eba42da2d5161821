// This file owns the retention of runs: those that ended too long ago, or are too many, are removed.

package pyoco

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pyoco/pyoco/internal/jet"
)

const (
	// retentionBatch is how many runs are removed before other things get their turn.
	retentionBatch = 500
	// retentionLook is how many records are looked at in a batch.
	retentionLook = 10 * retentionBatch
	// retentionAtOnce is how many are being removed at a time: one after the other would be slower than runs may come.
	retentionAtOnce = 32
)

// retention removes what need not be kept. Its fields are for the goroutine of run, but for markers.
//
// The runs' stream holds each run at the place of its last write, so the runs that ended first stand first, whatever
// clocks their writers had. The stream is read from the front and never again: what stands there and has not ended is
// written anew, further back, when it does.
type retention struct {
	gateway *Gateway
	actions *prometheus.CounterVec
	log     *slog.Logger
	markers *markerKeeper
	texts   *textSweeper

	reader *jet.Reader

	stream jet.StreamState // of the runs, as last seen
	next   uint64          // what stands before was judged
	epoch  int64           // the connection in which it was
}

func newRetention(g *Gateway) *retention {
	return &retention{
		gateway: g, actions: g.sweeper.actions, log: g.cfg.Log, texts: newTextSweeper(g),
		reader:  g.jet.NewReader(g.runs.bucket.Stream()),
		markers: &markerKeeper{bucket: g.runs.bucket, actions: g.sweeper.actions},
	}
}

// run keeps to the limits until ctx ends, once everything has been read.
func (r *retention) run(ctx context.Context) {
	if r.gateway.Ready(ctx) != nil {
		return
	}
	defer r.reader.Close()
	timer := time.NewTimer(r.gateway.cfg.SweepPeriod)
	defer timer.Stop()
	for troubled := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		full, err := r.batch(ctx)
		err = errors.Join(err, r.markers.sweep(ctx), r.texts.sweep(ctx))
		if ctx.Err() != nil {
			return
		}
		if err != nil && !troubled { // while NATS is away, once
			r.log.Warn("retention interrupted, trying again", "error", err, "err_id", errNATSUnavailable)
		}
		troubled = err != nil
		if full && err == nil {
			timer.Reset(0)
			continue
		}
		r.reader.Close() // what was read ahead may be large
		timer.Reset(r.gateway.cfg.SweepPeriod)
	}
}

// batch removes a part of the runs that are not to be kept, and says whether there may be more.
func (r *retention) batch(ctx context.Context) (full bool, err error) {
	if r.gateway.cfg.RunRetention == 0 && r.gateway.cfg.MaxRunsKept == 0 {
		return false, nil
	}
	removed := 0
	defer func() {
		if removed > 0 {
			r.actions.WithLabelValues(actionRunRemoved).Add(float64(removed))
			r.log.Info("runs removed that are not to be kept any more", "runs", removed)
		}
	}()
	if err := r.look(ctx); err != nil {
		return false, err
	}
	for looked := 0; removed < retentionBatch && looked < retentionLook; {
		from := r.next
		found, err := r.gather(ctx, retentionBatch-removed, retentionLook-looked)
		gone, failed := r.removeAll(ctx, found.runs)
		removed, looked = removed+gone, looked+found.looked
		if failed != nil {
			r.next = from // what was not removed is found again
		}
		if err = errors.Join(failed, err); err != nil || found.all {
			return false, err
		}
	}
	return true, nil
}

// look asks the leader of the runs' stream for its state, and begins at the front where what was judged may be gone.
func (r *retention) look(ctx context.Context) error {
	state, err := r.gateway.jet.StreamState(ctx, r.gateway.runs.bucket.Stream())
	if err != nil {
		return err
	}
	epoch := r.gateway.sweeper.epoch.Load()
	if !state.Created.Equal(r.stream.Created) || state.Last < r.stream.Last || epoch != r.epoch { // made anew, or rolled back
		r.next, r.epoch = 0, epoch
	}
	r.stream = *state
	return nil
}

// old says that a record was written, and its run has ended, too long ago; both times are the server's.
func (r *retention) old(message jet.Message) bool {
	return r.gateway.cfg.RunRetention > 0 && r.stream.Now.Sub(message.Time) >= r.gateway.cfg.RunRetention
}

// over says how many runs can be removed, because they are too many, before it is to be asked again. Other gateways remove
// some at the same time: so it is a part of what is too many, the last ones singly.
func (r *retention) over(ctx context.Context) (int, error) {
	const gateways = 8 // with more of them, as many runs too many may go
	if r.gateway.cfg.MaxRunsKept == 0 {
		return 0, nil
	}
	state, err := r.gateway.jet.StreamState(ctx, r.gateway.runs.bucket.Stream())
	if err != nil {
		return 0, err
	}
	if err := r.gateway.sweeper.runs.await(ctx, state.Last); err != nil {
		return 0, err
	}
	over := r.gateway.index.Len() - r.gateway.cfg.MaxRunsKept
	return min(over, max(1, over/gateways)), nil
}
