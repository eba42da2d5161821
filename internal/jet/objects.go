// This file owns the objects of an object store (NATS ADR-20): which there are. They are written in upload.go, read in
// object_read.go and removed in object_remove.go.

package jet

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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
