// This file owns readiness: a write through JetStream, for nats-server calls
// itself healthy on a full or broken store too.

package natsd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The probe's stream stays, with one empty message in it. Removing it after each
// start was tried: nats-server deletes the files in the background and meanwhile
// answers /healthz with 503.
const (
	probeStream  = "PYOCO_PROBE"
	probeSubject = "PYOCO_PROBE.start"
)

// probe proves that the server does what runs need: a compare-and-set write,
// acknowledged by the file store. A store at its limit is only logged: whoever is
// to make room needs the server for it.
func (s *Server) probe(ctx context.Context, timeout time.Duration, log *slog.Logger) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("natsd: start: %w", err)
	}
	nc, err := nats.Connect("", nats.InProcessServer(s), nats.Name("natsd probe"),
		nats.Timeout(timeout), nats.NoReconnect())
	if err != nil {
		return fmt.Errorf("natsd: the started server takes no connection: %w", err)
	}
	defer nc.Close()
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := probeWrite(bounded, nc); err != nil {
		if ctx.Err() != nil { // the caller's wish, and no fault of the store
			return fmt.Errorf("natsd: start: %w", err)
		}
		if atLimit(err) {
			log.Error("the store is full: writes are refused until room is made, or the limit is raised", "error", err)
			return nil
		}
		return fmt.Errorf("natsd: the started server stores nothing: %w; "+
			"check that the disk has room and that the folder is writable", err)
	}
	return nil
}

func probeWrite(ctx context.Context, nc *nats.Conn) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        probeStream,
		Description: "written at each start, to know that the store takes writes",
		Subjects:    []string{probeSubject},
		Storage:     jetstream.FileStorage,
		MaxMsgs:     1,
	})
	if err != nil {
		return err
	}
	last := stream.CachedInfo().State.LastSeq
	_, err = js.Publish(ctx, probeSubject, nil, jetstream.WithExpectLastSequence(last))
	return err
}

// atLimit says that the store works and has reached what it may take. (The codes
// are nats-server's JSInsufficientResourcesErr and JSStorageResourcesExceededErr.)
func atLimit(err error) bool {
	var fault *jetstream.APIError
	return errors.As(err, &fault) && (fault.ErrorCode == 10023 || fault.ErrorCode == 10047)
}
