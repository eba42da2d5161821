// Package pyoco runs flows on NATS JetStream: a Gateway takes a flow over HTTP and queues it, Workers that serve its tag
// pull and run it, and a Client submits, watches and cancels. The state of every run lives in JetStream alone, so that
// any process may end at any time.
//
// A program composes the parts it wants over a connection of its own:
//
//	nc, err := nats.Connect(url, pyoco.ConnectOptions("my-service", nil)...)
//	gw, err := pyoco.NewGateway(nc, pyoco.GatewayConfig{})
//	go gw.Run(ctx)
//	http.Handle("/", gw)
//
// The package starts no server, reads no environment and traps no signal; contexts end everything, and what Run starts
// has ended when Run returns. This file owns what all parts share: the clock, ids and JSON.
package pyoco

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/jet"
)

// ConnectOptions are the options of a connection that a Gateway or a Worker can rely on: endless reconnects, also for
// the first connect, and no buffer, so that no write is applied after its caller has given it up. log may be nil.
func ConnectOptions(name string, log *slog.Logger) []nats.Option {
	return jet.ConnectOptions(name, logger(log))
}

// Timestamp is a time in seconds since 1970 with a fraction, as it stands in every record; 0 is no time.
type Timestamp float64

// Time is the timestamp as a time.Time, which is the zero one where there is no time.
func (t Timestamp) Time() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(math.Round(float64(t) * 1e6)))
}

// timestamp is t in whole microseconds.
func timestamp(t time.Time) Timestamp { return Timestamp(float64(t.UnixMicro()) / 1e6) }

// encode is JSON without HTML escapes, which would make six bytes of each > in a graph, and without a final newline.
func encode(v any) ([]byte, error) {
	switch record := v.(type) { // our own JSON, without the encoder's second reading; a user's Marshaler must be checked
	case *Run:
		return record.record()
	case WorkerInfo:
		return record.MarshalJSON()
	case *WorkerInfo:
		return record.MarshalJSON()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func logger(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
