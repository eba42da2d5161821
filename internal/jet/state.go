// This file owns what the leaders of a stream and of a consumer say of them.

package jet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// StreamState is what a stream's leader said at one moment.
type StreamState struct {
	Created     time.Time // tells a stream from one of the same name that was made anew
	Now         time.Time // by the server's clock
	First, Last uint64    // sequences; First is above Last where the stream is empty
	Messages    uint64

	gaps    int      // how many messages between First and Last are not there
	deleted []uint64 // their sequences, sorted
	listed  bool     // all of them
}

// maxDeleted is how many removed messages a stream may have between others for their sequences to be asked for.
const maxDeleted = 10_000

// StreamState asks the stream's leader. A missing stream is an error that NoStream knows. Which messages between First and
// Last are gone is asked only with StreamContent.
func (j *Jet) StreamState(ctx context.Context, stream string) (*StreamState, error) {
	return j.streamState(ctx, stream, false)
}

// StreamContent is StreamState with what Holds needs.
func (j *Jet) StreamContent(ctx context.Context, stream string) (*StreamState, error) {
	state, err := j.streamState(ctx, stream, false)
	if err != nil || state.listed || state.gaps > maxDeleted {
		return state, err
	}
	return j.streamState(ctx, stream, true)
}

func (j *Jet) streamState(ctx context.Context, stream string, details bool) (*StreamState, error) {
	var info jetstream.StreamInfo
	if err := j.api(ctx, "STREAM.INFO."+stream, map[string]bool{"deleted_details": details}, &info); err != nil {
		return nil, fmt.Errorf("state of stream %s: %w", stream, err)
	}
	deleted := info.State.Deleted
	slices.Sort(deleted)
	return &StreamState{
		Created: info.Created, Now: info.TimeStamp, First: info.State.FirstSeq, Last: info.State.LastSeq,
		Messages: info.State.Msgs, gaps: info.State.NumDeleted, deleted: deleted, listed: len(deleted) >= info.State.NumDeleted,
	}, nil
}

// Holds says whether a message was there. known is false where that has to be asked message by message, because too many
// between First and Last are gone.
func (s *StreamState) Holds(sequence uint64) (held, known bool) {
	if s.Messages == 0 || sequence < s.First || sequence > s.Last {
		return false, true
	}
	if !s.listed {
		return false, false
	}
	_, gone := slices.BinarySearch(s.deleted, sequence)
	return !gone, true
}

// ConsumerState is what a consumer's leader said at one moment.
type ConsumerState struct {
	Delivered  uint64 // the stream's sequence up to which it has delivered
	Deliveries uint64 // how many deliveries it has made
	// Pending are the messages that were delivered and may be delivered again: those with workers, and those that wait for
	// the next pull. One whose deliveries are spent is not among them.
	Pending int
	Waiting int // open pulls
	AckWait time.Duration
}

// ConsumerState asks the consumer's leader. A missing consumer is ErrNotFound, also where its stream is missing.
func (j *Jet) ConsumerState(ctx context.Context, stream, consumer string) (*ConsumerState, error) {
	var info jetstream.ConsumerInfo
	err := j.api(ctx, "CONSUMER.INFO."+stream+"."+consumer, struct{}{}, &info)
	if isCode(err, jetstream.JSErrCodeConsumerNotFound) || isCode(err, jetstream.JSErrCodeStreamNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("state of consumer %s: %w", consumer, err)
	}
	return &ConsumerState{
		Delivered: info.Delivered.Stream, Deliveries: info.Delivered.Consumer, Pending: info.NumAckPending,
		Waiting: info.NumWaiting, AckWait: info.Config.AckWait,
	}, nil
}
