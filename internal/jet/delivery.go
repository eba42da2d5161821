// This file owns one delivery of a queued message and the answers that can be given to it (NATS ADR-15).

package jet

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// Delivery is one message of a work queue, handed to one handler. JetStream does not fence: an answer of a stale holder
// acts on the newer delivery as well, so whoever has lost the message must give none.
type Delivery struct {
	Subject string
	Header  nats.Header
	Data    []byte
	// Consumer is the durable name of the consumer that has delivered it.
	Consumer string
	// Sequence is the message's place in its stream.
	Sequence uint64
	// Delivered counts the deliveries that the server remembers. It may say 1 again after a server's restart.
	Delivered int

	nc    *nats.Conn
	reply string
	slot  atomic.Pointer[func()] // gives the slot back; nil while none is held
}

// ReleaseSlot gives the slot back before the handler returns, for one that goes on without computing.
func (d *Delivery) ReleaseSlot() {
	if release := d.slot.Swap(nil); release != nil {
		(*release)()
	}
}

func (d *Delivery) holdAgain(release func()) { d.slot.Store(&release) }

// Ack removes the message, and returns once the server has confirmed that, or after two seconds.
func (d *Delivery) Ack() error {
	if _, err := d.nc.Request(d.reply, []byte("+ACK"), callTimeout); err != nil {
		return fmt.Errorf("ack message %d: %w", d.Sequence, err)
	}
	return nil
}

// InProgress starts the AckWait of the delivery anew.
func (d *Delivery) InProgress() error { return d.nc.Publish(d.reply, []byte("+WPI")) }

// Nak gives the message back, to be delivered again after delay. It spends one of the message's deliveries.
func (d *Delivery) Nak(delay time.Duration) error {
	if delay <= 0 {
		return d.nc.Publish(d.reply, []byte("-NAK"))
	}
	body, err := json.Marshal(map[string]int64{"delay": delay.Nanoseconds()})
	if err != nil {
		return err
	}
	return d.nc.Publish(d.reply, append([]byte("-NAK "), body...))
}

// Term removes the message without its having been done.
func (d *Delivery) Term() error { return d.nc.Publish(d.reply, []byte("+TERM")) }

// newDelivery reads what the reply subject of a delivered message says: $JS.ACK.<stream>.<consumer>.<delivered>.
// <stream seq>.<consumer seq>.<time>.<pending>, with <domain>.<account hash> before the stream where there are domains.
func newDelivery(nc *nats.Conn, msg *nats.Msg) (d *Delivery, consumer string, err error) {
	tokens := strings.Split(msg.Reply, ".")
	switch {
	case len(tokens) < 9 || len(tokens) == 10 || tokens[0] != "$JS" || tokens[1] != "ACK":
		return nil, "", fmt.Errorf("message on %s has no acknowledgement subject", msg.Subject)
	case len(tokens) >= 11:
		tokens = tokens[4:]
	default:
		tokens = tokens[2:]
	}
	delivered, err1 := strconv.Atoi(tokens[2])
	sequence, err2 := strconv.ParseUint(tokens[3], 10, 64)
	if err1 != nil || err2 != nil || delivered < 1 {
		return nil, "", fmt.Errorf("acknowledgement subject %q is not readable", msg.Reply)
	}
	return &Delivery{
		Consumer: tokens[1], Subject: msg.Subject, Header: msg.Header, Data: msg.Data, Sequence: sequence, Delivered: delivered,
		nc: nc, reply: msg.Reply,
	}, tokens[1], nil
}
