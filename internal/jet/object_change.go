// This file owns writing an object's metadata: a compare-and-set on the state of the whole store.

package jet

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// change is one write of metadata, which is made only if no metadata in the store has changed since it was decided.
type change struct {
	objects   *Objects
	name      string
	uncertain bool   // it was sent and not answered: it may have been made, or may still be
	revision  uint64 // that it has made
}

// errMade ends a change that was made before, by what was sent and not answered.
var errMade = errors.New("made before")

// apply asks for the metadata, and writes it if nothing has changed since; else it asks again.
func (c *change) apply(ctx context.Context, decide func() ([]byte, error)) error {
	for {
		revision, err := c.objects.Revision(ctx)
		var data []byte
		if err == nil {
			data, err = decide()
		}
		if errors.Is(err, errMade) {
			return nil
		}
		if err == nil {
			err = c.write(ctx, data, revision)
			if err == nil {
				return nil
			}
		}
		if StoreFull(err) || !isConflict(err) && !Unanswered(err) || !pause(ctx) {
			return err
		}
	}
}

// write stores metadata if the newest in the whole store, and not only that of the object, is at a revision: what must hold
// for all objects together can then be decided by their list. (Nats-Expected-Last-Subject-Sequence-Subject: since 2.12.)
func (c *change) write(ctx context.Context, data []byte, revision uint64) error {
	msg := &nats.Msg{Subject: c.objects.metadata(c.name), Data: data, Header: nats.Header{
		jetstream.MsgRollup: []string{jetstream.MsgRollupSubject},
	}}
	attempt, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	ack, err := c.objects.jet.js.PublishMsg(attempt, msg, jetstream.WithExpectLastSequenceForSubject(revision, c.objects.allMetadata()))
	if err == nil {
		c.revision = ack.Sequence
		return nil
	}
	c.uncertain = c.uncertain || maySucceed(err)
	return err
}
