// This file owns compare-and-set on the keys of one KV bucket. Buckets are laid out as in NATS ADR-8.

package jet

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
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

// ErrUncertain is in the error of a write that was sent and not answered: it may have been made, or may still be.
var ErrUncertain = errors.New("whether it was written is not known")

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
	Lasting  bool // with Deleted: the marker stays until somebody removes it; see Jet.DeleteMessage
}

// Bucket is one KV bucket. It is safe for concurrent use.
type Bucket struct {
	jet    *Jet
	name   string
	stream string
	prefix string
	noTTL  atomic.Bool   // the stream has refused a message with a TTL
	cutOff time.Duration // a watch that was interrupted for longer reads everything anew
}

// MarkerTTL is how long the marker of a purged key stays, for watches that are interrupted, where the bucket's stream
// allows messages with a TTL of their own (NATS ADR-43). The server keeps each in memory, some 250 bytes of it: with
// 4,000 keys purged in a second, an hour of them would be 3.6 GB.
const MarkerTTL = 2 * time.Minute

// Bucket names a bucket. It does no I/O; see EnsureBucket.
func (j *Jet) Bucket(name string) *Bucket {
	return &Bucket{jet: j, name: name, stream: "KV_" + name, prefix: "$KV." + name + ".", cutOff: MarkerTTL / 2}
}

// Name is the bucket's name.
func (b *Bucket) Name() string { return b.name }

// Stream is the name of the stream that holds the bucket.
func (b *Bucket) Stream() string { return b.stream }

// Subjects are those of all keys in the bucket's stream.
func (b *Bucket) Subjects() string { return b.prefix + ">" }

// Key is the key whose revisions have this subject in the bucket's stream.
func (b *Bucket) Key(subject string) string { return strings.TrimPrefix(subject, b.prefix) }

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
	return b.create(ctx, key, value, "")
}

// Bar makes sure that a key which does not exist is not created by a write that was sent before and is still on its way:
// a read can overtake it, so that a key not found proves nothing. A marker stays for MarkerTTL, far longer than any write
// takes. An existing key is a *ConflictError.
func (b *Bucket) Bar(ctx context.Context, key string) error {
	_, err := b.create(ctx, key, nil, "PURGE")
	return err
}

func (b *Bucket) create(ctx context.Context, key string, value []byte, operation string) (uint64, error) {
	revision, err := b.write(ctx, key, value, 0, operation)
	var conflict *ConflictError
	if errors.As(err, &conflict) && conflict.Current.Deleted && conflict.Current.Revision > 0 {
		return b.write(ctx, key, value, conflict.Current.Revision, operation)
	}
	return revision, err
}

// Update writes a key that must be at the given revision, and gives the new one; else it is a *ConflictError.
func (b *Bucket) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	return b.write(ctx, key, value, revision, "")
}

// Purge removes a key that must be at the given revision, with its history; else it is a *ConflictError. A marker stays
// for MarkerTTL, or for good where the bucket's stream has no TTLs: see Entry.Lasting.
func (b *Bucket) Purge(ctx context.Context, key string, revision uint64) error {
	_, err := b.write(ctx, key, nil, revision, "PURGE")
	return err
}

// write publishes until the server answers or ctx ends. A write whose answer was lost looks like a conflict when it is
// sent again; the id it carries tells it from another's.
func (b *Bucket) write(ctx context.Context, key string, value []byte, revision uint64, operation string) (uint64, error) {
	id := nuid.Next()
	for uncertain := false; ; {
		msg := &nats.Msg{Subject: b.prefix + key, Data: value, Header: nats.Header{
			headerWriteID: {id}, jetstream.ExpectedLastSubjSeqHeader: {strconv.FormatUint(revision, 10)},
		}}
		if operation != "" {
			msg.Header.Set(headerOperation, operation)
			msg.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
			if !b.noTTL.Load() {
				msg.Header.Set(jetstream.MsgTTLHeader, MarkerTTL.String())
			}
		}
		attempt, cancel := context.WithTimeout(ctx, callTimeout)
		over := attempt.Err() != nil // the time was spent while NATS was away: nothing is sent
		ack, err := b.jet.publish(attempt, msg)
		cancel()
		switch {
		case err == nil:
			return ack.Sequence, nil
		case isCode(err, messageTTLDisabled):
			b.noTTL.Store(true)
			continue
		case isConflict(err):
			at, err := b.resolve(ctx, key, id, revision)
			if errors.Is(err, errStillExpected) {
				break
			}
			if err != nil && uncertain { // an earlier try may have been made, and written over since
				err = fmt.Errorf("%w: %w", ErrUncertain, err)
			}
			return at, err
		case !over && maySucceed(err):
			uncertain = true
		}
		if !isConflict(err) && !Unanswered(err) || !pause(ctx) {
			if uncertain {
				err = fmt.Errorf("%w: %w", ErrUncertain, err)
			}
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
			return 0, fmt.Errorf("read back key %q of bucket %s: %w: %w", key, b.name, ErrUncertain, err)
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

// Latest is Get, but gives also what says that the key is removed.
func (b *Bucket) Latest(ctx context.Context, key string) (Entry, error) {
	entry, _, err := b.read(ctx, key)
	if err != nil {
		return Entry{}, fmt.Errorf("read key %q of bucket %s: %w", key, b.name, err)
	}
	return entry, nil
}

// RemoveMarker removes the marker of a removed key, by its revision, and says whether it was there. What is no marker
// stays: the bucket may have been made anew.
func (b *Bucket) RemoveMarker(ctx context.Context, revision uint64) (bool, error) {
	message, err := b.jet.Message(ctx, b.stream, revision)
	if errors.Is(err, ErrNotFound) || err == nil && !removes(message.Header) {
		return false, nil
	}
	if err == nil { // a bucket lets no single message be deleted
		err = b.jet.api(ctx, "STREAM.PURGE."+b.stream, map[string]any{"filter": message.Subject, "seq": revision + 1}, &struct{}{})
	}
	if err != nil {
		return false, fmt.Errorf("remove marker %d of bucket %s: %w", revision, b.name, err)
	}
	return true, nil
}

// Keys gives every key that the bucket holds something of, be it only that it was removed.
func (b *Bucket) Keys(ctx context.Context) ([]string, error) {
	stream, err := b.jet.js.Stream(ctx, b.stream)
	if err != nil {
		return nil, fmt.Errorf("keys of bucket %s: %w", b.name, err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(b.prefix+">"))
	if err != nil {
		return nil, fmt.Errorf("keys of bucket %s: %w", b.name, err)
	}
	keys := make([]string, 0, len(info.State.Subjects))
	for subject := range info.State.Subjects {
		keys = append(keys, b.Key(subject))
	}
	return keys, nil
}

func (b *Bucket) read(ctx context.Context, key string) (Entry, string, error) {
	msg, err := b.jet.lastMessage(ctx, b.stream, b.prefix+key)
	if err != nil {
		return Entry{}, "", err
	}
	return Entry{
		Key: key, Value: msg.Data, Revision: msg.Sequence, Created: msg.Time,
		Deleted: removes(msg.Header), Lasting: lasts(msg.Header),
	}, msg.Header.Get(headerWriteID), nil
}

// removes says that a message with these headers ends its key (ADR-8; ADR-48 for markers of expired keys).
func removes(h nats.Header) bool {
	operation := h.Get(headerOperation)
	return operation == "DEL" || operation == "PURGE" || h.Get(headerMarker) != ""
}

// lasts says that a message with these headers ends its key and stays.
func lasts(h nats.Header) bool { return removes(h) && h.Get(jetstream.MsgTTLHeader) == "" }

// messageTTLDisabled refuses a message with a TTL (nats-server: JSMessageTTLDisabledErr). nats.go has no name for it.
const messageTTLDisabled jetstream.ErrorCode = 10166

// wrongLastSequence is the second code of a refused expectation (nats-server: JSStreamWrongLastSequenceConstantErr): that
// of a replicated stream where another write of the key is on its way. nats.go has no name for it.
const wrongLastSequence jetstream.ErrorCode = 10164

func isConflict(err error) bool {
	return isCode(err, jetstream.JSErrCodeStreamWrongLastSequence) || isCode(err, wrongLastSequence)
}

// isCode says that the server has refused something with this code.
func isCode(err error, code jetstream.ErrorCode) bool {
	var fault *jetstream.APIError
	return errors.As(err, &fault) && fault.ErrorCode == code
}
