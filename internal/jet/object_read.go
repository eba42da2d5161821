// This file owns reading the content of an object: chunk by chunk, and checked against its digest.

package jet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrCorrupt is returned at the end of an object whose content is not what its metadata says.
var ErrCorrupt = errors.New("the content is not what its digest says")

// ObjectReader gives the content of an object. It holds one chunk at a time. It is not safe for concurrent use.
type ObjectReader struct {
	ctx    context.Context // a reader lives no longer than what it is read for
	source chunkSource
	object Object
	sum    hash.Hash
	rest   []byte // of the chunk that was read last
	next   uint64 // where the next chunk may stand in the stream
	chunks int
	size   int64
	err    error
}

// Open reads an object from its start, until ctx ends.
func (o *Objects) Open(ctx context.Context, object Object) *ObjectReader {
	return &ObjectReader{ctx: ctx, source: chunkSource{objects: o}, object: object, sum: sha256.New()}
}

// Read gives io.EOF only for content that is whole: until then what was read may be wrong. ErrNotFound says that the object
// was removed meanwhile, ErrCorrupt that its content is not the one that was written.
func (r *ObjectReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 && r.err == nil {
		r.err = r.advance()
	}
	if len(r.rest) == 0 {
		return 0, r.err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *ObjectReader) advance() error {
	if r.chunks == r.object.Chunks {
		return r.check()
	}
	chunk, err := r.source.next(r.ctx, r.source.objects.chunks(r.object.NUID), r.next)
	if err != nil {
		return fmt.Errorf("read object %q of %s: %w", r.object.Name, r.source.objects.name, err)
	}
	r.rest, r.next = chunk.Data, chunk.Sequence+1
	r.chunks++
	r.size += int64(len(r.rest))
	r.sum.Write(r.rest)
	return nil
}

func (r *ObjectReader) check() error {
	if r.size != r.object.Size || len(r.object.SHA256) > 0 && !bytes.Equal(r.sum.Sum(nil), r.object.SHA256) {
		return fmt.Errorf("object %q of %s: %w", r.object.Name, r.source.objects.name, ErrCorrupt)
	}
	return io.EOF
}

// chunkSource reads single chunks, so that no consumer is left where a reader is not read to its end.
type chunkSource struct {
	objects *Objects
	direct  jetstream.Stream // nil: not asked for yet
}

// next reads the first message of a subject at a sequence or behind it. Any server that holds the stream may give it, for
// chunks never change; what that does not have, as a replica that lags, only the stream's leader may say is missing.
func (s *chunkSource) next(ctx context.Context, subject string, from uint64) (Message, error) {
	from = max(from, 1)
	ctx, cancel := context.WithTimeout(ctx, chunkTime)
	defer cancel()
	for {
		var err error
		if s.direct == nil {
			s.direct, err = s.objects.jet.js.Stream(ctx, s.objects.stream)
		}
		if err == nil {
			attempt, cancel := context.WithTimeout(ctx, callTimeout)
			var raw *jetstream.RawStreamMsg
			raw, err = s.direct.GetMsg(attempt, from, jetstream.WithGetMsgSubject(subject))
			cancel()
			if err == nil {
				return Message{Subject: raw.Subject, Sequence: raw.Sequence, Time: raw.Time, Header: raw.Header, Data: raw.Data}, nil
			}
		}
		message, err := s.objects.jet.NextMessage(ctx, s.objects.stream, subject, from)
		if err == nil || !Unanswered(err) || !pause(ctx) {
			return message, err
		}
	}
}
