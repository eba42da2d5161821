// This file owns reading a part of a stream in one go.

package jet

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Read gives the messages of a stream from one sequence through another, in order, by a consumer that is gone
// afterwards. It is for streams that keep what was read: a work queue lets no second consumer in, see NextMessage.
func (j *Jet) Read(ctx context.Context, stream string, from, through uint64, take func(Message)) error {
	consumer, err := j.js.OrderedConsumer(ctx, stream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(from, 1),
		InactiveThreshold: 10 * time.Second, MaxResetAttempts: 1,
	})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	defer j.forget(stream, consumer)
	if consumer.CachedInfo().NumPending == 0 {
		return nil
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(500))
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	defer messages.Stop()
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read stream %s: %w", stream, err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("read stream %s: %w", stream, err)
		}
		if meta.Sequence.Stream <= through {
			take(newMessage(msg, meta))
		}
		if meta.Sequence.Stream >= through || meta.NumPending == 0 {
			return nil
		}
	}
}

func newMessage(msg jetstream.Msg, meta *jetstream.MsgMetadata) Message {
	return Message{Subject: msg.Subject(), Sequence: meta.Sequence.Stream, Time: meta.Timestamp, Header: msg.Headers(), Data: msg.Data()}
}

// forget removes a consumer at once instead of leaving it to its inactivity threshold. A failure costs only that.
func (j *Jet) forget(stream string, consumer jetstream.Consumer) {
	if !j.Connected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout/2)
	defer cancel()
	_ = j.js.DeleteConsumer(ctx, stream, consumer.CachedInfo().Name)
}
