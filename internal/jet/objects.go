// This file owns the objects of an object store (NATS ADR-20): which there are, and how they are removed. They are written
// in upload.go and read in object_read.go.

package jet

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Objects is one object store. It is safe for concurrent use. Unlike the client library it writes headers as plain texts,
// as nats.py does, and reads both forms: the library's own metadata breaks readers in Python, and it breaks on theirs.
type Objects struct {
	jet    *Jet
	name   string
	stream string
	prefix string
}

// Objects names an object store. It does no I/O; see EnsureObjects.
func (j *Jet) Objects(name string) *Objects {
	return &Objects{jet: j, name: name, stream: "OBJ_" + name, prefix: "$O." + name + "."}
}

// EnsureObjects makes the object store where it is missing. One that exists keeps its settings.
func (j *Jet) EnsureObjects(ctx context.Context, cfg jetstream.ObjectStoreConfig) (*Objects, error) {
	_, err := j.js.ObjectStore(ctx, cfg.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = create(ctx, func(ctx context.Context) (jetstream.ObjectStore, error) { return j.js.CreateObjectStore(ctx, cfg) })
		if errors.Is(err, jetstream.ErrBucketExists) {
			err = nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("object store %s: %w", cfg.Bucket, err)
	}
	return j.Objects(cfg.Bucket), nil
}

// Name is the store's name.
func (o *Objects) Name() string { return o.name }

func (o *Objects) allMetadata() string { return o.prefix + "M.>" }

func (o *Objects) metadata(name string) string {
	return o.prefix + "M." + base64.URLEncoding.EncodeToString([]byte(name))
}

func (o *Objects) chunks(nuid string) string { return o.prefix + "C." + nuid }

// Revision is raised by each change of an object: where it is the same, so is the list. It is 0 where there was none.
func (o *Objects) Revision(ctx context.Context) (uint64, error) {
	last, err := o.jet.lastMessage(ctx, o.stream, o.allMetadata())
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("revision of %s: %w", o.name, err)
	}
	return last.Sequence, nil
}

// List gives every object, sorted by name. What the stream's leader held when List was called is in it.
func (o *Objects) List(ctx context.Context) ([]Object, error) {
	all, err := o.all(ctx)
	return present(all), err
}

// present leaves the markers out.
func present(all []Object) []Object {
	return slices.DeleteFunc(slices.Clone(all), func(object Object) bool { return object.Deleted })
}

// all gives also the markers of removed objects. It reads message by message to the last one that the leader has: a consumer
// may wait for good for one that was replaced before it was delivered.
func (o *Objects) all(ctx context.Context) ([]Object, error) {
	source := chunkSource{objects: o}
	byName := map[string]Object{}
	for at := uint64(0); ; {
		message, err := source.next(ctx, o.allMetadata(), at+1)
		if errors.Is(err, ErrNotFound) {
			return slices.SortedFunc(maps.Values(byName), func(a, b Object) int { return strings.Compare(a.Name, b.Name) }), nil
		}
		if err != nil {
			return nil, fmt.Errorf("list objects of %s: %w", o.name, err)
		}
		at = message.Sequence
		if object, err := decodeObject(message); err == nil && o.metadata(object.Name) == message.Subject { // else it is no object
			byName[object.Name] = object // the newer one, where a replica has given one that is replaced
		}
	}
}

// Get reads what is known of an object, from the stream's leader. A missing or removed one is ErrNotFound.
func (o *Objects) Get(ctx context.Context, name string) (Object, error) {
	object, err := o.latest(ctx, name)
	if err == nil && object.Deleted {
		err = ErrNotFound
	}
	if err != nil {
		return Object{}, fmt.Errorf("object %q of %s: %w", name, o.name, err)
	}
	return object, nil
}

// latest gives also the marker of a removed object.
func (o *Objects) latest(ctx context.Context, name string) (Object, error) {
	message, err := o.jet.lastMessage(ctx, o.stream, o.metadata(name))
	if err != nil {
		return Object{}, err
	}
	return decodeObject(message)
}

// Delete removes an object and gives what it was. One that is not there is ErrNotFound.
func (o *Objects) Delete(ctx context.Context, name string) (Object, error) {
	var object Object
	change := &change{objects: o, name: name}
	err := change.apply(ctx, func() ([]byte, error) {
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
	if err != nil {
		return Object{}, fmt.Errorf("delete object %q of %s: %w", name, o.name, err)
	}
	_ = o.purge(ctx, o.chunks(object.NUID), 0) // else Tidy does it
	return object, nil
}

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
		if !isConflict(err) && !Unanswered(err) || !pause(ctx) {
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
