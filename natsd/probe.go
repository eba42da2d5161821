// This file owns readiness: a write to the store's folder and one through
// JetStream, for nats-server calls itself healthy on a full or broken store too.

package natsd

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ProbeStream is the stream that Start writes to, to know that the store takes
// writes. It stays, with one empty message in it. Removing it after each start was
// tried: nats-server deletes the files in the background and meanwhile answers
// /healthz with 503.
const ProbeStream = "PYOCO_PROBE"

const probeSubject = ProbeStream + ".start"

// probe proves that the server does what runs need: a compare-and-set write,
// acknowledged by the file store. Where only a client could make one, with its
// credentials or with the other servers of a cluster, a file must do. A store at
// its limit is only logged: whoever is to make room needs the server for it.
func (s *Server) probe(ctx context.Context, cfg Config) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("natsd: start: %w", err)
	}
	if err := TryFolder(cfg.StoreDir); err != nil {
		return storeError(err)
	}
	if clustered(cfg.Options) {
		return nil
	}
	nc, err := s.probeConn(cfg)
	if errors.Is(err, nats.ErrAuthorization) {
		return nil
	}
	if errors.Is(err, nats.ErrTimeout) {
		err = tooSlow("nobody could connect", cfg.StartTimeout)
	}
	if err != nil {
		return fmt.Errorf("natsd: the started server takes no connection: %w", err)
	}
	defer nc.Close()
	bounded, cancel := context.WithTimeout(ctx, cfg.StartTimeout)
	defer cancel()
	if err := probeWrite(bounded, nc); err != nil && !errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) {
		if ctx.Err() != nil { // the caller's wish, and no fault of the store
			return fmt.Errorf("natsd: start: %w", err)
		}
		if atLimit(err) {
			cfg.Logger.Error("the store is full: writes are refused until room is made, or the limit is raised", "error", err)
			return nil
		}
		if bounded.Err() != nil {
			err = tooSlow("no write was acknowledged", cfg.StartTimeout)
		}
		return storeError(err)
	}
	return nil
}

func storeError(err error) error {
	return fmt.Errorf("natsd: the started server stores nothing: %w; "+
		"check that the disk has room and that the folder is writable", err)
}

// probeConn connects as a client that knows the one user, or the token, of the
// options.
func (s *Server) probeConn(cfg Config) (*nats.Conn, error) {
	opts := []nats.Option{
		nats.InProcessServer(queuedServer{s}), nats.Name("natsd probe"), nats.Timeout(cfg.StartTimeout), nats.NoReconnect(),
	}
	switch o := cfg.Options; {
	case o.Username != "":
		opts = append(opts, nats.UserInfo(o.Username, o.Password))
	case o.Authorization != "":
		opts = append(opts, nats.Token(o.Authorization))
	}
	return nats.Connect("", opts...)
}

// TryFolder writes a file to a folder, syncs and removes it, and returns what is in
// the way. The file is as large as a small block of messages, for a full disk may
// still take an empty one.
func TryFolder(dir string) error {
	const size = 64 << 10
	file, err := os.CreateTemp(dir, ".natsd-probe-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(make([]byte, size))
	return errors.Join(err, file.Sync(), file.Close())
}

func probeWrite(ctx context.Context, nc *nats.Conn) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        ProbeStream,
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
