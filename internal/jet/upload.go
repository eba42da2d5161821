// This file owns writing an object: its chunks, stored as they come. Its metadata comes last, in upload_commit.go.

package jet

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// chunkSize is how much of an object one message holds at most, in bytes: the client libraries' default.
const chunkSize = 128 << 10

// chunkTime bounds the storing or the reading of one chunk, and abortTime the removal of all.
const (
	chunkTime = 15 * time.Second
	abortTime = 5 * time.Second
)

// Upload is an object that is being written. Nobody sees it before Commit has succeeded. It holds two chunks at a time. It is
// not safe for concurrent use.
type Upload struct {
	ctx     context.Context // an upload lives no longer than what it is made for
	objects *Objects
	nuid    string
	sum     hash.Hash
	size    int64
	limit   int
	pending []byte   // not stored yet
	stored  []uint64 // the sequence of each chunk
	err     error    // of a write: the upload can't be completed

	uncertain bool // it may have become an object, or may still

	source  chunkSource
	shown   []byte // the chunk that was read back last
	shownAt int    // its place; -1: none
}

// Upload begins an object. It has to end with Commit or Abort; ctx bounds all but Abort.
func (o *Objects) Upload(ctx context.Context) *Upload {
	limit := chunkSize
	if most := o.jet.nc.MaxPayload(); most > 1024 {
		limit = min(limit, int(most)-512) // room for headers
	}
	return &Upload{ctx: ctx, objects: o, nuid: nuid.Next(), sum: sha256.New(), limit: limit, pending: make([]byte, 0, limit), source: chunkSource{objects: o}, shownAt: -1}
}

// Write stores the content that comes next, in chunks. After an error the upload can only be aborted.
func (u *Upload) Write(p []byte) (n int, err error) {
	for len(p) > 0 && u.err == nil {
		some := min(len(p), u.limit-len(u.pending))
		u.pending = append(u.pending, p[:some]...)
		p, n = p[some:], n+some
		if len(u.pending) == u.limit {
			u.flush()
		}
	}
	return n, u.err
}

// End stores the last chunk. The content can then be read with ReadAt, and made an object with Commit.
func (u *Upload) End() error {
	if len(u.pending) > 0 && u.err == nil {
		u.flush()
	}
	return u.err
}

// flush stores a chunk. Each has an id, so that it is there once, however often it had to be sent.
func (u *Upload) flush() {
	ctx, cancel := context.WithTimeout(u.ctx, chunkTime)
	defer cancel()
	id := u.nuid + "." + strconv.Itoa(len(u.stored))
	for {
		attempt, cancel := context.WithTimeout(ctx, callTimeout)
		ack, err := u.objects.jet.js.PublishMsg(attempt, &nats.Msg{Subject: u.objects.chunks(u.nuid), Data: u.pending}, jetstream.WithMsgID(id))
		cancel()
		if err == nil {
			u.stored = append(u.stored, ack.Sequence)
			break
		}
		if StoreFull(err) || !Unanswered(err) || !pause(ctx) {
			u.err = fmt.Errorf("store a chunk in %s: %w", u.objects.name, err)
			return
		}
	}
	u.sum.Write(u.pending)
	u.size += int64(len(u.pending))
	u.pending = u.pending[:0]
}

// Context is the one that the upload was begun with.
func (u *Upload) Context() context.Context { return u.ctx }

// Uncertain says, after Commit has failed, that it may have succeeded all the same, or may still: NATS gave no answer.
func (u *Upload) Uncertain() bool { return u.uncertain }

// Size is how much is stored, in bytes.
func (u *Upload) Size() int64 { return u.size }

// SHA256 is the digest of what is stored.
func (u *Upload) SHA256() []byte { return u.sum.Sum(nil) }

// ReadAt reads back what is stored. It implements io.ReaderAt but for being called at the same time by several.
func (u *Upload) ReadAt(p []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, errors.New("negative offset")
	}
	for n < len(p) {
		at := offset + int64(n)
		if at >= u.size {
			return n, io.EOF
		}
		if err := u.show(int(at / int64(u.limit))); err != nil {
			return n, err
		}
		n += copy(p[n:], u.shown[at%int64(u.limit):])
	}
	return n, nil
}

// show reads a chunk back. All chunks but the last have the same size.
func (u *Upload) show(chunk int) error {
	if u.shownAt == chunk {
		return nil
	}
	message, err := u.source.next(u.ctx, u.objects.chunks(u.nuid), u.stored[chunk])
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	want := min(u.size-int64(chunk)*int64(u.limit), int64(u.limit))
	if message.Sequence != u.stored[chunk] || int64(len(message.Data)) != want {
		return fmt.Errorf("read back: %w", ErrCorrupt)
	}
	u.shown, u.shownAt = message.Data, chunk
	return nil
}
