// This file owns how the runs that need not be kept are found in their stream, and removed.

package pyoco

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco/internal/jet"
)

// found are runs that are not to be kept.
type found struct {
	runs   []*Run
	looked int  // how many records were read for them
	all    bool // there are no more
}

// gather reads on until it has found so many runs that are not to be kept, or looked at so many records.
func (r *retention) gather(ctx context.Context, most, look int) (f found, err error) {
	over, asked := 0, false // how many runs are known to be too many
	for ; len(f.runs) < most && f.looked < look; f.looked++ {
		message, err := r.read(ctx, f.looked)
		if isGone(err) {
			f.all = true
			return f, nil
		}
		if err != nil {
			return f, err
		}
		if run := r.ended(message); run != nil {
			if !r.old(message) {
				if over == 0 && asked { // they are counted again when these are gone
					return f, nil
				}
				if !asked {
					if over, err = r.over(ctx); over <= 0 || err != nil {
						f.all = true
						return f, err
					}
					asked = true
				}
				over--
			}
			f.runs = append(f.runs, run)
		}
		r.next = message.Sequence + 1
	}
	return f, nil
}

// single is how many records are read by themselves before a consumer is made for the others: mostly there is little to do.
const single = 8

// read gives the next record.
func (r *retention) read(ctx context.Context, looked int) (jet.Message, error) {
	bucket := r.gateway.runs.bucket
	if looked < single && !r.reader.Open() {
		return r.gateway.jet.NextMessage(ctx, bucket.Stream(), bucket.Subjects(), r.next)
	}
	return r.reader.Next(ctx, r.next)
}

// ended is as much as a removal needs of the run of a record, if it has ended, be it that a Python worker has written over its end since.
func (r *retention) ended(message jet.Message) *Run {
	var part struct {
		Status Status `json:"status"`
		JobSeq uint64 `json:"job_seq"`
	}
	if decodePart(message.Data, &part) != nil { // a marker, for one
		return nil
	}
	run := &Run{ID: r.gateway.runs.bucket.Key(message.Subject), Revision: message.Sequence, Status: part.Status, JobSeq: part.JobSeq}
	if !r.gateway.ended(run).Status.Terminal() {
		return nil
	}
	return run
}

// removeAll removes runs, several at once, and says how many it did.
func (r *retention) removeAll(ctx context.Context, runs []*Run) (int, error) {
	var removed atomic.Int64
	var group errgroup.Group // what fails for one run is no reason to leave the others
	group.SetLimit(retentionAtOnce)
	for _, run := range runs {
		group.Go(func() error {
			done, err := r.remove(ctx, run)
			if done {
				removed.Add(1)
			}
			return err
		})
	}
	err := group.Wait()
	return int(removed.Load()), err
}

// remove removes a run at the revision that was judged, and says whether it did. A job of it that is still there would
// become a dead letter, and goes first.
func (r *retention) remove(ctx context.Context, run *Run) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, actTime)
	defer cancel()
	left := r.gateway.sweeper.jobs.left(run)
	if err := r.gateway.sweeper.remove(ctx, run.ID, left); err != nil && !jet.NoStream(err) {
		return false, err
	}
	err := r.gateway.runs.bucket.Purge(ctx, run.ID, run.Revision)
	if errors.As(err, new(*jet.ConflictError)) {
		return false, nil // written since, or removed by another gateway
	}
	return err == nil, err
}
