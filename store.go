// This file owns reading and writing snapshots: every write is a compare-and-set on the revision it was made from.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/pyoco/pyoco/internal/jet"
)

// runStore is the runs bucket.
type runStore struct {
	bucket      *jet.Bucket
	maxSnapshot int
	log         *slog.Logger
}

// create writes the first revision of a run.
func (s *runStore) create(ctx context.Context, r *Run) error {
	data, err := s.encode(r)
	if err != nil {
		return err
	}
	r.Revision, err = s.bucket.Create(ctx, r.ID, data)
	return err
}

// get reads a run from the stream's leader; a missing one is jet.ErrNotFound.
func (s *runStore) get(ctx context.Context, id string) (*Run, error) {
	entry, err := s.bucket.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return decodeRun(entry.Value, entry.Revision)
}

// write stores r over the revision it was read at. A refusal is a *jet.ConflictError with what is there.
func (s *runStore) write(ctx context.Context, r *Run) error {
	data, err := s.encode(r)
	if err != nil {
		return err
	}
	r.Revision, err = s.bucket.Update(ctx, r.ID, data, r.Revision)
	return err
}

// errUnchanged ends an update without a write.
var errUnchanged = errors.New("nothing to change")

// update applies change to what is there until it could be written, and gives what is then there. change may be called
// several times, each time with another snapshot. errUnchanged from it ends the update in peace.
func (s *runStore) update(ctx context.Context, r *Run, change func(*Run) error) (*Run, error) {
	for {
		next := r.clone()
		if err := change(next); errors.Is(err, errUnchanged) {
			return r, nil
		} else if err != nil {
			return r, err
		}
		err := s.write(ctx, next)
		if err == nil {
			return next, nil
		}
		if r, err = conflicting(err); err != nil {
			return nil, err
		}
	}
}

// conflicting gives the snapshot that refused a write, or the error if it was something else.
func conflicting(err error) (*Run, error) {
	var conflict *jet.ConflictError
	if !errors.As(err, &conflict) {
		return nil, err
	}
	if conflict.Current.Deleted {
		return nil, fmt.Errorf("run %s: %w", conflict.Current.Key, jet.ErrNotFound)
	}
	return decodeRun(conflict.Current.Value, conflict.Current.Revision)
}

// clone is a copy that may be changed field by field. Maps are shared: writers replace them, and never write into them.
func (r *Run) clone() *Run {
	c := *r
	return &c
}
