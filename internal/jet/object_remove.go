// This file owns the removal of objects, and of what broken uploads and removals have left.

package jet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Delete removes an object and gives what it was. One that is not there is ErrNotFound.
func (o *Objects) Delete(ctx context.Context, name string) (Object, error) {
	object, err := o.mark(ctx, name)
	if StoreFull(err) { // not even the marker fits in, so the chunks go first
		if err = o.purge(ctx, o.chunks(object.NUID), 0); err == nil {
			object, err = o.mark(ctx, name)
		}
	}
	if err != nil {
		return Object{}, fmt.Errorf("delete object %q of %s: %w", name, o.name, err)
	}
	_ = o.purge(ctx, o.chunks(object.NUID), 0) // else Tidy does it
	return object, nil
}

// mark says in an object's metadata that it is removed.
func (o *Objects) mark(ctx context.Context, name string) (object Object, err error) {
	change := &change{objects: o, name: name}
	err = change.apply(ctx, func() ([]byte, error) {
		current, err := o.latest(ctx, name)
		switch {
		case err != nil:
			return nil, err
		case current.Deleted && change.uncertain && current.NUID == object.NUID:
			return nil, errMade
		case current.Deleted:
			return nil, ErrNotFound
		}
		object = current
		return current.removed(time.Now())
	})
	return object, err
}

// purge removes the messages of a subject: all, or those below a sequence.
func (o *Objects) purge(ctx context.Context, subject string, below uint64) error {
	request := map[string]any{"filter": subject}
	if below > 0 {
		request["seq"] = below
	}
	for {
		err := o.jet.api(ctx, "STREAM.PURGE."+o.stream, request, &struct{}{})
		if err == nil || !Unanswered(err) || !pause(ctx) {
			return err
		}
	}
}

// Tidy removes what uploads and deletes have left that were broken off by the end of their process: chunks of no object
// that have been there for an age, by the server's clock, and markers of objects that were removed as long ago.
func (o *Objects) Tidy(ctx context.Context, age time.Duration) error {
	stream, err := o.jet.js.Stream(ctx, o.stream)
	if err != nil {
		return fmt.Errorf("tidy %s: %w", o.name, err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(o.prefix+"C.>")) // before the objects: theirs are kept
	if err != nil {
		return fmt.Errorf("tidy %s: %w", o.name, err)
	}
	all, err := o.all(ctx)
	if err != nil {
		return err
	}
	for _, object := range all {
		if !object.Deleted {
			delete(info.State.Subjects, o.chunks(object.NUID))
		} else if info.TimeStamp.Sub(object.stored) > age {
			if err := o.purge(ctx, o.metadata(object.Name), object.Revision+1); err != nil {
				return fmt.Errorf("tidy %s: %w", o.name, err)
			}
		}
	}
	for subject := range info.State.Subjects {
		last, err := o.jet.lastMessage(ctx, o.stream, subject)
		if errors.Is(err, ErrNotFound) || err == nil && info.TimeStamp.Sub(last.Time) <= age {
			continue
		}
		if err == nil {
			err = o.purge(ctx, subject, 0)
		}
		if err != nil {
			return fmt.Errorf("tidy %s: %w", o.name, err)
		}
	}
	return nil
}
