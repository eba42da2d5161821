// This file owns dead letters as people handle them: listed, shown, replayed, dropped.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco/internal/jet"
)

// DeadLetterOptions say which dead letters a list shows. Each filter that is set must match exactly.
type DeadLetterOptions struct {
	Reason string
	Tag    string
	RunID  string
	// Cursor is the NextCursor of the page before. "": the first page.
	Cursor string
	// Limit is the size of a page, 1 to 200. Default 50.
	Limit int
}

// DeadLetterPage is a part of a list of dead letters, the newest first.
type DeadLetterPage struct {
	Items []*DeadLetter `json:"items"`
	// NextCursor asks for the next page; "" at the end.
	NextCursor string `json:"next_cursor"`
}

// MarshalJSON writes null for the cursor at the end.
func (p DeadLetterPage) MarshalJSON() ([]byte, error) {
	return encodePage(p.Items, p.NextCursor)
}

// DeadLetters gives a page of dead letters. ErrNoRoom: the store can't hold any.
func (g *Gateway) DeadLetters(ctx context.Context, o DeadLetterOptions) (*DeadLetterPage, error) {
	o.Limit = or(o.Limit, defaultListLimit)
	if o.Limit < 1 || o.Limit > maxListLimit {
		return nil, invalid("limit", "must be 1 to %d, got %d", maxListLimit, o.Limit)
	}
	below := uint64(math.MaxUint64)
	if o.Cursor != "" {
		var err error
		if below, err = strconv.ParseUint(o.Cursor, 10, 64); err != nil {
			return nil, badCursor()
		}
	}
	if err := g.up(ctx); err != nil {
		return nil, err
	}
	filter := callerOf(ctx).letters(letterFilter{reason: o.Reason, tag: o.Tag, runID: o.RunID})
	page := &DeadLetterPage{Items: []*DeadLetter{}}
	for {
		wanted := o.Limit - len(page.Items)
		found, err := g.letters.find(ctx, filter, below, wanted+1)
		if err = g.lettersAway(ctx, err); errors.Is(err, ErrNotFound) { // there is room for them, and there were none
			return page, nil
		}
		if err != nil {
			return nil, err
		}
		more := len(found) > wanted
		found = found[:min(len(found), wanted)]
		letters, err := g.readLetters(ctx, found)
		if err != nil {
			return nil, err
		}
		page.Items = append(page.Items, letters...)
		if more {
			below = found[wanted-1]
		}
		if !more || len(page.Items) == o.Limit {
			if more {
				page.NextCursor = strconv.FormatUint(below, 10)
			}
			return page, nil
		}
	}
}

// readLetters reads letters; those that are gone meanwhile are left out.
func (g *Gateway) readLetters(ctx context.Context, numbers []uint64) ([]*DeadLetter, error) {
	found := make([]*DeadLetter, len(numbers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i, seq := range numbers {
		group.Go(func() error {
			letter, err := g.DeadLetter(ctx, seq)
			if errors.Is(err, ErrNotFound) {
				g.letters.forget(ctx, seq)
				return nil
			}
			found[i] = letter
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	letters := found[:0]
	for _, letter := range found {
		if letter != nil {
			letters = append(letters, letter)
		}
	}
	return letters, nil
}

// DeadLetter reads one dead letter. A missing one is ErrNotFound. ErrNoRoom: the store can't hold any.
func (g *Gateway) DeadLetter(ctx context.Context, seq uint64) (*DeadLetter, error) {
	if err := g.up(ctx); err != nil {
		return nil, err
	}
	if seq == 0 {
		return nil, ErrNotFound
	}
	message, err := g.jet.Message(ctx, g.cfg.Resources.DeadLetterStream, seq)
	if err != nil {
		return nil, g.lettersAway(ctx, err)
	}
	letter := g.letters.letterOf(message)
	if !callerOf(ctx).sees(letter.TenantID) {
		return nil, ErrNotFound
	}
	return letter, nil
}

// DropDeadLetter removes a dead letter. A missing one is ErrNotFound. ErrNoRoom: the store can't hold any.
func (g *Gateway) DropDeadLetter(ctx context.Context, seq uint64) error {
	if err := g.up(ctx); err != nil {
		return err
	}
	if seq == 0 {
		return ErrNotFound
	}
	if !callerOf(ctx).isAdmin() { // who sees one tenant drops none of others
		if _, err := g.DeadLetter(ctx, seq); err != nil {
			return err
		}
	}
	err := g.jet.DeleteMessage(ctx, g.cfg.Resources.DeadLetterStream, seq)
	if err == nil {
		g.cfg.Log.Info("dead letter dropped", "seq", seq)
	}
	return g.lettersAway(ctx, err)
}

// lettersAway tells why letters could not be reached: the one that was asked for is not there, there is no room for any, or
// NATS is away. Where only their stream is missing it is made, and holds none.
func (g *Gateway) lettersAway(ctx context.Context, err error) error {
	if jet.NoStream(err) {
		if err = g.cfg.Resources.ensureDeadLetters(ctx, g.jet); err == nil {
			return ErrNotFound
		}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jet.ErrNotFound):
		return ErrNotFound
	case jet.NoRoom(err):
		return &noRoomError{
			what: fmt.Sprintf("dead letters: the store has no room for the %d bytes that %s reserves: make room, or lower PYOCO_DLQ_MAX_BYTES",
				g.cfg.Resources.DeadLetterMaxBytes, g.cfg.Resources.DeadLetterStream),
			id: errDeadLetter, cause: err,
		}
	}
	return unavailable("the dead letters could not be reached", err)
}
