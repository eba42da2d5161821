// This file owns compare-and-set on the keys of one KV bucket. Buckets are laid out as in NATS ADR-8.

package jet

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

const (
	headerWriteID   = "Pyoco-Write-Id"
	headerOperation = "KV-Operation"
	headerMarker    = "Nats-Marker-Reason"
)

// ErrNotFound is returned for a key (or a message) that the stream's leader does not hold.
var ErrNotFound = errors.New("not found")

// ConflictError is returned where a key is at another revision than the write expected.
type ConflictError struct {
	// Current is what the key holds now; Deleted is set where that is nothing.
	Current Entry
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("key %q is at revision %d, another than expected", e.Current.Key, e.Current.Revision)
}

// Entry is one revision of a key.
type Entry struct {
	Key      string
	Value    []byte
	Revision uint64
	Created  time.Time
	Deleted  bool // the key was deleted, purged or has expired at this revision
}

// Bucket is one KV bucket. It is safe for concurrent use.
type Bucket struct {
	jet    *Jet
	name   string
	stream string
	prefix string
}

// Bucket names a bucket. It does no I/O; see EnsureBucket.
func (j *Jet) Bucket(name string) *Bucket {
	return &Bucket{jet: j, name: name, stream: "KV_" + name, prefix: "$KV." + name + "."}
}

// Name is the bucket's name.
func (b *Bucket) Name() string { return b.name }

// MaxValue is the largest value in bytes that the server takes at present, with room for our headers.
func (b *Bucket) MaxValue() int {
	const headers = 512
	if limit := b.jet.nc.MaxPayload(); limit > headers {
		return int(limit) - headers
	}
	return math.MaxInt // not connected yet
}

// Create writes a key that must not exist, and gives its revision. An existing key is a *ConflictError.
func (b *Bucket) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	revision, err := b.write(ctx, key, value, 0, "")
	var conflict *ConflictError
	if errors.As(err, &conflict) && conflict.Current.Deleted && conflict.Current.Revision > 0 {
		return b.write(ctx, key, value, conflict.Current.Revision, "")
	}
	return revision, err
}

// Update writes a key that must be at the given revision, and gives the new one; else it is a *ConflictError.
func (b *Bucket) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	return b.write(ctx, key, value, revision, "")
}

// Purge removes a key that must be at the given revision, with its history; else it is a *ConflictError. A marker stays.
func (b *Bucket) Purge(ctx context.Context, key string, revision uint64) error {
	_, err := b.write(ctx, key, nil, revision, "PURGE")
	return err
}

// write publishes until the server answers or ctx ends. A write whose answer was lost looks like a conflict when it is
// sent again; the id it carries tells it from another's.
func (b *Bucket) write(ctx context.Context, key string, value []byte, revision uint64, operation string) (uint64, error) {
	id := nuid.Next()
	for {
		msg := &nats.Msg{Subject: b.prefix + key, Data: value, Header: nats.Header{headerWriteID: []string{id}}}
		if operation != "" {
			msg.Header.Set(headerOperation, operation)
			msg.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
		}
		attempt, cancel := context.WithTimeout(ctx, callTimeout)
		ack, err := b.jet.js.PublishMsg(attempt, msg, jetstream.WithExpectLastSequencePerSubject(revision))
		cancel()
		switch {
		case err == nil:
			return ack.Sequence, nil
		case isConflict(err):
			if at, err := b.resolve(ctx, key, id, revision); !errors.Is(err, errStillExpected) {
				return at, err
			}
			if !pause(ctx) {
				return 0, fmt.Errorf("write key %q of bucket %s: %w", key, b.name, context.Cause(ctx))
			}
		case !Unanswered(err) || !pause(ctx):
			return 0, fmt.Errorf("write key %q of bucket %s: %w", key, b.name, err)
		}
	}
}

// errStillExpected says that a refused write finds the key as it expected it, and may be sent again.
var errStillExpected = errors.New("the key is as it was expected")

// resolve reads back after a refused write: a revision that carries our own id is the write whose answer was lost. A
// replicated bucket also refuses while another write of the key is on its way, which may come to nothing: then the key is
// still at the revision that was expected.
func (b *Bucket) resolve(ctx context.Context, key, id string, expected uint64) (uint64, error) {
	for {
		entry, writeID, err := b.read(ctx, key)
		switch {
		case err == nil && writeID == id:
			return entry.Revision, nil
		case err == nil && entry.Revision == expected, errors.Is(err, ErrNotFound) && expected == 0:
			return 0, errStillExpected
		case err == nil:
			return 0, &ConflictError{Current: entry}
		case errors.Is(err, ErrNotFound):
			return 0, &ConflictError{Current: Entry{Key: key, Deleted: true}}
		case !Unanswered(err) || !pause(ctx):
			return 0, fmt.Errorf("read back key %q of bucket %s: %w", key, b.name, err)
		}
	}
}

// Get reads a key from the stream's leader: what it does not find does not exist. A deleted key is ErrNotFound.
func (b *Bucket) Get(ctx context.Context, key string) (Entry, error) {
	entry, _, err := b.read(ctx, key)
	if err == nil && entry.Deleted {
		err = ErrNotFound
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read key %q of bucket %s: %w", key, b.name, err)
	}
	return entry, nil
}

func (b *Bucket) read(ctx context.Context, key string) (Entry, string, error) {
	msg, err := b.jet.lastMessage(ctx, b.stream, b.prefix+key)
	if err != nil {
		return Entry{}, "", err
	}
	return Entry{
		Key: key, Value: msg.Data, Revision: msg.Sequence, Created: msg.Time, Deleted: removes(msg.Header),
	}, msg.Header.Get(headerWriteID), nil
}

// removes says that a message with these headers ends its key (ADR-8; ADR-48 for markers of expired keys).
func removes(h nats.Header) bool {
	operation := h.Get(headerOperation)
	return operation == "DEL" || operation == "PURGE" || h.Get(headerMarker) != ""
}

// wrongLastSequence is the second code of a refused expectation (nats-server: JSStreamWrongLastSequenceConstantErr): that
// of a replicated stream where another write of the key is on its way. nats.go has no name for it.
const wrongLastSequence jetstream.ErrorCode = 10164

func isConflict(err error) bool {
	var fault *jetstream.APIError
	return errors.As(err, &fault) &&
		(fault.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || fault.ErrorCode == wrongLastSequence)
}
