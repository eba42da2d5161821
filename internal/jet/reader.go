// This file owns reading a stream from the front to the back over a long time, many messages at once.

package jet

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// readAhead is how many messages a Reader asks for at once.
const readAhead = 100

// Reader reads a stream. It keeps a consumer from one call to the next, for making one takes longer than reading hundreds of
// messages. It is for one goroutine.
type Reader struct {
	jet      *Jet
	stream   string
	consumer jetstream.Consumer // nil: none
	ahead    []Message          // read, and not yet given
	fetched  uint64             // messages that the consumer has brought
	next     uint64             // what stands before it is given no more
}

// NewReader names what is to be read. It does no I/O.
func (j *Jet) NewReader(stream string) *Reader { return &Reader{jet: j, stream: stream} }

// ready says that the next message from a sequence on needs no call.
func (r *Reader) ready(from uint64) bool {
	r.skip(from)
	return len(r.ahead) > 0
}

// Open says that going on is cheap.
func (r *Reader) Open() bool { return r.consumer != nil }

// Next gives the first message at a sequence or behind it, as it was when it was read, which may be a while ago; ErrNotFound
// where there is none. Going on is cheap, beginning and going back are not.
func (r *Reader) Next(ctx context.Context, from uint64) (Message, error) {
	from = max(from, 1)
	if !r.ready(from) {
		fresh := r.consumer == nil
		err := r.fetch(ctx, from)
		if err != nil && !fresh { // the consumer may be gone, with its server or because nothing was asked of it
			err = r.fetch(ctx, from)
		}
		if err != nil {
			return Message{}, fmt.Errorf("read stream %s: %w", r.stream, err)
		}
		if !r.ready(from) { // silence looks like the end, too
			return r.jet.NextMessage(ctx, r.stream, ">", from)
		}
	}
	return r.ahead[0], nil
}

// skip drops what stands before a sequence, and everything where the reader has to go back.
func (r *Reader) skip(from uint64) {
	if from < r.next {
		r.Close()
	}
	for len(r.ahead) > 0 && r.ahead[0].Sequence < from {
		r.ahead[0] = Message{}
		r.ahead = r.ahead[1:]
	}
	r.next = from
}

// fetch reads messages until one stands at a sequence or behind it, or there are no more. After an error, there is no
// consumer.
func (r *Reader) fetch(ctx context.Context, from uint64) (err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	if r.consumer == nil {
		r.consumer, err = r.jet.js.CreateConsumer(ctx, r.stream, jetstream.ConsumerConfig{
			DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from, AckPolicy: jetstream.AckNonePolicy,
			MemoryStorage: true, Replicas: 1, InactiveThreshold: 30 * time.Second,
		})
		if err != nil {
			return err
		}
	}
	for !r.ready(from) && ctx.Err() == nil {
		n, err := r.more()
		if err != nil || n == 0 {
			return err
		}
	}
	return ctx.Err()
}

// more takes what there is at this moment, and says how much.
func (r *Reader) more() (n int, err error) {
	fetched, err := r.consumer.FetchNoWait(readAhead)
	if err != nil {
		return 0, err
	}
	for msg := range fetched.Messages() {
		meta, err := msg.Metadata()
		if err != nil {
			return n, err
		}
		if r.fetched++; meta.Sequence.Consumer != r.fetched {
			return n, fmt.Errorf("messages were lost before %d", meta.Sequence.Stream)
		}
		r.ahead = append(r.ahead, newMessage(msg, meta))
		n++
	}
	return n, fetched.Error()
}

// Close gives the consumer up. The reader can be used again.
func (r *Reader) Close() {
	if r.consumer != nil {
		r.jet.forget(r.stream, r.consumer)
	}
	r.consumer, r.ahead, r.fetched = nil, nil, 0
}
