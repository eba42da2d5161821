// This file owns single stored messages: reading one from the stream's leader, and publishing one exactly once.

package jet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Message is one message of a stream.
type Message struct {
	Subject  string
	Sequence uint64
	Time     time.Time
	Header   nats.Header
	Data     []byte
}

// lastMessage reads the newest message of a subject by STREAM.MSG.GET, which only the stream's leader answers; a direct
// get may come from a replica that lags, and may be off.
func (j *Jet) lastMessage(ctx context.Context, stream, subject string) (Message, error) {
	var answer struct {
		Message struct {
			Subject  string    `json:"subject"`
			Sequence uint64    `json:"seq"`
			Header   []byte    `json:"hdrs"`
			Data     []byte    `json:"data"`
			Time     time.Time `json:"time"`
		} `json:"message"`
	}
	err := j.api(ctx, "STREAM.MSG.GET."+stream, map[string]string{"last_by_subj": subject}, &answer)
	var fault *jetstream.APIError
	if errors.As(err, &fault) && fault.ErrorCode == jetstream.JSErrCodeMessageNotFound {
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

// Publish stores msg under a message id and gives its sequence. A publish that the server does not answer is repeated
// with the same id until ctx ends, so that the stream holds it once however often it was sent.
func (j *Jet) Publish(ctx context.Context, msg *nats.Msg, id string) (uint64, error) {
	for {
		attempt, cancel := context.WithTimeout(ctx, callTimeout/2)
		ack, err := j.js.PublishMsg(attempt, msg, jetstream.WithMsgID(id))
		cancel()
		if err == nil {
			return ack.Sequence, nil
		}
		if !Unanswered(err) || !pause(ctx) {
			return 0, fmt.Errorf("publish to %s: %w", msg.Subject, err)
		}
	}
}
