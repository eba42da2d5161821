// This file owns single stored messages: reading one from the stream's leader, removing one, publishing one exactly once.

package jet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pyoco/pyoco/internal/exactjson"
)

// Message is one message of a stream.
type Message struct {
	Subject  string
	Sequence uint64
	Time     time.Time
	Header   nats.Header
	Data     []byte
}

// lastMessage reads the newest message of a subject.
func (j *Jet) lastMessage(ctx context.Context, stream, subject string) (Message, error) {
	return j.stored(ctx, stream, storedRequest{Last: subject})
}

// Message reads the message at a sequence; one that is not there (any more) is ErrNotFound.
func (j *Jet) Message(ctx context.Context, stream string, sequence uint64) (Message, error) {
	return j.stored(ctx, stream, storedRequest{Sequence: sequence})
}

// NextMessage reads the first message at a sequence or behind it whose subject matches; ErrNotFound where there is none.
func (j *Jet) NextMessage(ctx context.Context, stream, subject string, from uint64) (Message, error) {
	return j.stored(ctx, stream, storedRequest{Sequence: max(from, 1), Next: subject})
}

type storedRequest struct {
	Sequence uint64 `json:"seq,omitempty"`
	Last     string `json:"last_by_subj,omitempty"`
	Next     string `json:"next_by_subj,omitempty"`
}

// stored reads by STREAM.MSG.GET, which only the stream's leader answers; a direct get may come from a replica that lags,
// and may be off.
func (j *Jet) stored(ctx context.Context, stream string, request storedRequest) (Message, error) {
	var answer struct {
		Message struct {
			Subject  string    `json:"subject"`
			Sequence uint64    `json:"seq"`
			Header   []byte    `json:"hdrs"`
			Data     []byte    `json:"data"`
			Time     time.Time `json:"time"`
		} `json:"message"`
	}
	err := j.api(ctx, "STREAM.MSG.GET."+stream, request, &answer)
	if isCode(err, jetstream.JSErrCodeMessageNotFound) {
		return Message{}, ErrNotFound
	}
	if err != nil {
		return Message{}, err
	}
	m := answer.Message
	header, err := nats.DecodeHeadersMsg(m.Header)
	if err != nil && len(m.Header) > 0 {
		return Message{}, fmt.Errorf("decode headers of message %d: %w", m.Sequence, err)
	}
	return Message{Subject: m.Subject, Sequence: m.Sequence, Time: m.Time, Header: header, Data: m.Data}, nil
}

// DeleteMessage removes the message at a sequence; one that is not there is ErrNotFound.
func (j *Jet) DeleteMessage(ctx context.Context, stream string, sequence uint64) error {
	var done struct{}
	err := j.api(ctx, "STREAM.MSG.DELETE."+stream, map[string]any{"seq": sequence, "no_erase": true}, &done)
	if err == nil {
		return nil
	}
	if _, missing := j.Message(ctx, stream, sequence); errors.Is(missing, ErrNotFound) {
		return ErrNotFound // the refusal has another code for each way in which it is not there
	}
	return fmt.Errorf("delete message %d of stream %s: %w", sequence, stream, err)
}

// Publish stores msg under a message id and gives its sequence. A publish that the server does not answer is repeated
// with the same id until ctx ends, so that the stream holds it once however often it was sent.
func (j *Jet) Publish(ctx context.Context, msg *nats.Msg, id string) (uint64, error) {
	sequence, _, err := j.PublishOnce(ctx, msg, id)
	return sequence, err
}

// publishAck is the stream's answer to a publish.
type publishAck struct {
	Stream    string              `json:"stream"`
	Sequence  uint64              `json:"seq"`
	Duplicate bool                `json:"duplicate"`
	Error     *jetstream.APIError `json:"error"`
}

// publish sends msg to the stream that takes its subject, once, and gives the stream's answer, or its refusal as an error.
func (j *Jet) publish(ctx context.Context, msg *nats.Msg) (publishAck, error) {
	reply, err := j.nc.RequestMsgWithContext(ctx, msg)
	if err != nil {
		return publishAck{}, err
	}
	var ack publishAck
	switch err := exactjson.Unmarshal(reply.Data, &ack); {
	case err != nil:
		return ack, fmt.Errorf("%w: %w", jetstream.ErrInvalidJSAck, err)
	case ack.Error != nil:
		return ack, ack.Error
	case ack.Stream == "":
		return ack, jetstream.ErrInvalidJSAck
	}
	return ack, nil
}

// PublishOnce is Publish, and says whether the stream has taken a message of this id before, within its window of two
// minutes: then it has swallowed this one, and the sequence is that of the other, which may be gone.
func (j *Jet) PublishOnce(ctx context.Context, msg *nats.Msg, id string) (sequence uint64, before bool, err error) {
	if msg.Header == nil {
		msg.Header = nats.Header{}
	}
	msg.Header.Set(jetstream.MsgIDHeader, id)
	for {
		attempt, cancel := context.WithTimeout(ctx, callTimeout/2)
		ack, err := j.publish(attempt, msg)
		cancel()
		if err == nil {
			return ack.Sequence, ack.Duplicate, nil
		}
		if !Unanswered(err) || !pause(ctx) {
			return 0, false, fmt.Errorf("publish to %s: %w", msg.Subject, err)
		}
	}
}
